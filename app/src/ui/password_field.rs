//! A password. It is never written back into the page.

use super::ask::Ask;
use leptos::prelude::*;

/// A password, pasted or filled in by a password manager as it likes.
#[component]
pub fn PasswordField(
    /// The question.
    ask: Ask,
    /// A new password is chosen (`new-password`), instead of the present one asked for (`current-password`).
    #[prop(optional)]
    fresh: bool,
) -> impl IntoView {
    let control = view! {
        <input
            class="input"
            type="password"
            id=ask.id()
            name=ask.name.clone()
            autocomplete=if fresh { "new-password" } else { "current-password" }
            autocapitalize="none"
            spellcheck="false"
            required=ask.required
            aria-describedby=ask.described_by()
            aria-invalid=ask.invalid()
        />
    };
    ask.field(control.into_any())
}
