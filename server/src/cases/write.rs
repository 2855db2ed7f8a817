//! Writing changes of cases: state, version, assignee, clocks, event, notices and live signal.
//!
//! One change and many changes take the same way through [`write_all`]: one INSERT of events and one UPDATE of cases.

use super::{
    case_row::CaseRow,
    chain::EventRow,
    change::{ActionResult, Assign, Change, Effect},
    clocks,
};
use crate::{
    access::actor::Actor,
    error::{Error, Result},
    store::{DbInstant, Tx, new_id},
    vault::VaultError,
};
use sea_orm::raw_sql;
use shared::{
    Problem,
    cases::{ActorKind, Guard, Party, Step, flow::ANY},
    ids::{AccountId, CaseId, EventId, OrganisationId},
};
use std::{collections::BTreeSet, fmt::Display};

/// A change that is ready to be written: the event and the columns of the case after it.
struct Prepared {
    event: EventRow,
    version: i32,
    assignee: Option<AccountId>,
    changed_at: DbInstant,
    /// Whether the case has ended; it keeps the time at which it ended first.
    closed: bool,
    joined: Vec<OrganisationId>,
    helpers: Vec<AccountId>,
}

/// Writes one change with its clocks, notices and live signal.
pub(super) async fn write_change(change: &Change<'_>, effect: &Effect) -> Result<ActionResult> {
    let Change { tx, case, step, now, .. } = change;
    clocks::apply(tx, case.id, step.clocks, &effect.limits, now.today()).await?;
    let id = new_id();
    let sealed = seal(change, id, effect).await?;
    let prepared = prepare(change, effect, id, sealed)?;
    write_all(tx, std::slice::from_ref(&prepared)).await?;
    if !step.clocks.is_empty() {
        clocks::set_due(tx, case.id).await?;
    }
    if step.from != ANY {
        super::notify::notify_parties(tx, case, step, &prepared.event).await?;
        signal(tx, case, &effect.add_organisations, &prepared.event).await?;
    }
    Ok(ActionResult { number: case.number.clone(), state: prepared.event.to_state, version: prepared.version })
}

