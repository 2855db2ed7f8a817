//! Answers that hold or not: one declaration, or several of a list.

use super::{
    ask::Ask,
    maybe_text::MaybeText,
    radio_field::{Choice, one_of},
};
use leptos::prelude::*;

/// One statement that holds when it is ticked, such as a declaration or a consent. Its label is the statement.
#[component]
pub fn CheckboxField(
    /// The statement.
    ask: Ask,
    /// What is posted when it is ticked.
    #[prop(default = "yes")]
    value: &'static str,
    /// Ticked already. Never for a consent.
    #[prop(optional)]
    checked: bool,
) -> impl IntoView {
    let id = ask.id();
    view! {
        <div class=if ask.error.is_some() { "field field-wrong" } else { "field" }>
            {ask.error.clone().get().map(|text| {
                let id = format!("{id}-error");
                view! {
                    <p class="error" id=id>
                        <super::icon::Icon glyph=super::icon::Glyph::CrossCircle/>
                        <span>{text}</span>
                    </p>
                }
            })}
            <div class="choices">
                <div class="choice">
                    <input
                        type="checkbox"
                        id=id.clone()
                        name=ask.name.clone()
                        value=value
                        checked=checked
                        required=ask.required
                        aria-describedby=Ask { source: MaybeText::default(), ..ask.clone() }.described_by()
                        aria-invalid=ask.invalid()
                    />
                    <label for=id.clone()>
                        <span class="choice-text">
                            {ask.label.clone()} {ask.marker.clone().get().map(|m| view! { <span class="marker">{m}</span> })}
                        </span>
                        {ask.hint.clone().get().map(|hint| {
                            view! { <span class="choice-hint" id=format!("{id}-hint")>{hint}</span> }
                        })}
                    </label>
                </div>
            </div>
        </div>
    }
}

/// A question with several answers, any of which may hold. The name is posted once for each.
#[component]
pub fn CheckboxesField(
    /// The question.
    ask: Ask,
    /// The answers.
    choices: Vec<Choice>,
    /// The answers that are ticked already.
    #[prop(optional)]
    values: Vec<String>,
) -> impl IntoView {
    let options = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            let checked = values.contains(&choice.value);
            one_of(&ask, "checkbox", index, choice, checked)
        })
        .collect_view();
    ask.group(view! { <div class="choices">{options}</div> }.into_any())
}
