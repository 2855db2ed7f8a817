//! Messages sent behind the answer, where waiting for the mail server would tell whether an account exists.

use crate::AppState;
use crate::notices::mailer::{Message, send};
use std::sync::LazyLock;
use tokio::sync::watch;

static UNDER_WAY: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// One message under way; however its task ends, it no longer counts.
struct UnderWay;

impl UnderWay {
    fn begin() -> Self {
        UNDER_WAY.send_modify(|n| *n += 1);
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.send_modify(|n| *n = n.saturating_sub(1));
    }
}

/// Sends it without making anybody wait. A message that cannot be sent is logged, without its address.
pub(crate) fn send_later(city: &AppState, message: Message) {
    let (city, under_way) = (city.clone(), UnderWay::begin());
    tokio::spawn(async move {
        if let Err(error) = send(&city, &message).await {
            tracing::error!(%error, "a message could not be sent");
        }
        drop(under_way);
    });
}

/// Waits until no message of this process is under way: before it ends.
pub async fn all_sent() {
    let mut count = UNDER_WAY.subscribe();
    let _ = count.wait_for(|n| *n == 0).await;
}
