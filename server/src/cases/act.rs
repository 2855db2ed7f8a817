//! The one door: the only code that changes a case.
//!
//! [`perform`] finds the row of the Flow, asks the gate, checks the guard, lets the registered handler do what belongs
//! to the change, and then writes state, event, clocks and what follows, all in one transaction.

use super::{AnyInput, CaseRow, Lives, chain::EventRow, clocks, idempotency, load, number, rules};
use crate::{
    Store,
    account::actor::Actor,
    error::{Error, Result},
    notices,
    store::{Now, Tx, new_id},
    vault::VaultError,
};
use sea_orm::raw_sql;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    Problem,
    cases::{Guard, Party, PostedFields, Step, action::nest_fields, flow::ANY},
    ids::{AccountId, CaseId, EventId, OrganisationId},
};
use std::{collections::BTreeSet, fmt::Display};

/// A request to act on a case.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The number of the case.
    pub number: &'a str,
    /// The version that was seen; needed where the flow says [`Guard::Version`].
    pub version: Option<i32>,
    /// The client's idempotency key.
    pub key: &'a str,
    /// The action with its typed input.
    pub input: &'a dyn AnyInput,
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
pub struct Change<'a> {
    /// The transaction of the change.
    pub tx: &'a Tx,
    /// Who acts.
    pub actor: &'a Actor,
    /// The case before the change, locked.
    pub case: &'a CaseRow,
    /// The row of the flow that is taken.
    pub step: &'static Step,
    /// The city's clock.
    pub now: Now,
}

/// Who has the case afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assign {
    /// Whoever has it now.
    #[default]
    Keep,
    /// Nobody: it is in the queue.
    Nobody,
    /// This account.
    To(AccountId),
}

/// What a handler leaves for the event.
#[derive(Debug, Default)]
pub struct Effect {
    /// What may be known without the person's key.
    pub facts: serde_json::Map<String, Value>,
    /// Personal content: sealed under the person's key.
    pub personal: Option<Value>,
    /// Who has the case afterwards.
    pub assign: Assign,
    /// Organisations drawn in from now on.
    pub join: Vec<OrganisationId>,
    /// Organisations that have no part in it any more.
    pub leave: Vec<OrganisationId>,
    /// Accounts called to help from now on.
    pub call: Vec<AccountId>,
    /// Legal and promised working days for clocks that the step starts.
    pub limits: Vec<clocks::Limit>,
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

/// Does what a form asks: the input is read by the action's name from posted fields.
///
/// # Errors
/// As [`perform`]; [`Problem::Invalid`] for fields that the input cannot hold.
pub async fn perform_posted(
    store: &Store,
    actor: &Actor,
    (number, action): (&str, &str),
    version: Option<i32>,
    key: &str,
    fields: &PostedFields,
) -> Result<Done> {
    let tx = store.write(actor).await?;
    let input = read_input_of(Lives::of(&tx)?, number, action, nest_fields(fields)?)?;
    let done = perform_in(&tx, actor, &Request { number, version, key, input: &*input }).await?;
    tx.commit().await?;
    Ok(done)
}

/// Reads the input of an action on the case with this number from a document.
///
/// # Errors
/// [`Problem::NotFound`] for an action that cases of this kind do not have; [`Problem::Invalid`].
pub fn read_input_of(lives: Lives, number: &str, action: &str, document: Value) -> Result<Box<dyn AnyInput>, Problem> {
    let life = lives.by_number(number).ok_or(Problem::NotFound)?;
    let handler = life.handlers.iter().find(|h| h.action.0 == action).ok_or(Problem::NotFound)?;
    (handler.read)(document)
}

/// As [`perform`], inside a transaction that does more.
pub(crate) async fn perform_in(tx: &Tx, actor: &Actor, request: &Request<'_>) -> Result<Done> {
    let action = request.input.action();
    let lives = Lives::of(tx)?;
    if !number::is_shaped(request.number) || !lives.0.iter().any(|life| life.handler(action).is_some()) {
        return Err(Problem::NotFound.into());
    }
    let route = format!("case {} {}", request.number, action.0);
    let body = (request.version, request.input.to_json()?);
    let claim = match idempotency::claim(tx, actor, &route, request.key, &body).await? {
        idempotency::Turn::Repeat(done) => return Ok(done),
        idempotency::Turn::First(claim) => claim,
    };
    let case = load(tx, actor, request.number, "FOR UPDATE").await?;
    let step = rules::find_step(tx, actor, &case, request).await?;
    let change = Change { tx, actor, case: &case, step, now: tx.now().await? };
    let handler = lives.life(&case.kind)?.handler(step.action);
    let handler = handler.ok_or_else(|| Error::Broken(format!("no handler for {}", step.action.0)))?;
    let effect = (handler.run)(&change, request.input).await?;
    let done = act(&change, effect).await?;
    claim.keep(tx, &done).await?;
    Ok(done)
}

/// Writes the change: state, version, assignee, clocks, event, notices, live signal.
async fn act(change: &Change<'_>, effect: Effect) -> Result<Done> {
    let Change { tx, actor, case, step, now, .. } = change;
    let flow = case.flow(tx)?;
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
    let mut joined = united(&case.joined, &effect.join);
    joined.retain(|organisation| !effect.leave.contains(organisation));
    // An append (a note, somebody who looked) is no change that others would see.
    let changed = if step.guard == Guard::None { case.changed_at } else { now.at };
    let helpers = united(&case.helpers, &effect.call);
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE cases SET state = {to}, version = {version}, assignee_id = {assignee}, changed_at = {changed}, closed_at = {closed},
             events = {event.seq}, head = {event.hash}, joined = {joined}, helpers = {helpers}
         WHERE id = {case.id}"
    ))
    .await?;
    if !step.clocks.is_empty() {
        clocks::set_due(tx, case.id).await?;
    }
    if step.from != ANY {
        notices::from_event(tx, case, step, &event).await?;
        signal(tx, case, &effect.join, &event).await?;
    }
    Ok(Done { number: case.number.clone(), state: to, version })
}

