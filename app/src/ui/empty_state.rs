//! The empty state of a list: what it means and what to do.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// Shown instead of an empty list, with the next step as its children.
#[component]
pub fn EmptyState(
    /// What is missing.
    #[prop(into)]
    title: String,
    /// Why, and what to do.
    #[prop(optional, into)]
    text: OptionalText,
    /// The icon.
    #[prop(default = IconName::Inbox)]
    icon: IconName,
    /// The next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon icon/>
            <p class="empty-title">{title}</p>
            {text.get().map(|text| view! { <p>{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
