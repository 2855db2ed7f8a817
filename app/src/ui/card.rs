//! Cards to choose from.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// A box with a heading; with an address the whole box is a link.
#[component]
pub fn Card(
    /// The heading.
    #[prop(into)]
    title: String,
    /// The address.
    #[prop(optional, into)]
    href: OptionalText,
    /// A sentence.
    #[prop(optional, into)]
    text: OptionalText,
    /// The icon before the heading.
    #[prop(optional)]
    icon: Option<IconName>,
    /// Emphasises the card, for the main choices of a page.
    #[prop(optional)]
    strong: bool,
    /// Whether the heading is an `h3` (below an `h2` of the page) instead of an `h2`.
    #[prop(optional)]
    third: bool,
    /// Further content: tags, figures, buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let leads = href.is_some();
    let words = match href.get() {
        Some(href) => view! { <a class="card-link" href=href>{title}</a> }.into_any(),
        None => view! { {title} }.into_any(),
    };
    let heading = if third {
        view! { <h3 class="card-title">{words}</h3> }.into_any()
    } else {
        view! { <h2 class="card-title">{words}</h2> }.into_any()
    };
    view! {
        <div class=match (leads, strong) {
            (true, true) => "card card-leads card-strong",
            (true, false) => "card card-leads",
            (false, true) => "card card-strong",
            (false, false) => "card",
        }>
            {icon.map(|icon| view! { <span class="card-glyph"><Icon icon/></span> })}
            <div class="card-words">
                {heading} {text.get().map(|text| view! { <p class="card-text">{text}</p> })}
                {children.map(|children| children())}
            </div>
            {leads.then(|| view! { <Icon icon=IconName::Chevron/> })}
        </div>
    }
}

/// Cards in a responsive grid.
#[component]
pub fn CardGrid(
    /// The cards.
    children: Children,
) -> impl IntoView {
    view! { <div class="card-grid">{children()}</div> }
}