/// The first list and what the second adds to it.
fn united<Id: Copy + PartialEq>(there: &[Id], more: &[Id]) -> Vec<Id> {
    let mut all = there.to_vec();
    for one in more {
        if !all.contains(one) {
            all.push(*one);
        }
    }
    all
}

/// As what the actor acts.
fn actor_kind(actor: &Actor, step_by: Party, case: &CaseRow) -> &'static str {
    match step_by {
        Party::System => "system",
        Party::Applicant if actor.acting_for.is_some() => "delegate",
        Party::Applicant if actor.account.is_none() => "caller",
        Party::Applicant => "applicant",
        Party::Helper => "helper",
        Party::Staff(wanted) | Party::Joined(wanted) => {
            let here = [case.organisation_id].into_iter().chain(case.joined.iter().copied());
            here.flat_map(|o| actor.roles_in(o)).find(|r| r.may(wanted)).map_or("staff", shared::account::Role::code)
        }
    }
}

pub(super) async fn append(change: &Change<'_>, to: &str, effect: &Effect) -> Result<EventRow> {
    let Change { tx, actor, case, step, now, .. } = change;
    let id = new_id();
    let sealed = match &effect.personal {
        Some(value) => match tx.person_key(case.subject_id).await {
            Ok(key) => key.seal_json("event.sealed", id, value)?,
            // Of somebody who was erased, nothing new is written down.
            Err(Error::Vault(VaultError::Erased)) => return Err(Problem::Forbidden.into()),
            Err(other) => return Err(other),
        },
        None => Vec::new(),
    };
    let event = next_event(id, actor, case, step, *now, to, effect, sealed)?;
    insert_events(tx, std::slice::from_ref(&event)).await?;
    Ok(event)
}

/// The event that follows the last one of a case.
#[expect(clippy::too_many_arguments, reason = "every one of them is hashed into the chain")]
fn next_event(
    id: EventId,
    actor: &Actor,
    case: &CaseRow,
    step: &Step,
    now: Now,
    to: &str,
    effect: &Effect,
    sealed: Vec<u8>,
) -> Result<EventRow> {
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
    Ok(event)
}

/// Writes events of different cases, or one.
async fn insert_events(tx: &Tx, events: &[EventRow]) -> Result<()> {
    fn each<T: Clone>(events: &[EventRow], column: fn(&EventRow) -> &T) -> Vec<T> {
        events.iter().map(|e| column(e).clone()).collect()
    }
    // A UUID array holds no nulls here: who is nobody stands as the nil UUID.
    let actors: Vec<AccountId> = events.iter().map(|e| e.actor_id.unwrap_or_default()).collect();
    tx.run(
        "INSERT INTO event (id, case_id, seq, at, actor_id, actor_kind, person_id, action, from_state, to_state, facts, sealed, prev, hash)
         SELECT id, case_id, seq, at, nullif(actor_id, '00000000-0000-0000-0000-000000000000'), actor_kind, person_id,
                action, from_state, to_state, facts, sealed, prev, hash
           FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::timestamptz[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::text[],
                       $10::text[], $11::text[], $12::bytea[], $13::bytea[], $14::bytea[])
             AS e (id, case_id, seq, at, actor_id, actor_kind, person_id, action, from_state, to_state, facts, sealed, prev, hash)",
        [
            each(events, |e| &e.id).into(),
            each(events, |e| &e.case_id).into(),
            each(events, |e| &e.seq).into(),
            each(events, |e| &e.at).into(),
            actors.into(),
            each(events, |e| &e.actor_kind).into(),
            each(events, |e| &e.person_id).into(),
            each(events, |e| &e.action).into(),
            each(events, |e| &e.from_state).into(),
            each(events, |e| &e.to_state).into(),
            each(events, |e| &e.facts).into(),
            each(events, |e| &e.sealed).into(),
            each(events, |e| &e.prev).into(),
            each(events, |e| &e.hash).into(),
        ],
    )
    .await?;
    Ok(())
}

