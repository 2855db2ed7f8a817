//! The rating of a service in five levels (好差评).

use super::{field_props::FieldProps, optional_text::OptionalText, radio_field::Choice};
use leptos::prelude::*;

/// Five levels from best to worst, each with a face and a label.
#[component]
pub fn Rating(
    /// The question.
    field: FieldProps,
    /// The five levels from "very satisfied" (非常满意) to "very unsatisfied" (非常不满意).
    levels: Vec<Choice>,
    /// The selected level.
    #[prop(optional, into)]
    value: OptionalText,
) -> impl IntoView {
    let chosen = value.get();
    let options = levels
        .into_iter()
        .zip(MOUTHS)
        .enumerate()
        .map(|(index, (level, mouth))| {
            let id = if index == 0 { field.id() } else { format!("{}-{index}", field.id()) };
            let checked = chosen.as_ref() == Some(&level.value);
            view! {
                <div class="level">
                    <input
                        type="radio"
                        id=id.clone()
                        name=field.name.clone()
                        value=level.value
                        checked=checked
                        required=field.required
                    />
                    <label for=id>
                        <svg class="face" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
                            <circle cx="16" cy="16" r="13"></circle>
                            <path d="M11.5 12v1.5M20.5 12v1.5"></path>
                            <path d=mouth></path>
                        </svg>
                        <span>{level.text}</span>
                    </label>
                </div>
            }
        })
        .collect_view();
    field.group(view! { <div class="rating">{options}</div> }.into_any())
}

/// The mouths of the five faces, from a broad smile to a deep frown.
const MOUTHS: [&str; 5] = [
    "M9 18c1.5 6.5 12.5 6.5 14 0z",
    "M10 19c2.5 4 9.5 4 12 0",
    "M10.5 21h11",
    "M10.5 22.5c2.5-3 8.5-3 11 0",
    "M10 23.5c2.5-6 9.5-6 12 0z",
];
