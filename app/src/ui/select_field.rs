//! A choice of one of many answers from a drop-down list. Up to about seven answers, radio buttons are easier.

use super::{field_props::FieldProps, optional_text::OptionalText, radio_field::Choice};
use leptos::prelude::*;

/// A question with one of many answers.
#[component]
pub fn SelectField(
    /// The question.
    field: FieldProps,
    /// The answers.
    choices: Vec<Choice>,
    /// The selected answer.
    #[prop(optional, into)]
    value: OptionalText,
    /// The text of the empty answer, such as "choose" (请选择); without it the first answer is selected.
    #[prop(optional, into)]
    empty: OptionalText,
    /// What browsers may fill in (HTML autofill tokens).
    #[prop(optional)]
    autocomplete: Option<&'static str>,
) -> impl IntoView {
    let chosen = value.get();
    let control = view! {
        <select
            class="input"
            id=field.id()
            name=field.name.clone()
            autocomplete=autocomplete
            required=field.required
            aria-describedby=field.described_by()
            aria-invalid=field.invalid()
        >
            {empty.get().map(|text| view! { <option value="">{text}</option> })}
            {choices
                .into_iter()
                .map(|choice| {
                    let selected = chosen.as_ref() == Some(&choice.value);
                    view! { <option value=choice.value selected=selected>{choice.text}</option> }
                })
                .collect_view()}
        </select>
    };
    field.field(control.into_any())
}
