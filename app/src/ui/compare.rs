//! Old and new value side by side, with the difference marked.

use super::optional_text::OptionalText;
use leptos::prelude::*;

/// A value before and after a correction. Removed text is struck through, added text is underlined.
///
/// One stretch is marked, from the first character that differs to the last: staff read a changed name or number
/// faster as a whole than as marks on single characters.
#[component]
pub fn ComparePair(
    /// The label of the value.
    #[prop(into)]
    label: String,
    /// The label of the old value.
    #[prop(into)]
    old_label: String,
    /// The label of the new value.
    #[prop(into)]
    new_label: String,
    /// The old value.
    #[prop(into)]
    old: String,
    /// The new value.
    #[prop(into)]
    new: String,
    /// The text shown when both are equal.
    #[prop(optional, into)]
    same: OptionalText,
) -> impl IntoView {
    let parts = differ(&old, &new);
    let name = label.clone();
    let note = (old == new).then(|| same.get()).flatten().map(|text| view! { <p class="hint">{text}</p> });
    view! {
        <div class="compare" role="group" aria-label=label>
            <p class="compare-name">{name}</p>
            <dl>
                <div class="compare-old">
                    <dt>{old_label}</dt>
                    <dd>
                        {parts.before.clone()} {(!parts.gone.is_empty()).then(|| view! { <del>{parts.gone}</del> })}
                        {parts.after.clone()}
                    </dd>
                </div>
                <div class="compare-new">
                    <dt>{new_label}</dt>
                    <dd>
                        {parts.before} {(!parts.come.is_empty()).then(|| view! { <ins>{parts.come}</ins> })} {parts.after}
                    </dd>
                </div>
            </dl>
            {note}
        </div>
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Parts {
    before: String,
    gone: String,
    come: String,
    after: String,
}

/// The common prefix and suffix of both texts, and the part between in each.
fn differ(old: &str, new: &str) -> Parts {
    let same = |(a, b): &(char, char)| a == b;
    let before: String = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c).collect();
    let old_rest = old.strip_prefix(&before).unwrap_or(old);
    let new_rest = new.strip_prefix(&before).unwrap_or(new);
    let mut after: Vec<char> = old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(same).map(|(c, _)| c).collect();
    after.reverse();
    let after: String = after.into_iter().collect();
    Parts {
        gone: old_rest.strip_suffix(&after).unwrap_or(old_rest).to_owned(),
        come: new_rest.strip_suffix(&after).unwrap_or(new_rest).to_owned(),
        before,
        after,
    }
}

#[cfg(test)]
mod tests {
    use super::{Parts, differ};

    fn parts(before: &str, gone: &str, come: &str, after: &str) -> Parts {
        Parts { before: before.into(), gone: gone.into(), come: come.into(), after: after.into() }
    }

    #[test]
    fn the_stretch_that_differs_is_found() {
        assert_eq!(differ("江汉区解放大道12号", "江岸区解放大道12号"), parts("江", "汉", "岸", "区解放大道12号"));
        assert_eq!(differ("aaa", "aa"), parts("aa", "a", "", ""));
        assert_eq!(differ("", "new"), parts("", "", "new", ""));
        assert_eq!(differ("same", "same"), parts("same", "", "", ""));
    }
}
