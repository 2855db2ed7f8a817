//! The details of an ended call: its presses and alerts.

use super::ticks;
use crate::ui::Details;
use jiff::Timestamp;
use leptos::prelude::*;
use shared::{
    Lang,
    care::call::{CallPage, PageLine, PressLine},
    texts::dispatch as t,
};

/// Presses and alerts; all but the alerts are folded.
pub(super) fn view(call: &CallPage, lang: Lang) -> AnyView {
    let presses = call.presses.iter().map(|p| press(p, call.now, lang)).collect_view();
    let pages = call.pages.iter().rev().map(|p| page(p, call.now, lang)).collect_view();
    let called = if call.pages.is_empty() {
        view! { <p class="hint">{t::pages_none(lang)}</p> }.into_any()
    } else {
        view! { <ul class="helpers">{pages}</ul> }.into_any()
    };
    view! {
        <Details summary=t::pages_title(lang, call.pages.len()) open=true>{called}</Details>
        <Details summary=t::presses_title(lang, call.presses.len())><ul class="helpers">{presses}</ul></Details>
    }
    .into_any()
}

fn press(press: &PressLine, now: Timestamp, lang: Lang) -> AnyView {
    let source = t::find(lang, &format!("source_{}", press.source)).unwrap_or(&press.source).to_owned();
    view! { <li><span>{source}</span> {ticks::at(press.at, now)}</li> }.into_any()
}

fn page(page: &PageLine, now: Timestamp, lang: Lang) -> AnyView {
    let target = t::find(lang, &format!("target_{}", page.target)).unwrap_or(&page.target).to_owned();
    let who =
        page.name.as_ref().map_or_else(|| target.clone(), |name| t::page_named(lang, t::NameTarget { name, target: &target }));
    view! { <li><span>{t::page_line(lang, t::RoundStepWho { round: page.round, step: page.step, who })}</span> {ticks::at(page.at, now)}</li> }.into_any()
}
