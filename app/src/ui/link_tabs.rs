//! Views of the same thing, each with its own address.

use leptos::prelude::*;

/// Links side by side, one of which is the page we are on.
#[component]
pub fn LinkTabs(
    /// What the views are of, for those who hear the page.
    #[prop(into)]
    label: String,
    /// Address, text, and whether it is the present one.
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
