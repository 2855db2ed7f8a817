//! The timeline of a call for dispatchers, the latest event first.

use super::ticks;
use crate::ui::{Details, Timeline, TimelineEvent, Tone};
use jiff::Timestamp;
use leptos::prelude::*;
use serde_json::Value;
use shared::{
    Lang,
    care::{
        life::{ARRIVE, CALL_OFF, ESCALATE, LOCATE, RESOLVE, RESPONDER_LATE, SAY_FINE, UNANSWER, VIEW, WELFARE_ALARM},
        press::words_for,
    },
    cases::{Content, TimelineEntry, action_name},
    texts::dispatch as t,
};

/// What an action means, where it means something.
const TONES: &[(&str, Tone)] = &[
    (ARRIVE.0, Tone::Good),
    (RESOLVE.0, Tone::Good),
    (SAY_FINE.0, Tone::Good),
    (CALL_OFF.0, Tone::Neutral),
    (ESCALATE.0, Tone::Warn),
    (UNANSWER.0, Tone::Bad),
    (RESPONDER_LATE.0, Tone::Bad),
    (WELFARE_ALARM.0, Tone::Bad),
];

/// Events the latest first; folded away where the caller was, and who opened the record.
pub(super) fn view(entries: &[TimelineEntry], now: Timestamp, lang: Lang) -> AnyView {
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<TimelineEvent> {
        entries.iter().rev().filter(|e| wanted(&e.action)).map(|e| event(e, now, lang)).collect()
    };
    let done = of(&|action| action != VIEW.0 && action != LOCATE.0);
    let (placed, looked) = (of(&|action| action == LOCATE.0), of(&|action| action == VIEW.0));
    let folded = [(t::places_log(lang, placed.len()), placed), (t::views_log(lang, looked.len()), looked)];
    let folded = folded.into_iter().filter(|(_, events)| !events.is_empty());
    view! {
        <Timeline events=done/>
        {folded.map(|(summary, events)| view! { <Details summary=summary><Timeline events=events/></Details> }).collect_view()}
    }
    .into_any()
}

fn event(entry: &TimelineEntry, now: Timestamp, lang: Lang) -> TimelineEvent {
    let kind = t::find(lang, &format!("who_{}", entry.actor_kind)).unwrap_or_else(|| t::who_staff(lang));
    let who = entry.actor_name.clone().unwrap_or_else(|| kind.to_owned());
    TimelineEvent {
        when: ticks::clock(entry.at, now),
        datetime: entry.at.to_string(),
        who: if entry.internal { t::who_line(lang, t::MarkName { mark: t::internal(lang), name: who }) } else { who }.into(),
        what: action_name(lang, &entry.action).to_owned(),
        note: note(entry, lang).into(),
        tone: TONES.iter().find(|(action, _)| *action == entry.action).map(|(_, tone)| *tone).unwrap_or_default(),
    }
}

/// The note of an event.
fn note(entry: &TimelineEntry, lang: Lang) -> String {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let facts = &entry.facts;
    let yes = |name: &str| facts.get(name).and_then(Value::as_bool);
    let mut lines = Vec::new();
    lines.extend(
        yes("reached").map(|reached| if reached { t::event_reached(lang) } else { t::event_not_reached(lang) }.to_owned()),
    );
    lines.extend(text(facts, "into").map(|number| t::event_into(lang, number)));
    lines.extend(text(facts, "from").map(|number| t::event_from(lang, number)));
    lines.extend(yes("numbers").filter(|n| *n).map(|_| t::event_numbers(lang).to_owned()));
    lines.extend(text(facts, "field").map(|field| {
        let field = if field == "callback" { t::callback(lang) } else { t::contacts(lang) };
        t::event_field(lang, field)
    }));
    match &entry.content {
        Content::Nothing | Content::Withheld => {}
        Content::Erased => lines.push(t::content_erased(lang).to_owned()),
        Content::Open(said) => lines
            .extend(["sentence", "note", "words"].iter().filter_map(|name| text(said, name)).map(|said| words_for(&said, lang))),
    }
    lines.join("\n")
}
