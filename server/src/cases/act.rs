//! The one door: the only code that changes a case.
//!
//! [`perform`] finds the row of the Flow, asks the gate, checks the guard, lets the registered handler do what belongs
//! to the change, and then writes state, event, clocks and what follows, all in one transaction.

use super::{CaseRow, chain::EventRow, clocks, handlers, idempotency, lives, load, number, rules};
use crate::{
    Store,
    account::actor::Actor,
    error::{Error, Result},
    notices,
    store::{Now, Tx},
    vault::VaultError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    Problem,
    cases::{Guard, Party, Step, flow::ANY},
};
use uuid::Uuid;

/// A wish to act on a case.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Which case.
    pub number: &'a str,
    /// What to do.
    pub action: &'a str,
    /// The version that was seen; needed where the Flow says [`Guard::Version`].
    pub version: Option<i32>,
    /// The client's idempotency key.
    pub key: &'a str,
    /// What the action demands.
    pub input: Value,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Which case.
    pub number: String,
    /// Its state now.
    pub state: String,
    /// Its version now.
    pub version: i32,
}

/// What a handler sees of the change it belongs to.
pub(crate) struct Change<'a> {
    pub(crate) tx: &'a Tx,
    pub(crate) actor: &'a Actor,
    pub(crate) case: &'a CaseRow,
    pub(crate) step: &'static Step,
    pub(crate) input: &'a Value,
    pub(crate) now: Now,
}

/// Who has the case afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Assign {
    #[default]
    Keep,
    Nobody,
    To(Uuid),
}

/// What a handler leaves for the event.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// What may be known without the person's key.
    pub(crate) facts: serde_json::Map<String, Value>,
    /// Personal content: sealed under the person's key.
    pub(crate) personal: Option<Value>,
    pub(crate) assign: Assign,
    /// Legal and promised working days for clocks that the step starts.
    pub(crate) limits: Vec<clocks::Limit>,
}

/// Does what is asked, once.
///
/// # Errors
/// [`Problem::NotFound`] for a case that is not theirs to see; [`Problem::Forbidden`] for an action that is not theirs;
/// [`Problem::Conflict`] with the allowed actions when the state or the version does not fit; [`Problem::Invalid`] from
/// the handler; [`Problem::KeyReused`].
pub async fn perform(store: &Store, actor: &Actor, request: Request<'_>) -> Result<Done> {
    let tx = store.write(actor).await?;
    let done = perform_in(&tx, actor, &request).await?;
    tx.commit().await?;
    Ok(done)
}

/// As [`perform`], inside a transaction that does more.
pub(crate) async fn perform_in(tx: &Tx, actor: &Actor, request: &Request<'_>) -> Result<Done> {
    if !number::is_shaped(request.number) || !lives().any(|f| f.actions().iter().any(|a| a.0 == request.action)) {
        return Err(Problem::NotFound.into());
    }
    let route = format!("case {} {}", request.number, request.action);
    let claim = match idempotency::claim(tx, actor, &route, request.key, &(request.version, &request.input)).await? {
        idempotency::Turn::Repeat(done) => return Ok(done),
        idempotency::Turn::First(claim) => claim,
    };
    let case = load(tx, actor, request.number, "FOR UPDATE").await?;
    let step = rules::find_step(tx, actor, &case, request).await?;
    let change = Change { tx, actor, case: &case, step, input: &request.input, now: tx.now().await? };
    let handler =
        handlers::of(&case.kind, step.action).ok_or_else(|| Error::Broken(format!("no handler for {}", step.action.0)))?;
    let effect = handler(&change).await?;
    let done = act(&change, effect).await?;
    claim.keep(tx, &done).await?;
    Ok(done)
}

