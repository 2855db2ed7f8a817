//! Checkboxes: one declaration, or several answers of a list.

use super::{
    field_props::FieldProps,
    optional_text::OptionalText,
    radio_field::{Choice, one_of},
};
use leptos::prelude::*;

/// One statement with a checkbox, such as a declaration or a consent. Its label is the statement.
#[component]
pub fn CheckboxField(
    /// The statement.
    field: FieldProps,
    /// The value posted when it is ticked.
    #[prop(default = "yes")]
    value: &'static str,
    /// Whether it is ticked; never for a consent.
    #[prop(optional)]
    checked: bool,
) -> impl IntoView {
    let id = field.id();
    view! {
        <div class=if field.error.is_some() { "field field-wrong" } else { "field" }>
            {field.error.clone().get().map(|text| {
                let id = format!("{id}-error");
                view! {
                    <p class="error" id=id>
                        <super::icon::Icon icon=super::icon::IconName::CrossCircle/>
                        <span>{text}</span>
                    </p>
                }
            })}
            <div class="choices">
                <div class="choice">
                    <input
                        type="checkbox"
                        id=id.clone()
                        name=field.name.clone()
                        value=value
                        checked=checked
                        required=field.required
                        aria-describedby=FieldProps { source: OptionalText::default(), ..field.clone() }.described_by()
                        aria-invalid=field.invalid()
                    />
                    <label for=id.clone()>
                        <span class="choice-text">
                            {field.label.clone()} {field.marker.clone().get().map(|m| view! { <span class="marker">{m}</span> })}
                        </span>
                        {field.hint.clone().get().map(|hint| {
                            view! { <span class="choice-hint" id=format!("{id}-hint")>{hint}</span> }
                        })}
                    </label>
                </div>
            </div>
        </div>
    }
}

/// A question with several answers. The name is posted once for each ticked answer.
#[component]
pub fn CheckboxesField(
    /// The question.
    field: FieldProps,
    /// The answers.
    choices: Vec<Choice>,
    /// The ticked answers.
    #[prop(optional)]
    values: Vec<String>,
) -> impl IntoView {
    let options = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            let checked = values.contains(&choice.value);
            one_of(&field, "checkbox", index, choice, checked)
        })
        .collect_view();
    field.group(view! { <div class="choices">{options}</div> }.into_any())
}
