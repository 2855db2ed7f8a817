//! A password. It is never written back into the page.

use super::field_props::FieldProps;
use leptos::prelude::*;

/// A password field that allows pasting and password managers.
#[component]
pub fn PasswordField(
    /// The question.
    field: FieldProps,
    /// Whether it is a new password (`new-password`) instead of the current one (`current-password`).
    #[prop(optional)]
    fresh: bool,
) -> impl IntoView {
    let control = view! {
        <input
            class="input"
            type="password"
            id=field.id()
            name=field.name.clone()
            autocomplete=if fresh { "new-password" } else { "current-password" }
            autocapitalize="none"
            spellcheck="false"
            required=field.required
            aria-describedby=field.described_by()
            aria-invalid=field.invalid()
        />
    };
    field.field(control.into_any())
}
