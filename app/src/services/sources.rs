//! The source of a condition, an amount or a law, or the label of an example.

use crate::ui::{Icon, IconName, Tag};
use leptos::prelude::*;
use shared::{Lang, services::source::Source, texts::services_pages as t};

/// The source line: document and date, or the label 示例.
#[must_use]
pub fn source(source: &Source, lang: Lang) -> AnyView {
    let line = source.line(lang);
    match source {
        Source::Example(_) => view! { <p class="source"><Tag text=line/></p> }.into_any(),
        Source::Known(document) => {
            let link = document.url.clone().map(|href| {
                view! {
                    " "
                    <a href=href rel="noreferrer">{t::open_source(lang)}<span class="hidden">" "{line.clone()}</span></a>
                }
            });
            view! { <p class="source"><Icon icon=IconName::Shield/><span>{line.clone()} {link}</span></p> }.into_any()
        }
    }
}