/// Writes system changes of many cases of one kind in a fixed number of statements. Each case is locked by the caller and
/// takes its row of the Flow; none of the rows touches a clock or has personal content. The caller writes the pillar's
/// rows in the same transaction.
pub(crate) async fn act_many(tx: &Tx, actor: &Actor, changes: &[(CaseRow, &'static Step, Effect)]) -> Result<()> {
    let Some((first, ..)) = changes.first() else { return Ok(()) };
    let now = tx.now().await?;
    let (mut prepared, mut topics) = (Vec::new(), BTreeSet::new());
    for (case, step, effect) in changes {
        let plain = step.by == Party::System && step.clocks.is_empty() && effect.personal.is_none() && effect.limits.is_empty();
        let fits = step.from == ANY || step.from.0 == case.state;
        if !plain || !fits || !tx.gate.is_party(step.by, actor, case.of()) {
            return Err(Error::Broken(format!("{} is not to be done to many", step.action.0)));
        }
        let change = Change { tx, actor, case, step, now };
        let mut one = prepare(&change, effect, new_id(), Vec::new())?;
        // A case that takes in another one has changed, although that step is an append.
        one.changed_at = now.at.into();
        topics.insert(format!("case:{} {}", case.id, one.event.seq));
        // One message for each queue is enough for all changes: its readers load the whole queue.
        let queues = union(&union(&[case.organisation_id], &case.joined), &effect.add_organisations);
        topics.extend(queues.iter().map(|organisation| format!("queue:{organisation} {}", first.id)));
        prepared.push(one);
    }
    write_all(tx, &prepared).await?;
    publish(tx, topics.into_iter().collect()).await
}

/// The event and the columns of the case after a change.
fn prepare(change: &Change<'_>, effect: &Effect, id: EventId, sealed: Vec<u8>) -> Result<Prepared> {
    let Change { tx, actor, case, step, now } = change;
    let to = step.target(&case.state);
    let append = step.guard == Guard::None;
    let mut joined = union(&case.joined, &effect.add_organisations);
    joined.retain(|organisation| !effect.remove_organisations.contains(organisation));
    Ok(Prepared {
        version: if append { case.version } else { case.version + 1 },
        assignee: match effect.assign {
            Assign::Clear => None,
            Assign::To(account) => Some(account),
            Assign::Keep if step.assigned && case.assignee_id.is_none() => actor.account,
            Assign::Keep => case.assignee_id,
        },
        // An append (a note, a logged view) is no change for other readers.
        changed_at: if append { case.changed_at } else { now.at.into() },
        closed: case.flow(tx)?.is_closed(&to),
        joined,
        helpers: union(&case.helpers, &effect.add_helpers),
        event: next_event(change, effect, id, &to, sealed)?,
    })
}

/// Writes prepared changes of different cases: their events, and the cases after them.
async fn write_all(tx: &Tx, changes: &[Prepared]) -> Result<()> {
    insert_events(tx, changes.iter().map(|change| &change.event)).await?;
    let each = |column: fn(&Prepared) -> &str| changes.iter().map(|c| column(c).to_owned()).collect::<Vec<String>>();
    let ids: Vec<CaseId> = changes.iter().map(|c| c.event.case_id).collect();
    let states = each(|c| &c.event.to_state);
    let versions: Vec<i32> = changes.iter().map(|c| c.version).collect();
    // A UUID array has no NULLs here: no assignee is the nil UUID.
    let assignees: Vec<AccountId> = changes.iter().map(|c| c.assignee.unwrap_or_default()).collect();
    let changed: Vec<DbInstant> = changes.iter().map(|c| c.changed_at).collect();
    let closed: Vec<bool> = changes.iter().map(|c| c.closed).collect();
    let at: Vec<time::OffsetDateTime> = changes.iter().map(|c| c.event.at).collect();
    let seqs: Vec<i32> = changes.iter().map(|c| c.event.seq).collect();
    let heads: Vec<Vec<u8>> = changes.iter().map(|c| c.event.hash.clone()).collect();
    // Postgres has no arrays of arrays of different lengths: each list is bound as an array literal.
    let joined: Vec<String> = changes.iter().map(|c| pg_array_literal(&c.joined)).collect();
    let helpers: Vec<String> = changes.iter().map(|c| pg_array_literal(&c.helpers)).collect();
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE cases c SET state = n.state, version = n.version, changed_at = n.changed_at, events = n.seq, head = n.head,
             assignee_id = nullif(n.assignee, '00000000-0000-0000-0000-000000000000'),
             closed_at = CASE WHEN n.closed THEN coalesce(c.closed_at, n.at) END,
             joined = n.joined::uuid[], helpers = n.helpers::uuid[]
           FROM unnest({ids}::uuid[], {states}::text[], {versions}::int4[], {assignees}::uuid[], {changed}::timestamptz[],
                       {closed}::bool[], {at}::timestamptz[], {seqs}::int4[], {heads}::bytea[], {joined}::text[], {helpers}::text[])
             AS n (id, state, version, assignee, changed_at, closed, at, seq, head, joined, helpers)
          WHERE c.id = n.id"
    ))
    .await?;
    Ok(())
}

/// Writes the first event of a case that is being opened.
pub(super) async fn append_first(change: &Change<'_>, to: &str, effect: &Effect) -> Result<EventRow> {
    let id = new_id();
    let sealed = seal(change, id, effect).await?;
    let event = next_event(change, effect, id, to, sealed)?;
    insert_events(change.tx, std::iter::once(&event)).await?;
    Ok(event)
}

/// The personal content of an event under the person's key; empty if there is none.
async fn seal(change: &Change<'_>, id: EventId, effect: &Effect) -> Result<Vec<u8>> {
    let Some(value) = &effect.personal else { return Ok(Vec::new()) };
    match change.tx.person_key(change.case.subject_id).await {
        Ok(key) => Ok(key.seal_json("event.sealed", id, value)?),
        // After erasure (删除) no new personal content of the person is stored.
        Err(Error::Vault(VaultError::Erased)) => Err(Problem::Forbidden.into()),
        Err(other) => Err(other),
    }
}

