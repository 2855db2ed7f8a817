//! A masked number (脱敏).

use super::{
    button::{Button, ButtonKind},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// A masked number (脱敏), such as an ID number or a phone, and the action that reveals it.
///
/// With `reveal` it contains a form, so it must not be inside a `<p>`.
#[component]
pub fn Masked(
    /// The masked text, such as "4201**********1234".
    #[prop(into)]
    text: String,
    /// The text for screen readers, which would read asterisks one by one.
    #[prop(into)]
    spoken: String,
    /// The address that reveals it (a POST, because the access is logged).
    #[prop(optional, into)]
    reveal: OptionalText,
    /// The text of the button that reveals it.
    #[prop(optional, into)]
    reveal_text: OptionalText,
) -> impl IntoView {
    view! {
        <span class="masked">
            <span class="masked-number" aria-hidden="true">{text}</span>
            <span class="hidden">{spoken.clone()}</span>
            {reveal.get().map(|action| view! {
                <form class="inline-form" method="post" action=action>
                    <Button text=reveal_text.get().unwrap_or_default() hidden=spoken kind=ButtonKind::Quiet/>
                </form>
            })}
        </span>
    }
}
