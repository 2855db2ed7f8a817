//! The status of a case for its applicant: state, clocks, decision and timeline.

use crate::ui::{Clock, Notice, SummaryList, SummaryRow, Timeline, TimelineEvent, Tone, when};
use leptos::prelude::*;
use serde_json::Value;
use shared::{
    Lang,
    cases::{CaseView, ClockView, Content, TimelineEntry, action_name, state_name},
    flows,
    services::{
        application::{DecisionView, Outcome},
        life::REFUSAL_UPHELD,
    },
    texts::cases_pages as t,
};

/// The tone of a state for the person whose case it is.
#[must_use]
pub fn state_tone(kind: &str, state: &str) -> Tone {
    flows::flow(kind).map_or(Tone::Progress, |flow| flow.tone(state).into())
}

/// The state with an explanation.
#[must_use]
pub fn state_notice(lang: Lang, case: &CaseView) -> AnyView {
    let sentence = t::find(lang, &format!("now_{}", case.state)).unwrap_or_default();
    let by = t::decided_by(lang, lang.pick(&case.organisation_zh, &case.organisation_en));
    view! {
        <Notice tone=state_tone(&case.kind, &case.state) title=state_name(lang, &case.state)>
            <p>{sentence}</p>
            <p class="hint">{by}</p>
        </Notice>
    }
    .into_any()
}

/// The clocks, with the days that count and the days that passed.
#[must_use]
pub fn clocks(lang: Lang, clocks: &[ClockView]) -> AnyView {
    view! { {clocks.iter().map(|c| clock(lang, c)).collect_view()} }.into_any()
}

fn clock(lang: Lang, clock: &ClockView) -> AnyView {
    let pending = clock.pending_year.map(|year| t::clock_pending(lang, year));
    let (Some(counted), Some(elapsed)) = (clock.counted, clock.elapsed) else {
        return view! { <p><strong>{clock.name(lang).to_owned()}</strong>" "{pending}</p> }.into_any();
    };
    let text = if clock.stopped_on.is_some() {
        t::clock_stopped(lang, t::CountedElapsedLegal { counted, elapsed, legal: clock.legal_days })
    } else {
        t::clock_running(lang, t::CountedElapsedLegal { counted, elapsed, legal: clock.legal_days })
    };
    let day = |date: jiff::civil::Date| when::day(date, lang);
    let due = match (clock.promised_due, clock.legal_due) {
        (Some(promised), Some(legal)) if promised != legal => {
            Some(t::clock_promised(lang, t::LegalPromised { legal: day(legal), promised: day(promised) }))
        }
        (_, Some(legal)) => Some(t::clock_legal(lang, day(legal))),
        _ => pending,
    };
    let overdue = clock.overdue.then(|| match clock.overdue_days {
        Some(days) => t::clock_overdue(lang, days),
        None => t::clock_overdue_some(lang).to_owned(),
    });
    let done = clock.stopped_on.map(|date| t::clock_done_on(lang, day(date)));
    let paused = clock.is_paused.then(|| t::clock_paused(lang).to_owned());
    view! {
        <Clock
            label=clock.name(lang)
            counted=counted
            limit=clock.legal_days
            text=text
            note=overdue.or(paused).or(done).or(due)
            paused=clock.is_paused
            stopped=clock.stopped_on.is_some()
        />
    }
    .into_any()
}

/// The timeline, latest event first.
#[must_use]
pub fn timeline(lang: Lang, case: &CaseView) -> AnyView {
    case_timeline(lang, &case.kind, lang.pick(&case.organisation_zh, &case.organisation_en), &case.timeline)
}

/// The timeline of a case of another module; `organisation` names staff whose event has no organisation.
#[must_use]
pub fn case_timeline(lang: Lang, kind: &str, organisation: &str, timeline: &[TimelineEntry]) -> AnyView {
    let events = timeline.iter().rev().map(|entry| event(lang, kind, organisation, entry)).collect();
    view! { <section class="stack"><h2>{t::timeline(lang)}</h2><Timeline events=events/></section> }.into_any()
}

fn event(lang: Lang, kind: &str, organisation: &str, entry: &TimelineEntry) -> TimelineEvent {
    let bank = entry.facts.get(lang.pick("bank_zh", "bank_en")).and_then(Value::as_str);
    let who = match entry.actor_kind.as_str() {
        "applicant" => t::who_applicant(lang),
        "delegate" => t::who_delegate(lang),
        "system" => t::who_system(lang),
        _ => bank.unwrap_or(organisation),
    };
    let what = t::find(lang, &format!("did_{}", entry.action)).unwrap_or_else(|| action_name(lang, &entry.action));
    let moved = entry.from_state != entry.to_state;
    TimelineEvent {
        when: when::stamp(entry.at, lang),
        datetime: entry.at.to_string(),
        who: who.into(),
        what: what.to_owned(),
        note: event_text(&entry.content, lang).or_else(|| bank.filter(|b| *b != who).map(str::to_owned)).into(),
        tone: if moved { state_tone(kind, &entry.to_state) } else { Tone::Neutral },
    }
}

/// The text of an event: a sentence, a comment, the notes of a correction.
fn event_text(content: &Content, lang: Lang) -> Option<String> {
    let value = match content {
        Content::Open(value) => value,
        Content::Erased => return Some(t::erased(lang).to_owned()),
        Content::Nothing | Content::Withheld => return None,
    };
    let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned).filter(|w| !w.is_empty());
    let notes = value
        .get("notes")
        .and_then(Value::as_object)
        .map(|notes| notes.values().filter_map(Value::as_str).collect::<Vec<_>>().join(lang.pick("；", "; ")));
    word("sentence").or_else(|| word("comment")).or(notes)
}

/// The decision with its reason, legal basis and remedies; `state`: of the case.
#[must_use]
pub fn decision(lang: Lang, state: &str, decision: &DecisionView) -> AnyView {
    let outcome = match decision.outcome {
        Outcome::Refuse if state == REFUSAL_UPHELD.0 => t::decision_upheld(lang),
        Outcome::Grant => t::decision_grant(lang),
        Outcome::Refuse => t::decision_refuse(lang),
        Outcome::NotAccepted => t::decision_not_accepted(lang),
    };
    let date = decision.decided_at.map(|at| when::stamp_day(at, lang)).unwrap_or_default();
    let lines = [
        (t::decision_result(lang), outcome.to_owned()),
        (t::decision_on(lang), date),
        (t::decision_reason(lang), decision.reason.clone()),
        (t::decision_basis(lang), decision.basis.clone()),
        (t::decision_sentence(lang), decision.sentence.clone()),
        (t::decision_remedy(lang), decision.remedy.clone()),
    ];
    let rows = lines.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| SummaryRow::new(name, text)).collect();
    view! { <section class="stack"><h2>{t::decision(lang)}</h2><SummaryList rows=rows/></section> }.into_any()
}
