//! A date.

use super::{field_props::FieldProps, optional_text::OptionalText};
use leptos::prelude::*;

/// A date, posted as `2026-01-31` (ISO 8601).
///
/// It is the browser's own date input, not three boxes and not a text with separators: one name has one value, so
/// that a draft, a correction and an error each name one field; a phone offers the calendar of its own system, in
/// its own size and with its own reading aloud; and a keyboard of digits lacks the hyphen a typed text would need.
/// Calendars are tiresome for dates long ago, but the one such date we need, the date of birth, comes from the
/// register or the ID number. A browser that does not know the type shows a text box, for which the hint gives
/// an example.
#[component]
pub fn DateField(
    /// The field; its hint contains an example such as 2026-01-31.
    field: FieldProps,
    /// The current value, as `2026-01-31`.
    #[prop(optional, into)]
    value: OptionalText,
    /// The earliest date the calendar offers.
    #[prop(optional, into)]
    min: OptionalText,
    /// The latest date the calendar offers.
    #[prop(optional, into)]
    max: OptionalText,
    /// What browsers may fill in: `bday`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
) -> impl IntoView {
    let control = view! {
        <input
            class="input input-date"
            type="date"
            id=field.id()
            name=field.name.clone()
            value=value.get()
            min=min.get()
            max=max.get()
            autocomplete=autocomplete
            required=field.required
            aria-describedby=field.described_by()
            aria-invalid=field.invalid()
        />
    };
    field.field(control.into_any())
}
