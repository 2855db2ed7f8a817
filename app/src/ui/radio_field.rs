//! A choice of one of a few answers, all visible.

use super::{
    field_props::{FieldProps, field_id},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// One answer of a choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The posted value.
    pub value: String,
    /// The text.
    pub text: String,
    /// An explanation, if the text is not clear alone.
    pub hint: OptionalText,
}

impl Choice {
    /// Creates an answer.
    #[must_use]
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into(), hint: OptionalText::default() }
    }

    /// Adds an explanation.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<OptionalText>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// A question with one of a few answers.
#[component]
pub fn RadioField(
    /// The question.
    field: FieldProps,
    /// The answers. None is selected without `value`.
    choices: Vec<Choice>,
    /// The selected answer.
    #[prop(optional, into)]
    value: OptionalText,
    /// Whether the answers are in one row: for two short answers such as yes and no.
    #[prop(optional)]
    inline: bool,
) -> impl IntoView {
    let chosen = value.get();
    let options = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            let checked = chosen.as_ref() == Some(&choice.value);
            one_of(&field, "radio", index, choice, checked)
        })
        .collect_view();
    let class = if inline { "choices choices-inline" } else { "choices" };
    field.group(view! { <div class=class>{options}</div> }.into_any())
}

/// One radio button or checkbox with its label. The first one has the field's id, for the error summary.
pub(super) fn one_of(field: &FieldProps, kind: &'static str, index: usize, choice: Choice, checked: bool) -> AnyView {
    let id = if index == 0 { field.id() } else { format!("{}-{index}", field_id(&field.name)) };
    let hint_id = choice.hint.is_some().then(|| format!("{id}-means"));
    view! {
        <div class="choice">
            <input
                type=kind
                id=id.clone()
                name=field.name.clone()
                value=choice.value
                checked=checked
                required=field.required && kind == "radio"
                aria-describedby=hint_id.clone()
                aria-invalid=(kind == "checkbox").then(|| field.invalid()).flatten()
            />
            <label for=id>
                <span class="choice-text">{choice.text}</span>
                {choice.hint.get().map(|hint| view! { <span class="choice-hint" id=hint_id>{hint}</span> })}
            </label>
        </div>
    }
    .into_any()
}
