//! Answers as text, for the review before submission and for case pages.

use crate::ui::{SummaryList, SummaryRow};
use leptos::prelude::*;
use shared::{
    Lang,
    services::{
        Answers, Form,
        application::{AnswerPage, AnswerRow},
    },
    texts::services_pages as t,
};

/// The answers by page. `change`: the base address of the pages and their form, if they can be changed.
#[must_use]
pub fn answer_lists(pages: &[AnswerPage], change: Option<(&str, &Form)>, lang: Lang) -> AnyView {
    pages
        .iter()
        .map(|page| {
            let rows = page.rows.iter().map(|row| summary_row(page, row, change, lang)).collect();
            view! { <section class="stack"><h2>{page.title.clone()}</h2><SummaryList rows=rows/></section> }
        })
        .collect_view()
        .into_any()
}

fn summary_row(page: &AnswerPage, row: &AnswerRow, change: Option<(&str, &Form)>, lang: Lang) -> SummaryRow {
    let files = row.files.iter().map(|file| {
        let address = format!("/files/{}", file.id);
        view! { <li><img class="thumb" src=format!("{address}?inline=1") alt="" loading="lazy"/><a href=address>{file.name.clone()}</a></li> }
    });
    let value = match (row.files.is_empty(), row.value.is_empty()) {
        (false, _) => view! { <ul class="files">{files.collect_view()}</ul> }.into_any(),
        (true, true) => view! { <span class="hint">{t::no_answer(lang)}</span> }.into_any(),
        (true, false) => view! { <span class="answer">{row.value.clone()}</span> }.into_any(),
    };
    let shown = SummaryRow::new(row.label.clone(), value).source(row.source.clone());
    match change {
        Some((base, form)) => {
            let field = crate::ui::field_id(&Answers::input_name(&form.first_input(&row.path)));
            shown.change(format!("{base}/{}?back=check#{field}", page.id), t::change(lang))
        }
        None => shown,
    }
}
