//! Merging (并入): two calls that are one incident go on as one. What belongs to the one that ends moves to the other,
//! and the record of both says so.

use crate::care::{
    dispatch::{answer::facts, closing},
    escalation::engine,
};
use crate::{
    Actor, Task,
    cases::{self, CaseRow, Change, Effect, act_many},
    error::{Error, Result, sqlstate},
    store::Tx,
    vault::VaultError,
};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::care::actions::{Merge, TakeIn};
use shared::{
    Complaint, Problem,
    care::life::{SOS, TAKE_IN},
    ids::{CaseId, OrganisationId},
};
use time::OffsetDateTime;

/// Goes on as part of another open call (`other`, its number).
pub(crate) async fn merge(change: &Change<'_>, input: &Merge) -> Result<Effect> {
    let number = input.other.trim().to_uppercase();
    let other = other(change, &number).await?;
    let (tx, case) = (change.tx, change.case);
    carry(tx, case, &other).await?;
    tx.run("UPDATE care_press SET case_id = $2 WHERE case_id = $1", [case.id.into(), other.id.into()]).await?;
    tx.run("UPDATE care_page SET case_id = $2 WHERE case_id = $1", [case.id.into(), other.id.into()]).await?;
    closing::release(change).await?;
    // Nobody had answered it by itself: whoever sees that it is another's has.
    tx.run(
        "UPDATE care_call SET merged_into = $2, ended_at = $3, first_answered_at = coalesce(first_answered_at, $3) WHERE case_id = $1",
        [case.id.into(), other.id.into(), change.now.at.into()],
    )
    .await?;
    // What went on as part of this one goes on there, too.
    tx.run("UPDATE care_call SET merged_into = $2 WHERE merged_into = $1", [case.id.into(), other.id.into()]).await?;
    engine::rest(tx, case.id).await?;
    take_in(change, &other).await?;
    Ok(Effect { facts: facts(&json!({ "into": other.number })), ..Effect::default() })
}

/// The other call, locked: open, and one that the reader answers for.
async fn other(change: &Change<'_>, number: &str) -> Result<CaseRow> {
    let refuse = |complaint| Error::from(Problem::field("other", complaint));
    if number.is_empty() {
        return Err(refuse(Complaint::Required));
    }
    if number == change.case.number {
        return Err(refuse(Complaint::NotAnOption));
    }
    let found = match cases::find_locked(change.tx, change.actor, number).await {
        Err(Error::Problem(Problem::NotFound)) => return Err(refuse(Complaint::NotAnOption)),
        // Two colleagues who merge the same two calls into each other at once: one of them looks again.
        Err(Error::Store(e)) if matches!(sqlstate(&e).as_deref(), Some("40P01" | "55P03")) => {
            return Err(Problem::Unavailable { retry_after: 1 }.into());
        }
        found => found?,
    };
    let answers_for = change.tx.gate.is_party(change.step.by, change.actor, found.of());
    if found.kind != SOS.kind || found.closed_at.is_some() || !answers_for {
        return Err(refuse(Complaint::NotAnOption));
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Carried {
    callback: Option<Vec<u8>>,
    callback_index: Option<Vec<u8>>,
    words: Option<Vec<u8>>,
    place: Option<Vec<u8>>,
    placed_at: Option<OffsetDateTime>,
}

async fn carried(tx: &Tx, case: CaseId) -> Result<Carried> {
    let found =
        tx.one("SELECT callback, callback_index, words, place, placed_at FROM care_call WHERE case_id = $1", [case.into()]);
    found.await?.ok_or_else(|| Error::Broken("a call without its care side".into()))
}

/// Takes over what the caller said where the other call does not know it, or knows it from earlier; sealed anew, for
/// the other person and case.
async fn carry(tx: &Tx, from: &CaseRow, to: &CaseRow) -> Result<()> {
    let (here, there) = (carried(tx, from.id).await?, carried(tx, to.id).await?);
    let (mine, theirs) = match (tx.person_key(from.subject_id).await, tx.person_key(to.subject_id).await) {
        (Ok(mine), Ok(theirs)) => (mine, theirs),
        // Of somebody who was erased nothing can be taken over.
        (Err(Error::Vault(VaultError::Erased)), _) | (_, Err(Error::Vault(VaultError::Erased))) => return Ok(()),
        (Err(other), _) | (_, Err(other)) => return Err(other),
    };
    let anew = |context: &str, sealed: &[u8]| -> Result<Vec<u8>> {
        Ok(theirs.seal(context, to.id, &mine.open(context, from.id, sealed)?)?)
    };
    let callback = match (&here.callback, &there.callback) {
        (Some(sealed), None) => Some(anew("care_call.callback", sealed)?),
        _ => None,
    };
    let words = match (&here.words, &there.words) {
        (Some(sealed), None) => Some(anew("care_call.words", sealed)?),
        (Some(one), Some(other)) => {
            let (one, other) = (mine.open("care_call.words", from.id, one)?, theirs.open("care_call.words", to.id, other)?);
            Some(theirs.seal("care_call.words", to.id, &[other.as_slice(), b"\n", &one].concat())?)
        }
        (None, _) => None,
    };
    let place = match &here.place {
        Some(sealed) if here.placed_at > there.placed_at => Some(anew("care_call.place", sealed)?),
        _ => None,
    };
    let placed_at = here.placed_at.filter(|_| place.is_some());
    tx.run(
        "UPDATE care_call SET callback = coalesce($2, callback), callback_index = coalesce(callback_index, $3),
             words = coalesce($4, words), place = coalesce($5, place), placed_at = coalesce($6, placed_at)
          WHERE case_id = $1",
        [to.id.into(), callback.into(), here.callback_index.into(), words.into(), place.into(), placed_at.into()],
    )
    .await?;
    Ok(())
}

/// The other call's record says what was merged into it; whoever was called or drawn in stays so.
async fn take_in(change: &Change<'_>, other: &CaseRow) -> Result<()> {
    let step = SOS.find(&other.state, TAKE_IN.0).next().ok_or_else(|| Error::Broken("an open call takes nothing in".into()))?;
    let case = change.case;
    let mut join: Vec<OrganisationId> = case.joined.iter().copied().chain([case.organisation_id]).collect();
    join.retain(|o| *o != other.organisation_id);
    let effect = Effect {
        facts: facts(&json!({ "from": case.number })),
        add_organisations: join,
        add_helpers: case.helpers.clone(),
        ..Effect::default()
    };
    act_many(change.tx, &Actor::system(Task::Emergency), &[(other.clone(), step, effect)]).await
}

/// Refuses it as a wish of its own: the record of a call says only what was merged into it.
pub(crate) async fn taken_in(_: &Change<'_>, _: &TakeIn) -> Result<Effect> {
    Err(Problem::Forbidden.into())
}
