//! The filter bar of a list. The choice is in the address, so that a view can be bookmarked and shared.

use super::{
    button::{Button, ButtonKind},
    icon::IconName,
};
use leptos::prelude::*;

/// A GET form.
#[component]
pub fn Filters(
    /// The address of the list.
    #[prop(into)]
    action: String,
    /// The label for screen readers.
    #[prop(into)]
    label: String,
    /// The text of the button that applies the filter.
    #[prop(into)]
    apply: String,
    /// Address and text of the link that clears the filter; none while no filter is set.
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