/// Tells whoever watches, after the commit, that something changed: ids only.
pub(super) async fn signal(tx: &Tx, case: &CaseRow, joining: &[OrganisationId], event: &EventRow) -> Result<()> {
    let mut queues = united(&[case.organisation_id], &case.joined);
    queues.extend(joining.iter().filter(|o| !case.joined.contains(*o)));
    let mut told = vec![format!("case:{} {}", case.id, event.seq)];
    told.extend(queues.iter().map(|organisation| format!("queue:{organisation} {}", event.id)));
    tx.run("SELECT pg_notify('huimin_live', told) FROM unnest($1::text[]) told", [told.into()]).await?;
    Ok(())
}

/// What the system does to many cases of one kind at once: the same door, in a handful of statements however many they
/// are. Each case is locked by the caller and takes its row of the Flow, none of which touches a clock or says anything
/// personal; what belongs to the changes is the caller's to write in the same transaction.
pub(crate) async fn act_many(tx: &Tx, actor: &Actor, changes: &[(CaseRow, &'static Step, Effect)]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let now = tx.now().await?;
    let (mut events, mut ids, mut states, mut versions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut assignees, mut joined, mut helpers, mut told) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
    for (case, step, effect) in changes {
        let plain = step.by == Party::System && step.clocks.is_empty() && effect.personal.is_none() && effect.limits.is_empty();
        let fits = step.from == ANY || step.from.0 == case.state;
        if !plain || !fits || !tx.gate.is_party(step.by, actor, case.of()) {
            return Err(Error::Broken(format!("{} is not to be done to many", step.action.0)));
        }
        let to = step.target(&case.state);
        let event = next_event(new_id(), actor, case, step, now, &to, effect, Vec::new())?;
        let queues = united(&united(&[case.organisation_id], &case.joined), &effect.join);
        told.insert(format!("case:{} {}", case.id, event.seq));
        // One word a queue is enough for all of them: whoever watches looks at the whole of it.
        told.extend(queues.iter().map(|organisation| format!("queue:{organisation} {}", changes_mark(changes))));
        ids.push(case.id);
        states.push(to);
        versions.push(if step.guard == Guard::None { case.version } else { case.version + 1 });
        assignees.push(match effect.assign {
            Assign::Nobody => AccountId::NIL,
            Assign::To(account) => account,
            Assign::Keep => case.assignee_id.unwrap_or_default(),
        });
        // Arrays of arrays do not exist in Postgres: a list goes as its text.
        joined.push(listed(&united(&case.joined, &effect.join)));
        helpers.push(listed(&united(&case.helpers, &effect.call)));
        events.push(event);
    }
    insert_events(tx, &events).await?;
    let (seqs, heads): (Vec<i32>, Vec<Vec<u8>>) = events.iter().map(|e| (e.seq, e.hash.clone())).unzip();
    tx.run(
        "UPDATE cases c SET state = n.state, version = n.version, changed_at = $9, events = n.seq, head = n.head,
             assignee_id = nullif(n.assignee, '00000000-0000-0000-0000-000000000000'), joined = n.joined::uuid[], helpers = n.helpers::uuid[]
           FROM unnest($1::uuid[], $2::text[], $3::int4[], $4::uuid[], $5::int4[], $6::bytea[], $7::text[], $8::text[])
             AS n (id, state, version, assignee, seq, head, joined, helpers)
          WHERE c.id = n.id",
        [
            ids.into(),
            states.into(),
            versions.into(),
            assignees.into(),
            seqs.into(),
            heads.into(),
            joined.into(),
            helpers.into(),
            now.at.into(),
        ],
    )
    .await?;
    let told: Vec<String> = told.into_iter().collect();
    tx.run("SELECT pg_notify('huimin_live', told) FROM unnest($1::text[]) told", [told.into()]).await?;
    Ok(())
}

/// What a queue is told of many changes under: the first of them.
fn changes_mark(changes: &[(CaseRow, &'static Step, Effect)]) -> CaseId {
    changes.first().map(|(case, ..)| case.id).unwrap_or_default()
}

/// A list of keys as Postgres writes an array.
fn listed(ids: &[impl Display]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
