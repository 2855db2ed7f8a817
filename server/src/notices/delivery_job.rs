//! The payload of the job that delivers a notice; the worker runs it.

use serde::{Deserialize, Serialize};
use shared::ids::NoticeId;

/// The job `deliver`: delivers one notice.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deliver {
    /// The notice.
    pub notice: NoticeId,
}
