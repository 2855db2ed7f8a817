//! The topics of a stream of live events: parsed from its query and checked by the gate.

use crate::{
    Actor, Store,
    access::gate::{Access, CaseOf},
    cases,
    error::Result,
    live::Topic,
};
use serde::Deserialize;
use shared::{
    FieldErrorKind, Problem,
    account::Permission,
    cases::Party,
    ids::{OrganisationId, PersonId},
};

/// Maximum number of queues that one stream watches.
const MAX_QUEUES: usize = 20;

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
    if topics.is_empty() { Err(Problem::field("case", FieldErrorKind::Required).into()) } else { Ok(topics) }
}
