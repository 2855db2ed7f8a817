//! A password. It is never written back into the page.

use super::field_props::FieldProps;
use leptos::prelude::*;

/// A password, pasted or filled in by a password manager as it likes.
#[component]
pub fn PasswordField(
    /// The question.
    field: FieldProps,
    /// A new password is chosen (`new-password`), instead of the present one asked for (`current-password`).
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
