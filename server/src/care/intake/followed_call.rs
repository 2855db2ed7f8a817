//! The page of a call for the person it is for, their delegates, and the helpers who were called.

use super::call_status::{find_call, to_view};
use crate::care::{
    dispatch::answer::was_alerted, entity::care_call, people::profile, response::offers::still_helps, sealed::open_text,
};
use crate::registry::entity::person;
use crate::{
    Store,
    access::actor::{Actor, Task},
    cases::{self, CaseRow},
    error::Result,
    store::{DbInstant, Tx},
    vault::PersonKey,
};
use sea_orm::{EntityTrait, FromQueryResult, QuerySelect, raw_sql};
use shared::{
    Problem,
    care::{
        geo::Fix,
        life::{ANSWER, SOS},
        press::CallStatus,
    },
    cases::Party,
    ids::{CaseId, PersonId},
};

/// The relation of a reader to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follower {
    /// It is their call, or one of the person they act for.
    Own,
    /// They were called to help or notified: a family contact, a medic.
    Helper,
}

/// An event of the call, as far as people outside the centre may know it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct TimelineEntry {
    /// When.
    pub at: DbInstant,
    /// The action, as stored.
    pub action: String,
    /// The kind of actor, as stored.
    pub actor_kind: String,
    /// The name of the member of staff.
    pub actor_name: Option<String>,
    /// The state before.
    pub from_state: String,
    /// The state after.
    pub to_state: String,
}

/// A call as a follower sees it.
#[derive(Clone, Debug)]
pub struct FollowedCall {
    /// Its status.
    pub status: CallStatus,
    /// The relation of the reader to it.
    pub follower: Follower,
    /// The name of the person it is for; empty for an unknown caller.
    pub name: String,
    /// The caller's words.
    pub words: Option<String>,
    /// The last known place of the caller.
    pub place: Option<Fix>,
    /// The home address of the person, for a helper who has answered the call, while it is open.
    pub address: Option<String>,
    /// Whether the reader may answer it now.
    pub may_answer: bool,
    /// Its events, oldest first.
    pub timeline: Vec<TimelineEntry>,
}

/// Loads the page of a call.
///
/// # Errors
/// [`Problem::NotFound`] when it does not exist or the actor may not see it.
pub async fn call_page(store: &Store, actor: &Actor, number: &str) -> Result<FollowedCall> {
    let tx = store.snapshot(actor).await?;
    let case = cases::find(&tx, actor, number).await?;
    if case.kind != SOS.kind {
        return Err(Problem::NotFound.into());
    }
    let own = tx.gate.is_party(Party::Applicant, actor, case.of());
    if !own && (!tx.gate.is_party(Party::Helper, actor, case.of()) || !still_helps(&tx, case.id).await?) {
        return Err(Problem::NotFound.into());
    }
    let allowed = cases::allowed(&tx, actor, &case).await?;
    drop(tx);
    // The names of dispatchers and responders may be looked up only by the system for a reader outside the centre.
    let tx = store.read(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let call = find_call(&tx, case.id).await?.ok_or(Problem::NotFound)?;
    let key = tx.living_key(call.subject_id).await?;
    let is_helper = !own && case.closed_at.is_none();
    // A contact who was only notified has not been asked to answer.
    let alerted = match actor.account {
        Some(account) if is_helper => was_alerted(&tx, case.id, account).await?,
        _ => false,
    };
    let has_answered = is_helper && case.assignee_id == actor.account;
    let profile = if has_answered { profile::find(&tx, case.subject_id).await? } else { None };
    let is_subject = actor.acting_for.is_none() && actor.person == Some(case.subject_id);
    Ok(FollowedCall {
        status: to_view(&tx, &call, is_subject, 0).await?,
        follower: if own { Follower::Own } else { Follower::Helper },
        name: name_of(&tx, case.subject_id).await?,
        words: words(&tx, key.as_ref(), call.case_id).await?,
        place: key.as_ref().and_then(|key| call.open_place(key)),
        address: profile.map(|p| p.address).filter(|a| !a.is_empty()),
        may_answer: alerted && allowed.iter().any(|s| s.action == ANSWER),
        timeline: timeline(&tx, &case).await?,
    })
}

async fn name_of(tx: &Tx, person: PersonId) -> Result<String> {
    let sealed: Option<Vec<u8>> =
        person::Entity::find_by_id(person).select_only().column(person::Column::NameSealed).into_tuple().one(tx).await?;
    Ok(sealed.map(|sealed| tx.vault.open_text("person.name", person, &sealed)).transpose()?.unwrap_or_default())
}

async fn words(tx: &Tx, key: Option<&PersonKey>, case: CaseId) -> Result<Option<String>> {
    let sealed: Option<Option<Vec<u8>>> =
        care_call::Entity::find_by_id(case).select_only().column(care_call::Column::Words).into_tuple().one(tx).await?;
    match key {
        Some(key) => open_text(key, "care_call.words", case, sealed.flatten().as_deref()),
        None => Ok(None),
    }
}

/// The events, without internal ones and without their content.
async fn timeline(tx: &Tx, case: &CaseRow) -> Result<Vec<TimelineEntry>> {
    let flow = case.flow(tx)?;
    let entries: Vec<TimelineEntry> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT at, action, actor_kind, from_state, to_state,
                    CASE WHEN actor_kind NOT IN ('applicant', 'delegate', 'caller', 'system') THEN huimin_staff_name(actor_id) END AS actor_name
               FROM event WHERE case_id = {case.id} ORDER BY seq"
        ))
        .await?;
    Ok(entries.into_iter().filter(|entry| !flow.is_internal(&entry.from_state, &entry.action)).collect())
}
