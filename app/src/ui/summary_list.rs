//! Answers to be checked, or facts about a thing: a name and a value each.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// One name with its value.
pub struct SummaryRow {
    /// What it is.
    pub key: String,
    /// The value as it is shown.
    pub value: AnyView,
    /// Address and text of the link by which it is changed; the name is added for those who hear the page.
    pub change: Option<(String, String)>,
    /// Where the value comes from: agency and date.
    pub source: OptionalText,
}

impl SummaryRow {
    /// A name with its value: a text or a view.
    pub fn new(key: impl Into<String>, value: impl IntoView + 'static) -> Self {
        Self { key: key.into(), value: value.into_any(), change: None, source: OptionalText::default() }
    }

    /// With a link by which it is changed.
    #[must_use]
    pub fn change(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        self.change = Some((href.into(), text.into()));
        self
    }

    /// With where the value comes from.
    #[must_use]
    pub fn source(mut self, text: impl Into<OptionalText>) -> Self {
        self.source = text.into();
        self
    }
}

/// Names and values below each other: "check your answers", or what a case holds.
#[component]
pub fn SummaryList(
    /// The lines.
    rows: Vec<SummaryRow>,
) -> impl IntoView {
    let change_column = rows.iter().any(|row| row.change.is_some());
    view! {
        <dl class=if change_column { "summary summary-change" } else { "summary" }>
            {rows
                .into_iter()
                .map(|SummaryRow { key, value, change, source }| {
                    let what = key.clone();
                    view! {
                        <div class="summary-row">
                            <dt>{key}</dt>
                            <dd class="summary-value">
                                {value}
                                {source.get().map(|text| view! {
                                    <p class="source"><Icon icon=IconName::Shield/><span>{text}</span></p>
                                })}
                            </dd>
                            {change.map(|(href, text)| view! {
                                <dd class="summary-action">
                                    <a href=href>{text}<span class="hidden">" "{what}</span></a>
                                </dd>
                            })}
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}
