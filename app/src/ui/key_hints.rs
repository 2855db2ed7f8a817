//! The keyboard shortcuts of a desk page.

use leptos::prelude::*;

/// A list of shortcuts with descriptions.
#[component]
pub fn KeyHints(
    /// The heading.
    #[prop(into)]
    label: String,
    /// Keys (several are pressed one after the other: `["g", "q"]`) and their description.
    keys: Vec<(Vec<&'static str>, String)>,
) -> impl IntoView {
    let title = label.clone();
    view! {
        <section class="keys" aria-label=label>
            <p class="keys-title" aria-hidden="true">{title}</p>
            <ul>
                {keys
                    .into_iter()
                    .map(|(keys, text)| view! {
                        <li>{keys.into_iter().map(|key| view! { <kbd>{key}</kbd> }).collect_view()} <span>{text}</span></li>
                    })
                    .collect_view()}
            </ul>
        </section>
    }
}
