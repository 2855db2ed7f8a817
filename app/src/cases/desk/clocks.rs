//! The time limits of a case for the desk: used and allowed days, and whether a clock is near its end, overdue or paused.

use crate::ui::{Clock, when::day};
use leptos::prelude::*;
use shared::{Lang, cases::ClockView, texts::desk as t};

/// The clocks, in the order they were started.
pub(super) fn view(clocks: &[ClockView], lang: Lang) -> AnyView {
    clocks
        .iter()
        .map(|clock| {
            view! {
                <Clock
                    label=clock.name(lang).to_owned()
                    counted=clock.counted.unwrap_or_default()
                    limit=clock.legal_days
                    text=figures(clock, lang)
                    note=note(clock, lang)
                    paused=clock.is_paused
                    stopped=clock.stopped_on.is_some()
                />
            }
        })
        .collect_view()
        .into_any()
}

fn figures(clock: &ClockView, lang: Lang) -> String {
    match (clock.counted, clock.elapsed) {
        (Some(counted), Some(elapsed)) => {
            t::clock_days(lang, t::CountedElapsedLegal { counted, elapsed, legal: clock.legal_days })
        }
        _ => t::clock_unknown(lang, clock.legal_days),
    }
}

fn note(clock: &ClockView, lang: Lang) -> String {
    let over = clock.overdue.then(|| match clock.overdue_days {
        Some(n) => t::clock_overdue(lang, n),
        None => t::clock_overdue_some(lang).to_owned(),
    });
    let warn = clock.warn.then(|| t::clock_warn(lang).to_owned());
    let still = clock.is_paused.then(|| t::clock_stands_still(lang).to_owned());
    let done = clock.stopped_on.map(|d| t::clock_done(lang, day(d, lang)));
    let due = match (clock.promised_due, clock.legal_due) {
        (Some(promised), Some(legal)) => {
            Some(t::clock_dues(lang, t::LegalPromised { legal: day(legal, lang), promised: day(promised, lang) }))
        }
        (None, Some(legal)) => Some(t::clock_due(lang, day(legal, lang))),
        _ => None,
    };
    let pending = clock.pending_year.map(|year| t::clock_pending(lang, year));
    let parts: Vec<String> = [over, warn, still, done, due, pending].into_iter().flatten().collect();
    parts.join(lang.pick("；", "; "))
}
