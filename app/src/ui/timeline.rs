//! A list of events in the order of the page.

use super::{icon::Icon, optional_text::OptionalText, tone::Tone};
use leptos::prelude::*;

/// One event.
#[derive(Clone, Debug, Default)]
pub struct TimelineEvent {
    /// The formatted time.
    pub when: String,
    /// The machine-readable time: `2026-01-31T09:30:00+08:00`.
    pub datetime: String,
    /// The actor: a person or an office.
    pub who: OptionalText,
    /// The event in words.
    pub what: String,
    /// The text of the event.
    pub note: OptionalText,
    /// The tone.
    pub tone: Tone,
}

/// A vertical timeline.
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
