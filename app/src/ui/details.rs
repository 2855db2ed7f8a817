//! Collapsible content that only some readers need.

use leptos::prelude::*;

/// Collapsible content.
#[component]
pub fn Details(
    /// The summary.
    #[prop(into)]
    summary: String,
    /// Whether it is open at first.
    #[prop(optional)]
    open: bool,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="details" open=open>
            <summary>{summary}</summary>
            <div class="details-body">{children()}</div>
        </details>
    }
}
