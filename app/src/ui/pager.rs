//! Links between the pages of a list.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// Links to the previous and the next page; draws nothing if there is neither. Lists use keyset pagination, so there are no
/// page numbers.
#[component]
pub fn Pager(
    /// The label for screen readers.
    #[prop(into)]
    label: String,
    /// Address and text of the previous page.
    #[prop(optional_no_strip)]
    previous: Option<(String, String)>,
    /// Address and text of the next page.
    #[prop(optional_no_strip)]
    next: Option<(String, String)>,
    /// The position, such as "51 to 100".
    #[prop(optional, into)]
    summary: OptionalText,
) -> impl IntoView {
    (previous.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=label>
                {previous.map(|(href, text)| view! {
                    <a class="button button-secondary" href=href rel="prev"><Icon icon=IconName::ArrowLeft/><span>{text}</span></a>
                })}
                {summary.get().map(|text| view! { <span class="pager-summary">{text}</span> })}
                {next.map(|(href, text)| view! {
                    <a class="button button-secondary" href=href rel="next"><span>{text}</span><Icon icon=IconName::ArrowRight/></a>
                })}
            </nav>
        }
    })
}
