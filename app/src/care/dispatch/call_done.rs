//! The details of an ended call: its presses and alerts.

use super::ticks;
use crate::ui::Details;
use jiff::Timestamp;
use leptos::prelude::*;
use shared::{
    Lang,
    care::call::{AlertLine, CallPage, PressLine},
    texts::dispatch as t,
};

/// Presses and alerts; all but the alerts are folded.
pub(super) fn view(call: &CallPage, lang: Lang) -> AnyView {
    let presses = call.presses.iter().map(|p| press(p, call.now, lang)).collect_view();
    let alerts = call.alerts.iter().rev().map(|a| alert(a, call.now, lang)).collect_view();
    let alerted = if call.alerts.is_empty() {
        view! { <p class="hint">{t::pages_none(lang)}</p> }.into_any()
    } else {
        view! { <ul class="helpers">{alerts}</ul> }.into_any()
    };
    view! {
        <Details summary=t::pages_title(lang, call.alerts.len()) open=true>{alerted}</Details>
        <Details summary=t::presses_title(lang, call.presses.len())><ul class="helpers">{presses}</ul></Details>
    }
    .into_any()
}

fn press(press: &PressLine, now: Timestamp, lang: Lang) -> AnyView {
    let source = t::find(lang, &format!("source_{}", press.source)).unwrap_or(&press.source).to_owned();
    view! { <li><span>{source}</span> {ticks::at(press.at, now)}</li> }.into_any()
}

fn alert(alert: &AlertLine, now: Timestamp, lang: Lang) -> AnyView {
    let target = t::find(lang, &format!("target_{}", alert.target)).unwrap_or(&alert.target).to_owned();
    let who =
        alert.name.as_ref().map_or_else(|| target.clone(), |name| t::page_named(lang, t::NameTarget { name, target: &target }));
    view! { <li><span>{t::page_line(lang, t::RoundStepWho { round: alert.round, step: alert.step, who })}</span> {ticks::at(alert.at, now)}</li> }.into_any()
}
