//! A few key figures.

use leptos::prelude::*;

/// Figures side by side with their labels.
#[component]
pub fn Figures(
    /// The formatted figure and its label.
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
