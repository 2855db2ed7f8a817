//! A notice: information, success, warning or error.

use super::{icon::Icon, optional_text::OptionalText, tone::Tone};
use leptos::prelude::*;

/// A box with an icon, a heading and a text; its tone makes it information, success, warning or error.
#[component]
pub fn Notice(
    /// The tone; `Progress` is information.
    #[prop(default = Tone::Progress)]
    tone: Tone,
    /// The heading; a short notice needs none.
    #[prop(optional, into)]
    title: OptionalText,
    /// Whether screen readers announce it at once (`role="status"` or `alert`).
    #[prop(optional)]
    live: bool,
    /// The text.
    children: Children,
) -> impl IntoView {
    let role = live.then_some(if tone == Tone::Bad { "alert" } else { "status" });
    view! {
        <div class=format!("notice {}", tone.class()) role=role>
            <Icon icon=tone.icon()/>
            <div class="notice-words">
                {title.get().map(|text| view! { <p class="notice-title">{text}</p> })}
                {children()}
            </div>
        </div>
    }
}
