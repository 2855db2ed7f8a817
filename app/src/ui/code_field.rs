//! A one-time code from a message or an authenticator.

use super::field_props::FieldProps;
use leptos::prelude::*;

/// A one-time code of digits. One box, so that it can be pasted and that phones fill it in from the message.
#[component]
pub fn CodeField(
    /// The question.
    field: FieldProps,
) -> impl IntoView {
    let control = view! {
        <input
            class="input input-code"
            type="text"
            id=field.id()
            name=field.name.clone()
            inputmode="numeric"
            autocomplete="one-time-code"
            spellcheck="false"
            required=field.required
            aria-describedby=field.described_by()
            aria-invalid=field.invalid()
        />
    };
    field.field(control.into_any())
}
