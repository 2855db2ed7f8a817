//! The parts of every field around its control: label, hint, error, source of a pre-filled value.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The id of the control of a field: what the error summary links to. Of a group it is the first control's.
#[must_use]
pub fn field_id(name: &str) -> String {
    format!("field-{name}")
}

/// One question of a form, without its answer.
///
/// ```ignore
/// FieldProps::new("phone", t::phone(lang)).hint(t::phone_hint(lang)).required().error(errors.get("phone"))
/// ```
#[derive(Clone, Debug, Default)]
pub struct FieldProps {
    /// The name that is posted, and the field that errors name.
    pub name: String,
    /// The question or the label.
    pub label: String,
    /// Help in one sentence; no link in it.
    pub hint: OptionalText,
    /// What is wrong and what to do.
    pub error: OptionalText,
    /// A marker behind the label, such as "(optional)" (选填).
    pub marker: OptionalText,
    /// Where a pre-filled value comes from: agency and date.
    pub source: OptionalText,
    /// An answer is needed; said to assistive technology.
    pub required: bool,
}

impl FieldProps {
    /// A question with its name and label.
    #[must_use]
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    /// With help in one sentence.
    #[must_use]
    pub fn hint(mut self, text: impl Into<OptionalText>) -> Self {
        self.hint = text.into();
        self
    }

    /// With what is wrong, if anything is.
    #[must_use]
    pub fn error(mut self, text: impl Into<OptionalText>) -> Self {
        self.error = text.into();
        self
    }

    /// With the error that the list, as the error summary takes it, has for this field.
    #[must_use]
    pub fn error_in(mut self, errors: &[(String, String)]) -> Self {
        self.error = errors.iter().find(|(field, _)| *field == self.name).map(|(_, text)| text.clone()).into();
        self
    }

    /// With a marker behind the label, such as "(optional)".
    #[must_use]
    pub fn marker(mut self, text: impl Into<OptionalText>) -> Self {
        self.marker = text.into();
        self
    }

    /// With the agency and date a pre-filled value comes from.
    #[must_use]
    pub fn source(mut self, text: impl Into<OptionalText>) -> Self {
        self.source = text.into();
        self
    }

    /// An answer is needed.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The id of the control.
    #[must_use]
    pub fn id(&self) -> String {
        field_id(&self.name)
    }

    fn part(&self, what: &str) -> String {
        format!("{}-{what}", self.id())
    }

    /// The ids that describe the control (`aria-describedby`), in the order they are read.
    pub(super) fn described_by(&self) -> Option<String> {
        let parts = [("hint", &self.hint), ("error", &self.error), ("source", &self.source)];
        let ids: Vec<String> = parts.iter().filter(|(_, text)| text.is_some()).map(|(what, _)| self.part(what)).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// `aria-invalid`, only where it is.
    pub(super) fn invalid(&self) -> Option<&'static str> {
        self.error.is_some().then_some("true")
    }

    fn name_view(&self) -> impl IntoView + use<> {
        let words = view! {
            {self.label.clone()}
            {self.marker.clone().get().map(|m| view! { <span class="marker">{m}</span> })}
        };
        words.into_any()
    }

    fn around(&self, control: AnyView) -> impl IntoView + use<> {
        let hint = self.hint.clone().get().map(|text| view! { <p class="hint" id=self.part("hint")>{text}</p> });
        let error = self.error.clone().get().map(|text| {
            view! { <p class="error" id=self.part("error")><Icon icon=IconName::CrossCircle/><span>{text}</span></p> }
        });
        let source = self.source.clone().get().map(|text| {
            view! {
                <div class="source">
                    <p id=self.part("source")><Icon icon=IconName::Shield/><span>{text}</span></p>
                </div>
            }
        });
        view! { {hint} {error} {control} {source} }
    }

    fn class(&self) -> &'static str {
        if self.error.is_some() { "field field-wrong" } else { "field" }
    }

    /// The field around one control.
    pub(super) fn field(&self, control: AnyView) -> AnyView {
        let label = view! { <label class="label" for=self.id()>{self.name_view()}</label> };
        view! { <div class=self.class()>{label} {self.around(control)}</div> }.into_any()
    }

    /// The field around several controls that answer one question.
    pub(super) fn group(&self, controls: AnyView) -> AnyView {
        view! {
            <fieldset class=self.class() aria-describedby=self.described_by()>
                <legend class="label">{self.name_view()}</legend>
                {self.around(controls)}
            </fieldset>
        }
        .into_any()
    }
}
