//! Tabs as links, each view with its own address.

use leptos::prelude::*;

/// Links side by side, one of which is the current page.
#[component]
pub fn LinkTabs(
    /// The label for screen readers.
    #[prop(into)]
    label: String,
    /// Address, text, and whether it is the current one.
    tabs: Vec<(String, String, bool)>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=label>
            <ul>
                {tabs
                    .into_iter()
                    .map(|(href, text, current)| view! {
                        <li><a href=href aria-current=current.then_some("page")>{text}</a></li>
                    })
                    .collect_view()}
            </ul>
        </nav>
    }
}
