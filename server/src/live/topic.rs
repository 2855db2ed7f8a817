//! Topics of live events: a case, a queue, an inbox.

use shared::ids::{AccountId, CaseId, OrganisationId};
use std::fmt;

/// What can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A case.
    Case(CaseId),
    /// The queue of an organisation.
    Queue(OrganisationId),
    /// The inbox of an account.
    Inbox(AccountId),
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(id) => write!(f, "case:{id}"),
            Self::Queue(id) => write!(f, "queue:{id}"),
            Self::Inbox(id) => write!(f, "inbox:{id}"),
        }
    }
}

impl Topic {
    /// Parses `case:<uuid>`, `queue:<uuid>` and `inbox:<uuid>`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        match kind {
            "case" => id.parse().ok().map(Self::Case),
            "queue" => id.parse().ok().map(Self::Queue),
            "inbox" => id.parse().ok().map(Self::Inbox),
            _ => None,
        }
    }
}

/// A change of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The topic.
    pub topic: Topic,
    /// The position in the topic. A client sends its last cursor when it reconnects and gets only later events.
    pub cursor: String,
}
