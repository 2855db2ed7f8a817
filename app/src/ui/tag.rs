//! A status in a word or two.

use super::{icon::Icon, tone::Tone};
use leptos::prelude::*;

/// A status tag: word, icon and colour.
#[component]
pub fn Tag(
    /// The status in a word or two.
    #[prop(into)]
    text: String,
    /// The tone.
    #[prop(optional)]
    tone: Tone,
) -> impl IntoView {
    view! { <span class=format!("tag {}", tone.class())><Icon icon=tone.icon()/><span>{text}</span></span> }
}