/// Writes the change: state, version, assignee, clocks, event, notices, live signal.
async fn act(change: &Change<'_>, effect: Effect) -> Result<Done> {
    let Change { tx, actor, case, step, now, .. } = change;
    let flow = case.flow()?;
    let to = step.target(&case.state);
    let version = if step.guard == Guard::None { case.version } else { case.version + 1 };
    let assignee = match effect.assign {
        Assign::Nobody => None,
        Assign::To(account) => Some(account),
        Assign::Keep if step.assigned && case.assignee_id.is_none() => actor.account,
        Assign::Keep => case.assignee_id,
    };
    clocks::apply(tx, case.id, step.clocks, &effect.limits, now.today()).await?;
    let event = append(change, &to, &effect).await?;
    let closed = flow.is_closed(&to).then_some(case.closed_at.unwrap_or(now.at));
    // An append (a note, somebody who looked) is no change that others would see.
    let changed = if step.guard == Guard::None { case.changed_at } else { now.at };
    tx.run(
        "UPDATE cases SET state = $2, version = $3, assignee_id = $4, changed_at = $5, closed_at = $6, events = $7, head = $8
         WHERE id = $1",
        [
            case.id.into(),
            to.clone().into(),
            version.into(),
            assignee.into(),
            changed.into(),
            closed.into(),
            event.seq.into(),
            event.hash.clone().into(),
        ],
    )
    .await?;
    if !step.clocks.is_empty() {
        clocks::set_due(tx, case.id).await?;
    }
    if step.from != ANY {
        notices::follow(tx, case, step, &event).await?;
        signal(tx, case, &event).await?;
    }
    Ok(Done { number: case.number.clone(), state: to, version })
}

/// As what the actor acts.
fn actor_kind(actor: &Actor, step_by: Party, case: &CaseRow) -> &'static str {
    match step_by {
        Party::System => "system",
        Party::Applicant if actor.acting_for.is_some() => "delegate",
        Party::Applicant => "applicant",
        Party::Staff(wanted) => {
            actor.roles_in(case.organisation_id).into_iter().find(|r| r.may(wanted)).map_or("staff", shared::account::Role::code)
        }
    }
}

pub(super) async fn append(change: &Change<'_>, to: &str, effect: &Effect) -> Result<EventRow> {
    let Change { tx, actor, case, step, now, .. } = change;
    let id = Uuid::now_v7();
    let sealed = match &effect.personal {
        Some(value) => match tx.person_key(case.subject_id).await {
            Ok(key) => key.seal_json("event.sealed", id, value)?,
            // Of somebody who was erased, nothing new is written down.
            Err(Error::Vault(VaultError::Erased)) => return Err(Problem::Forbidden.into()),
            Err(other) => return Err(other),
        },
        None => Vec::new(),
    };
    let mut event = EventRow {
        id,
        case_id: case.id,
        seq: case.events + 1,
        at: now.at,
        actor_id: actor.account,
        actor_kind: actor_kind(actor, step.by, case).to_owned(),
        person_id: case.subject_id,
        action: step.action.0.to_owned(),
        from_state: case.state.clone(),
        to_state: to.to_owned(),
        facts: serde_json::to_string(&effect.facts)?,
        sealed,
        prev: case.head.clone(),
        hash: Vec::new(),
    };
    event.hash = event.expected_hash();
    insert_event(tx, &event).await?;
    Ok(event)
}

async fn insert_event(tx: &Tx, event: &EventRow) -> Result<()> {
    tx.run(
        "INSERT INTO event (id, case_id, seq, at, actor_id, actor_kind, person_id, action, from_state, to_state, facts, sealed, prev, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        [
            event.id.into(),
            event.case_id.into(),
            event.seq.into(),
            event.at.into(),
            event.actor_id.into(),
            event.actor_kind.clone().into(),
            event.person_id.into(),
            event.action.clone().into(),
            event.from_state.clone().into(),
            event.to_state.clone().into(),
            event.facts.clone().into(),
            event.sealed.clone().into(),
            event.prev.clone().into(),
            event.hash.clone().into(),
        ],
    )
    .await?;
    Ok(())
}

/// Tells whoever watches, after the commit, that something changed: ids only.
pub(super) async fn signal(tx: &Tx, case: &CaseRow, event: &EventRow) -> Result<()> {
    tx.run(
        "SELECT pg_notify('huimin_live', $1), pg_notify('huimin_live', $2)",
        [format!("case:{} {}", case.id, event.seq).into(), format!("queue:{} {}", case.organisation_id, event.id).into()],
    )
    .await?;
    Ok(())
}
