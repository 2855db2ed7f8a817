//! Messages sent after the response, where waiting for the mail server would reveal whether an account exists.

use crate::AppState;
use crate::mail::Message;
use std::sync::LazyLock;
use tokio::sync::watch;

static PENDING: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// Counts a message as pending until it is dropped, also if its task panics.
struct Pending;

impl Pending {
    fn begin() -> Self {
        PENDING.send_modify(|n| *n += 1);
        Self
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.send_modify(|n| *n = n.saturating_sub(1));
    }
}

/// Sends a message in a task of its own. A failure is logged without the address.
pub(crate) fn send_in_background(state: &AppState, message: Message) {
    let (state, pending) = (state.clone(), Pending::begin());
    tokio::spawn(async move {
        if let Err(error) = state.send(&message).await {
            tracing::error!(%error, "a message could not be sent");
        }
        drop(pending);
    });
}

/// Waits until no message of this process is pending, before the process exits.
pub async fn wait_until_sent() {
    let mut count = PENDING.subscribe();
    let _ = count.wait_for(|n| *n == 0).await;
}
