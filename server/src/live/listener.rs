//! The tasks that feed the hub of live events: one listens for notifications, one polls.

use crate::live::{
    hub::{Inner, Live},
    topic::Topic,
};
use sqlx::postgres::PgListener;
use std::{
    sync::{Arc, Weak},
    time::Duration,
};

/// Interval of polling.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Delay before the listener reconnects.
const RETRY_DELAY: Duration = Duration::from_secs(1);

impl Live {
    /// Starts to listen and to poll, once. Both end with the hub.
    pub fn start(&self) {
        self.0.tasks.get_or_init(|| {
            let (listener, poller) = (Arc::downgrade(&self.0), Arc::downgrade(&self.0));
            vec![tokio::spawn(listen(listener)).abort_handle(), tokio::spawn(poll(poller)).abort_handle()]
        });
    }
}

async fn poll(hub: Weak<Inner>) {
    let mut ticks = tokio::time::interval(POLL_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(live) = hub.upgrade().map(Live) else { return };
        if let Err(error) = live.publish_written().await {
            tracing::warn!(%error, "live events could not be polled");
        }
    }
}

async fn listen(hub: Weak<Inner>) {
    loop {
        let Some(pool) = hub.upgrade().map(|inner| inner.store.pool().clone()) else { return };
        if let Err(error) = receive(&hub, &pool).await {
            tracing::warn!(%error, "the listener for live events reconnects");
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

async fn receive(hub: &Weak<Inner>, pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("huimin_live").await?;
    loop {
        let notification = listener.recv().await?;
        let Some(live) = hub.upgrade().map(Live) else { return Ok(()) };
        let Some((topic, id)) = notification.payload().split_once(' ') else { continue };
        if let Some(topic) = Topic::parse(topic) {
            live.publish_notification(topic, id);
        }
    }
}
