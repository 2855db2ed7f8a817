//! Live events as server-sent events.

use crate::live::{hub::Live, topic::Topic};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures::{Stream, StreamExt};
use std::{convert::Infallible, time::Duration};

/// Interval of the events of an idle stream, by which proxies keep it open and pages notice a broken connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

impl Live {
    /// The stream as server-sent events (HTML Living Standard, 9.2): `changed` with topic and cursor as its id, and `alive`
    /// while nothing changes.
    pub fn sse(
        &self,
        topics: Vec<Topic>,
        last: Option<&str>,
    ) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>> + Send + use<>> {
        let events = self.stream(topics, last).map(|event| {
            let topic = event.topic.to_string();
            let changed = SseEvent::default().event("changed").id(format!("{topic} {}", event.cursor));
            Ok(changed.data(topic.split(':').next().unwrap_or_default()))
        });
        Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).event(SseEvent::default().event("alive").data("")))
    }
}
