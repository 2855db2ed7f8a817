//! Topics of live events, and who may watch them.

use crate::{
    Actor, Store,
    account::gate::{Access, CaseOf},
    cases,
    error::Result,
};
use serde::Deserialize;
use shared::{
    Complaint, Problem,
    account::Permission,
    cases::Party,
    ids::{AccountId, CaseId, OrganisationId, PersonId},
};
use std::fmt;

/// Maximum number of queues that one stream watches.
const MAX_QUEUES: usize = 20;

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

/// The query of a stream: `?case=NUMBER`, `?queue=ORGANISATION,ORGANISATION` or `?inbox`.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Watch {
    /// A case number.
    pub case: Option<String>,
    /// Ids of organisations, separated by commas: browsers limit the number of streams.
    pub queue: Option<String>,
    /// The actor's own inbox; the value is ignored.
    pub inbox: Option<String>,
}

/// The topics of a query, if the actor may watch them.
///
/// # Errors
/// [`Problem::NotFound`] for a case the actor may not see; [`Problem::Forbidden`], [`Problem::SignInFirst`] or
/// [`Problem::SecondFactorFirst`] for a queue or an inbox; [`Problem::Invalid`] for an empty query.
pub async fn authorise(store: &Store, actor: &Actor, query: &Watch) -> Result<Vec<Topic>> {
    let mut topics = Vec::new();
    if let Some(number) = &query.case {
        store.gate.enter(Access::SignedIn, actor)?;
        let tx = store.read(actor).await?;
        topics.push(Topic::Case(cases::find(&tx, actor, number).await?.id));
    }
    for organisation in query.queue.iter().flat_map(|list| list.split(',')).take(MAX_QUEUES) {
        store.gate.enter(Access::AnyStaff(&[Permission::WorkOnCases, Permission::AnswerCalls]), actor)?;
        let organisation: OrganisationId = organisation.parse().map_err(|_| Problem::NotFound)?;
        let queue = CaseOf { subject: PersonId::NIL, organisation, joined: &[], helpers: &[] };
        let works_here = |wanted| store.gate.is_party(Party::Staff(wanted), actor, queue);
        if !works_here(Permission::WorkOnCases) && !works_here(Permission::AnswerCalls) {
            return Err(Problem::Forbidden.into());
        }
        topics.push(Topic::Queue(organisation));
    }
    if query.inbox.is_some() {
        store.gate.enter(Access::SignedIn, actor)?;
        topics.push(Topic::Inbox(actor.signed_in()?));
    }
    if topics.is_empty() { Err(Problem::field("case", Complaint::Required).into()) } else { Ok(topics) }
}
