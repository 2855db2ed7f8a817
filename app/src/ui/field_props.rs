//! The parts of every field around its control: label, hint, error, source of a pre-filled value.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The id of the control of a field: the target of the error summary's link. In a group it belongs to the first control.
#[must_use]
pub fn field_id(name: &str) -> String {
    format!("field-{name}")
}

/// The props of a field around its control.
///
/// ```ignore
/// FieldProps::new("phone", t::phone(lang)).hint(t::phone_hint(lang)).required().error(errors.get("phone"))
/// ```
#[derive(Clone, Debug, Default)]
pub struct FieldProps {
    /// The posted name, also the field name of errors.
    pub name: String,
    /// The label.
    pub label: String,
    /// Help in one sentence, without links.
    pub hint: OptionalText,
    /// The error: what is wrong and what to do.
    pub error: OptionalText,
    /// A marker behind the label, such as "(optional)" (选填).
    pub marker: OptionalText,
    /// The source of a pre-filled value: agency and date.
    pub source: OptionalText,
    /// Whether an answer is required (announced to assistive technology).
    pub required: bool,
}

impl FieldProps {
    /// Creates props with a name and a label.
    #[must_use]
    pub fn new(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), ..Self::default() }
    }

    /// Sets the hint.
    #[must_use]
    pub fn hint(mut self, text: impl Into<OptionalText>) -> Self {
        self.hint = text.into();
        self
    }

    /// Sets the error, if there is one.
    #[must_use]
    pub fn error(mut self, text: impl Into<OptionalText>) -> Self {
        self.error = text.into();
        self
    }

    /// Sets the error from a list in the format of the error summary.
    #[must_use]
    pub fn error_in(mut self, errors: &[(String, String)]) -> Self {
        self.error = errors.iter().find(|(field, _)| *field == self.name).map(|(_, text)| text.clone()).into();
        self
    }

    /// Sets the marker behind the label, such as "(optional)".
    #[must_use]
    pub fn marker(mut self, text: impl Into<OptionalText>) -> Self {
        self.marker = text.into();
        self
    }

    /// Sets the source of a pre-filled value.
    #[must_use]
    pub fn source(mut self, text: impl Into<OptionalText>) -> Self {
        self.source = text.into();
        self
    }

    /// Marks the field as required.
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

    /// The ids of hint, error and source for `aria-describedby`, in reading order.
    pub(super) fn described_by(&self) -> Option<String> {
        let parts = [("hint", &self.hint), ("error", &self.error), ("source", &self.source)];
        let ids: Vec<String> = parts.iter().filter(|(_, text)| text.is_some()).map(|(what, _)| self.part(what)).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// The value of `aria-invalid`; none without an error.
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

    /// Wraps one control with its label, hint, error and source.
    pub(super) fn field(&self, control: AnyView) -> AnyView {
        let label = view! { <label class="label" for=self.id()>{self.name_view()}</label> };
        view! { <div class=self.class()>{label} {self.around(control)}</div> }.into_any()
    }

    /// Wraps several controls of one question in a fieldset.
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
