//! The timeline of a case for the desk, with internal steps and notes, the latest event first.

use crate::ui::{Details, Timeline, TimelineEvent, Tone, when};
use leptos::prelude::*;
use serde_json::Value;
use shared::{
    Lang,
    cases::{Content, TimelineEntry, action_name},
    services::{
        Form, display,
        life::{APPROVE_GRANT, APPROVE_REFUSAL, ASK_CORRECTION, NOT_ACCEPT, OBJECT, PROPOSE_REFUSAL, SEND_BACK, UPHOLD, VIEW},
    },
    texts::desk as t,
};

/// The tone of an action's event.
const TONES: &[(&str, Tone)] = &[
    (APPROVE_GRANT.0, Tone::Good),
    (APPROVE_REFUSAL.0, Tone::Bad),
    (NOT_ACCEPT.0, Tone::Bad),
    (UPHOLD.0, Tone::Bad),
    (PROPOSE_REFUSAL.0, Tone::Warn),
    (ASK_CORRECTION.0, Tone::Warn),
    (SEND_BACK.0, Tone::Warn),
    (OBJECT.0, Tone::Warn),
];

/// The events, latest first; accesses to the record are folded.
pub(super) fn view(entries: &[TimelineEntry], form: Option<&Form>, lang: Lang) -> AnyView {
    let (looked, done): (Vec<&TimelineEntry>, Vec<&TimelineEntry>) = entries.iter().rev().partition(|e| e.action == VIEW.0);
    let done: Vec<TimelineEvent> = done.into_iter().map(|e| event(e, form, lang)).collect();
    let count = looked.len();
    let looked: Vec<TimelineEvent> = looked.into_iter().map(|e| event(e, form, lang)).collect();
    view! {
        <Timeline events=done/>
        {(count > 0).then(|| view! { <Details summary=t::views_log(lang, count)><Timeline events=looked/></Details> })}
    }
    .into_any()
}

/// The actor: the name of a member of staff, otherwise the role.
pub(in crate::cases) fn actor_name(entry: &TimelineEntry, lang: Lang) -> String {
    let kind = t::find(lang, &format!("who_{}", entry.actor_kind)).unwrap_or(&entry.actor_kind);
    entry.actor_name.clone().unwrap_or_else(|| kind.to_owned())
}

fn event(entry: &TimelineEntry, form: Option<&Form>, lang: Lang) -> TimelineEvent {
    let who = actor_name(entry, lang);
    TimelineEvent {
        when: when::stamp(entry.at, lang),
        datetime: entry.at.to_string(),
        who: if entry.internal { t::who_line(lang, t::MarkName { mark: t::internal(lang), name: who }) } else { who }.into(),
        what: action_name(lang, &entry.action).to_owned(),
        note: note(entry, form, lang).into(),
        tone: TONES.iter().find(|(action, _)| *action == entry.action).map(|(_, tone)| *tone).unwrap_or_default(),
    }
}

fn label(form: Option<&Form>, path: &str, lang: Lang) -> String {
    form.map_or_else(|| path.to_owned(), |form| display::label(form, path, lang))
}

/// The text of the event.
fn note(entry: &TimelineEntry, form: Option<&Form>, lang: Lang) -> String {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut lines = Vec::new();
    if let Some(field) = text(&entry.facts, "field") {
        lines.push(t::view_field(lang, label(form, &field, lang)));
    }
    if let Some(score) = entry.facts.get("score").and_then(Value::as_i64) {
        lines.push(t::rated_score(lang, score));
    }
    match &entry.content {
        Content::Nothing => {}
        Content::Erased => lines.push(t::content_erased(lang).to_owned()),
        Content::Withheld => lines.push(t::withheld(lang).to_owned()),
        Content::Open(fields) => {
            lines.extend(["sentence", "note", "comment"].iter().filter_map(|name| text(fields, name)));
            let notes = fields.get("notes").and_then(Value::as_object).into_iter().flatten();
            let line = |(path, note): (&String, &Value)| {
                t::correction_line(lang, t::LabelNote { label: label(form, path, lang), note: note.as_str().unwrap_or_default() })
            };
            lines.extend(notes.map(line));
        }
    }
    lines.join("\n")
}
