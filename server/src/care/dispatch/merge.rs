//! Merging (并入): two calls about one incident continue as one. Presses, alerts and the caller's details move to the other
//! call, and the records of both contain the merge.

use super::closing;
use crate::care::{
    entity::{care_alert, care_call, care_press},
    escalation::timer,
    notify::event_facts,
};
use crate::{
    Actor, Task,
    cases::{self, CaseRow, Change, Effect, act_many},
    error::{Error, Result, sqlstate},
    store::Tx,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, raw_sql, sea_query::Expr};
use serde_json::json;
use shared::{
    FieldErrorKind, Problem,
    care::{
        actions::Merge,
        life::{SOS, TAKE_IN},
    },
    ids::{CaseId, OrganisationId},
};

/// Merges the call into another open call (`other`, its number).
pub(crate) async fn merge(change: &Change<'_>, input: &Merge) -> Result<Effect> {
    let number = input.other.trim().to_uppercase();
    let other = lock_other(change, &number).await?;
    let (tx, case) = (change.tx, change.case);
    transfer_content(tx, case, &other).await?;
    care_press::Entity::update_many()
        .set(care_press::ActiveModel { case_id: Set(Some(other.id)), ..Default::default() })
        .filter(care_press::Column::CaseId.eq(case.id))
        .exec(tx)
        .await?;
    care_alert::Entity::update_many()
        .set(care_alert::ActiveModel { case_id: Set(other.id), ..Default::default() })
        .filter(care_alert::Column::CaseId.eq(case.id))
        .exec(tx)
        .await?;
    closing::release_responders(change).await?;
    // A merge counts as the first answer of a call that was not answered itself.
    let now = change.now.at;
    care_call::Entity::update_many()
        .set(care_call::ActiveModel { merged_into: Set(Some(other.id)), ended_at: Set(Some(now.into())), ..Default::default() })
        .col_expr(care_call::Column::FirstAnsweredAt, Expr::cust_with_values("coalesce(first_answered_at, $1)", [now]))
        .filter(care_call::Column::CaseId.eq(case.id))
        .exec(tx)
        .await?;
    // Calls that were merged into this one continue there, too.
    care_call::Entity::update_many()
        .set(care_call::ActiveModel { merged_into: Set(Some(other.id)), ..Default::default() })
        .filter(care_call::Column::MergedInto.eq(case.id))
        .exec(tx)
        .await?;
    timer::clear_timer(tx, case.id).await?;
    record_in_other(change, &other).await?;
    Ok(Effect { facts: event_facts(&json!({ "into": other.number })), ..Effect::default() })
}

/// Finds and locks the other call: open, and one that the actor answers for.
async fn lock_other(change: &Change<'_>, number: &str) -> Result<CaseRow> {
    let refuse = |kind| Error::from(Problem::field("other", kind));
    if number.is_empty() {
        return Err(refuse(FieldErrorKind::Required));
    }
    if number == change.case.number {
        return Err(refuse(FieldErrorKind::NotAnOption));
    }
    let found = match cases::find_locked(change.tx, change.actor, number).await {
        Err(Error::Problem(Problem::NotFound)) => return Err(refuse(FieldErrorKind::NotAnOption)),
        // Two dispatchers merge the same two calls into each other at once: one of them has to try again.
        Err(Error::Store(e)) if matches!(sqlstate(&e).as_deref(), Some("40P01" | "55P03")) => {
            return Err(Problem::Unavailable { retry_after: 1 }.into());
        }
        found => found?,
    };
    let answers_for = change.tx.gate.is_party(change.step.by, change.actor, found.of());
    if found.kind != SOS.kind || found.closed_at.is_some() || !answers_for {
        return Err(refuse(FieldErrorKind::NotAnOption));
    }
    Ok(found)
}

async fn load_call(tx: &Tx, case: CaseId) -> Result<care_call::Model> {
    let found = care_call::Entity::find_by_id(case).one(tx).await?;
    found.ok_or_else(|| Error::Broken("a call without its care side".into()))
}

/// Transfers the caller's details where the other call lacks them or has an older value; sealed again under the key of the
/// other person and case. Nothing can be transferred from or to an erased person.
async fn transfer_content(tx: &Tx, from: &CaseRow, to: &CaseRow) -> Result<()> {
    let (source, target) = (load_call(tx, from.id).await?, load_call(tx, to.id).await?);
    let keys = tx.living_key(from.subject_id).await?.zip(tx.living_key(to.subject_id).await?);
    let Some((source_key, target_key)) = keys else { return Ok(()) };
    let reseal = |context: &str, sealed: &[u8]| -> Result<Vec<u8>> {
        Ok(target_key.seal(context, to.id, &source_key.open(context, from.id, sealed)?)?)
    };
    let callback = match (&source.callback, &target.callback) {
        (Some(sealed), None) => Some(reseal("care_call.callback", sealed)?),
        (Some(_), Some(_)) | (None, _) => None,
    };
    let words = match (&source.words, &target.words) {
        (Some(sealed), None) => Some(reseal("care_call.words", sealed)?),
        (Some(added), Some(present)) => {
            let added = source_key.open("care_call.words", from.id, added)?;
            let present = target_key.open("care_call.words", to.id, present)?;
            Some(target_key.seal("care_call.words", to.id, &[present.as_slice(), b"\n", &added].concat())?)
        }
        (None, _) => None,
    };
    let place = match &source.place {
        Some(sealed) if source.located_at > target.located_at => Some(reseal("care_call.place", sealed)?),
        Some(_) | None => None,
    };
    let located_at = source.located_at.filter(|_| place.is_some());
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE care_call SET callback = coalesce({callback}, callback), callback_index = coalesce(callback_index, {source.callback_index}),
             words = coalesce({words}, words), place = coalesce({place}, place), located_at = coalesce({located_at}, located_at)
          WHERE case_id = {to.id}"
    ))
    .await?;
    Ok(())
}

/// Records in the other call what was merged into it. Its helpers and centres are those of both calls.
async fn record_in_other(change: &Change<'_>, other: &CaseRow) -> Result<()> {
    let step = SOS.find(&other.state, TAKE_IN.0).next().ok_or_else(|| Error::Broken("an open call takes nothing in".into()))?;
    let case = change.case;
    let mut join: Vec<OrganisationId> = case.joined.iter().copied().chain([case.organisation_id]).collect();
    join.retain(|o| *o != other.organisation_id);
    let facts = event_facts(&json!({ "from": case.number }));
    let effect = Effect { facts, add_organisations: join, add_helpers: case.helpers.clone(), ..Effect::default() };
    act_many(change.tx, &Actor::system(Task::Emergency), &[(other.clone(), step, effect)]).await
}
