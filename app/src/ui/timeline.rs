//! What happened, the latest first or last as the page decides.

use super::{icon::Icon, optional_text::OptionalText, tone::Tone};
use leptos::prelude::*;

/// One thing that happened.
#[derive(Clone, Debug, Default)]
pub struct TimelineEvent {
    /// When, as people read it.
    pub when: String,
    /// When, for machines: `2026-01-31T09:30:00+08:00`.
    pub datetime: String,
    /// Who did it: a person or an office.
    pub who: OptionalText,
    /// What happened.
    pub what: String,
    /// What was said about it.
    pub note: OptionalText,
    /// What it means.
    pub tone: Tone,
}

/// Events below each other along a line.
#[component]
pub fn Timeline(
    /// The events in the order they are shown.
    events: Vec<TimelineEvent>,
) -> impl IntoView {
    view! {
        <ol class="timeline">
            {events
                .into_iter()
                .map(|event| view! {
                    <li class=format!("event {}", event.tone.class())>
                        <span class="event-mark"><Icon icon=event.tone.icon()/></span>
                        <div class="event-words">
                            <p class="event-what">{event.what}</p>
                            <p class="event-when">
                                <time datetime=event.datetime>{event.when}</time>
                                {event.who.get().map(|who| view! { <span class="event-who">{who}</span> })}
                            </p>
                            {event.note.get().map(|note| view! { <p class="event-note">{note}</p> })}
                        </div>
                    </li>
                })
                .collect_view()}
        </ol>
    }
}
