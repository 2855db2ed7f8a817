//! Lists of names and values: answers to check, or facts.

use super::{
    icon::{Icon, IconName},
    optional_text::OptionalText,
};
use leptos::prelude::*;

/// One name with its value.
pub struct SummaryRow {
    /// The name.
    pub name: String,
    /// The formatted value.
    pub value: AnyView,
    /// Address and text of the link to the page where the value can be changed; the name is added for screen readers.
    pub change: Option<(String, String)>,
    /// The source of the value: agency and date.
    pub source: OptionalText,
}

impl SummaryRow {
    /// Creates a row from a name and a value: a text or a view.
    pub fn new(name: impl Into<String>, value: impl IntoView + 'static) -> Self {
        Self { name: name.into(), value: value.into_any(), change: None, source: OptionalText::default() }
    }

    /// Adds a link to the page where the value can be changed.
    #[must_use]
    pub fn change(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        self.change = Some((href.into(), text.into()));
        self
    }

    /// Adds the source of the value.
    #[must_use]
    pub fn source(mut self, text: impl Into<OptionalText>) -> Self {
        self.source = text.into();
        self
    }
}

/// A list of names and values.
#[component]
pub fn SummaryList(
    /// The rows.
    rows: Vec<SummaryRow>,
) -> impl IntoView {
    let change_column = rows.iter().any(|row| row.change.is_some());
    view! {
        <dl class=if change_column { "summary summary-change" } else { "summary" }>
            {rows
                .into_iter()
                .map(|SummaryRow { name, value, change, source }| {
                    let what = name.clone();
                    view! {
                        <div class="summary-row">
                            <dt>{name}</dt>
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
