//! A one-time code from a message or an authenticator.

use super::ask::Ask;
use leptos::prelude::*;

/// A one-time code of digits. One box, so that it can be pasted and that phones fill it in from the message.
#[component]
pub fn CodeField(
    /// The question.
    ask: Ask,
) -> impl IntoView {
    let control = view! {
        <input
            class="input input-code"
            type="text"
            id=ask.id()
            name=ask.name.clone()
            inputmode="numeric"
            autocomplete="one-time-code"
            spellcheck="false"
            required=ask.required
            aria-describedby=ask.described_by()
            aria-invalid=ask.invalid()
        />
    };
    ask.field(control.into_any())
}
