//! Something the reader should know before going on.

use super::{icon::Icon, optional_text::OptionalText, tone::Tone};
use leptos::prelude::*;

/// A box with a shape, a heading and words: information, success, warning or error by its tone.
#[component]
pub fn Notice(
    /// What it means: `Progress` informs.
    #[prop(default = Tone::Progress)]
    tone: Tone,
    /// The heading; a short notice needs none.
    #[prop(optional, into)]
    title: OptionalText,
    /// Announces what has just been done or gone wrong: read aloud at once (`role="status"` or `alert`).
    #[prop(optional)]
    live: bool,
    /// The words.
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
