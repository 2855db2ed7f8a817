//! Groups of fields.

use super::optional_text::OptionalText;
use leptos::prelude::*;

/// A group of fields with a name, such as an address or one person of a repeated block.
#[component]
pub fn Fieldset(
    /// The legend of the group.
    #[prop(into)]
    legend: String,
    /// Help in one sentence.
    #[prop(optional, into)]
    hint: OptionalText,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="fieldset">
            <legend>{legend}</legend>
            {hint.get().map(|text| view! { <p class="hint">{text}</p> })}
            {children()}
        </fieldset>
    }
}
