//! Page heading and back link.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// The page's heading (`h1`) with a caption above and a lead below.
#[component]
pub fn PageHeading(
    /// The heading.
    #[prop(into)]
    title: String,
    /// What the page belongs to, such as the service or the case number.
    #[prop(optional, into)]
    caption: OptionalText,
    /// One or two sentences.
    #[prop(optional, into)]
    lead: OptionalText,
    /// Content beside the heading, such as a tag or a button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="page-heading">
            <div class="page-heading-words">
                {caption.get().map(|text| view! { <p class="caption">{text}</p> })}
                <h1>{title}</h1>
                {lead.get().map(|text| view! { <p class="lead">{text}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-heading-side">{children()}</div> })}
        </div>
    }
}

/// The link back, above the heading.
#[component]
pub fn BackLink(
    /// The address of the link.
    #[prop(into)]
    href: String,
    /// The text of the link.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <a class="back" href=href><Icon icon=IconName::ArrowLeft/><span>{text}</span></a> }
}
