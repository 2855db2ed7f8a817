//! A few key figures.

use leptos::prelude::*;

/// Figures side by side, each with what it counts.
#[component]
pub fn Figures(
    /// The figure as it is shown, and what it counts.
    figures: Vec<(String, String)>,
) -> impl IntoView {
    view! {
        <dl class="figures">
            {figures
                .into_iter()
                .map(|(figure, text)| view! { <div class="figure"><dt>{text}</dt><dd>{figure}</dd></div> })
                .collect_view()}
        </dl>
    }
}
