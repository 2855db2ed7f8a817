//! The filter bar of a list. The choice is in the address, so that a view can be bookmarked and shared.

use super::{
    button::{Button, ButtonKind},
    icon::IconName,
};
use leptos::prelude::*;

/// A form that asks by GET.
#[component]
pub fn Filters(
    /// The address of the list.
    #[prop(into)]
    action: String,
    /// What the bar is for, for those who hear the page.
    #[prop(into)]
    label: String,
    /// The text of the button that applies what is chosen.
    #[prop(into)]
    apply: String,
    /// Address and text of the link that clears all; only while something is chosen.
    #[prop(optional_no_strip)]
    clear: Option<(String, String)>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <form class="filters" method="get" action=action role="search" aria-label=label>
            {children()}
            <div class="filters-buttons">
                <Button text=apply kind=ButtonKind::Secondary icon=IconName::Filter/>
                {clear.map(|(href, text)| view! { <a class="button button-quiet" href=href>{text}</a> })}
            </div>
        </form>
    }
}
