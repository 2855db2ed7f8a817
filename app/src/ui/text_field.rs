//! A single-line text field: names, numbers, phones, e-mail addresses.

use super::{field_props::FieldProps, optional_text::OptionalText};
use leptos::prelude::*;

/// A single-line text field.
#[component]
pub fn TextField(
    /// The question.
    field: FieldProps,
    /// The current value.
    #[prop(optional, into)]
    value: OptionalText,
    /// `type` of the input: `text`, `tel`, `email`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// The keyboard a phone shows: `numeric`, `decimal`, `tel`, `email`.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// What browsers may fill in (HTML autofill tokens: `name`, `tel`, `email`, `username`).
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// The largest number of characters. Use it only where pasting more loses nothing.
    #[prop(optional)]
    maxlength: Option<u32>,
    /// The width in characters, as a hint of the expected answer: 2, 4, 6, 11 or 18; full width otherwise.
    #[prop(optional)]
    width: Option<u8>,
    /// A unit before the box, such as ¥.
    #[prop(optional, into)]
    prefix: OptionalText,
    /// A unit behind the box, such as 元.
    #[prop(optional, into)]
    suffix: OptionalText,
    /// Whether it is read-only.
    #[prop(optional)]
    readonly: bool,
) -> impl IntoView {
    let units = prefix.is_some() || suffix.is_some();
    let input = view! {
        <input
            class=width_class(width)
            type=kind
            id=field.id()
            name=field.name.clone()
            value=value.get()
            inputmode=inputmode
            autocomplete=autocomplete
            maxlength=maxlength.map(|n| n.to_string())
            required=field.required
            readonly=readonly
            aria-describedby=field.described_by()
            aria-invalid=field.invalid()
        />
    };
    let control = if units {
        view! {
            <div class="input-units">
                {prefix.get().map(|u| view! { <span class="unit" aria-hidden="true">{u}</span> })}
                {input}
                {suffix.get().map(|u| view! { <span class="unit" aria-hidden="true">{u}</span> })}
            </div>
        }
        .into_any()
    } else {
        input.into_any()
    };
    field.field(control)
}

/// The CSS class of a width. Widths between the steps take the next larger one.
const fn width_class(characters: Option<u8>) -> &'static str {
    match characters {
        Some(0..=2) => "input input-2",
        Some(3..=4) => "input input-4",
        Some(5..=6) => "input input-6",
        Some(7..=11) => "input input-11",
        Some(12..=18) => "input input-18",
        _ => "input",
    }
}