/// The event that follows the last one of the case.
fn next_event(change: &Change<'_>, effect: &Effect, id: EventId, to: &str, sealed: Vec<u8>) -> Result<EventRow> {
    let Change { actor, case, step, now, .. } = change;
    let mut event = EventRow {
        id,
        case_id: case.id,
        seq: case.events + 1,
        at: now.at,
        actor_id: actor.account,
        actor_kind: actor_kind(actor, step.by, case).code().to_owned(),
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

/// In which capacity the actor acts.
fn actor_kind(actor: &Actor, by: Party, case: &CaseRow) -> ActorKind {
    match by {
        Party::System => ActorKind::System,
        Party::Applicant if actor.acting_for.is_some() => ActorKind::Delegate,
        Party::Applicant if actor.account.is_none() => ActorKind::Caller,
        Party::Applicant => ActorKind::Applicant,
        Party::Helper => ActorKind::Helper,
        Party::Staff(wanted) | Party::Joined(wanted) => {
            let mut here = [case.organisation_id].into_iter().chain(case.joined.iter().copied());
            let role = here.find_map(|o| actor.roles_in(o).into_iter().find(|r| r.may(wanted)));
            role.map_or(ActorKind::Staff, ActorKind::from)
        }
    }
}

/// Writes events of different cases in one statement.
async fn insert_events<'a>(tx: &Tx, events: impl Iterator<Item = &'a EventRow>) -> Result<()> {
    let events: Vec<&EventRow> = events.collect();
    let text = |column: fn(&EventRow) -> &String| events.iter().map(|e| column(e).clone()).collect::<Vec<_>>();
    let bytes = |column: fn(&EventRow) -> &Vec<u8>| events.iter().map(|e| column(e).clone()).collect::<Vec<_>>();
    let ids: Vec<EventId> = events.iter().map(|e| e.id).collect();
    let cases: Vec<CaseId> = events.iter().map(|e| e.case_id).collect();
    let seqs: Vec<i32> = events.iter().map(|e| e.seq).collect();
    let at: Vec<time::OffsetDateTime> = events.iter().map(|e| e.at).collect();
    // A UUID array has no NULLs here: no actor is the nil UUID.
    let actors: Vec<AccountId> = events.iter().map(|e| e.actor_id.unwrap_or_default()).collect();
    let persons: Vec<shared::ids::PersonId> = events.iter().map(|e| e.person_id).collect();
    let (kinds, actions) = (text(|e| &e.actor_kind), text(|e| &e.action));
    let (from_states, to_states, facts) = (text(|e| &e.from_state), text(|e| &e.to_state), text(|e| &e.facts));
    let (sealed, prevs, hashes) = (bytes(|e| &e.sealed), bytes(|e| &e.prev), bytes(|e| &e.hash));
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO event (id, case_id, seq, at, actor_id, actor_kind, person_id, action, from_state, to_state, facts, sealed, prev, hash)
         SELECT id, case_id, seq, at, nullif(actor_id, '00000000-0000-0000-0000-000000000000'), actor_kind, person_id,
                action, from_state, to_state, facts, sealed, prev, hash
           FROM unnest({ids}::uuid[], {cases}::uuid[], {seqs}::int4[], {at}::timestamptz[], {actors}::uuid[], {kinds}::text[],
                       {persons}::uuid[], {actions}::text[], {from_states}::text[], {to_states}::text[], {facts}::text[],
                       {sealed}::bytea[], {prevs}::bytea[], {hashes}::bytea[])
             AS e (id, case_id, seq, at, actor_id, actor_kind, person_id, action, from_state, to_state, facts, sealed, prev, hash)"
    ))
    .await?;
    Ok(())
}

/// Notifies live views of the case and of its queues after the commit; the message carries ids only.
pub(super) async fn signal(tx: &Tx, case: &CaseRow, added: &[OrganisationId], event: &EventRow) -> Result<()> {
    let queues = union(&union(&[case.organisation_id], &case.joined), added);
    let mut topics = vec![format!("case:{} {}", case.id, event.seq)];
    topics.extend(queues.iter().map(|organisation| format!("queue:{organisation} {}", event.id)));
    publish(tx, topics).await
}

async fn publish(tx: &Tx, topics: Vec<String>) -> Result<()> {
    tx.execute_sql(raw_sql!(Postgres, "SELECT pg_notify('huimin_live', topic) FROM unnest({topics}::text[]) topic")).await?;
    Ok(())
}

/// The first list, followed by the ids of the second that it does not have.
fn union<Id: Copy + PartialEq>(first: &[Id], second: &[Id]) -> Vec<Id> {
    let mut all = first.to_vec();
    for id in second {
        if !all.contains(id) {
            all.push(*id);
        }
    }
    all
}

/// Ids as a Postgres array literal.
fn pg_array_literal(ids: &[impl Display]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
