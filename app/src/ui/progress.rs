//! How far something is: steps of a way, or a part of a whole.

use super::icon::{Icon, IconName};
use leptos::prelude::*;

/// The steps of a way, with those behind, the one at hand and those ahead.
#[component]
pub fn Steps(
    /// What the steps lead to, for those who hear the page.
    #[prop(into)]
    label: String,
    /// The names of the steps.
    steps: Vec<String>,
    /// The step at hand, from 0; as many as there are steps when all are done.
    current: usize,
    /// Heard behind a step that is done.
    #[prop(into)]
    done_text: String,
) -> impl IntoView {
    view! {
        <ol class="steps" aria-label=label>
            {steps
                .into_iter()
                .enumerate()
                .map(|(index, text)| {
                    let done = index < current;
                    let class = match index.cmp(&current) {
                        std::cmp::Ordering::Less => "step step-done",
                        std::cmp::Ordering::Equal => "step step-current",
                        std::cmp::Ordering::Greater => "step",
                    };
                    let mark = if done {
                        view! { <Icon icon=IconName::Check/> }.into_any()
                    } else {
                        view! { {(index + 1).to_string()} }.into_any()
                    };
                    view! {
                        <li class=class aria-current=(index == current).then_some("step")>
                            <span class="step-mark" aria-hidden="true">{mark}</span>
                            <span class="step-text">
                                {text} {done.then(|| view! { <span class="hidden">" "{done_text.clone()}</span> })}
                            </span>
                        </li>
                    }
                })
                .collect_view()}
        </ol>
    }
}

/// A part of a whole, as a bar and in words.
#[component]
pub fn ProgressBar(
    /// How much is done.
    value: u32,
    /// How much there is; at least 1.
    max: u32,
    /// The same in words, such as "3 of 5 departments have decided".
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let percent = percent(value, max);
    view! {
        <div class="progress">
            <p>{text}</p>
            <svg class="progress-bar" aria-hidden="true" focusable="false" width="100%" height="10">
                <rect class="progress-rest" width="100%" height="10" rx="5"></rect>
                <rect class="progress-done" width=format!("{percent}%") height="10" rx="5"></rect>
            </svg>
        </div>
    }
}

/// The part in whole percent, at most 100.
pub(super) fn percent(value: u32, max: u32) -> u64 {
    (u64::from(value) * 100 / u64::from(max.max(1))).min(100)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_part_is_at_most_the_whole_and_nothing_divides_by_zero() {
        assert_eq!(percent(1, 3), 33);
        assert_eq!(percent(9, 3), 100);
        assert_eq!(percent(u32::MAX, u32::MAX), 100);
        assert_eq!(percent(0, 0), 0);
    }
}
