//! What only some people need to read.

use leptos::prelude::*;

/// Words that fold out.
#[component]
pub fn Details(
    /// What is to be found inside.
    #[prop(into)]
    summary: String,
    /// Folded out from the start.
    #[prop(optional)]
    open: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="details" open=open>
            <summary>{summary}</summary>
            <div class="details-body">{children()}</div>
        </details>
    }
}
