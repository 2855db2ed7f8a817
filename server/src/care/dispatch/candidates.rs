//! Choices for the actions of a dispatcher: colleagues to hand a call to, calls to merge it into, responders to ask.

use super::{
    call_record::find,
    suggest::{Suggestions, suggest_for},
};
use crate::care::sealed::caller_name;
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    error::Result,
    store::DbInstant,
};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    account::Permission::AnswerCalls,
    care::{
        call::{Colleague, OtherCall},
        life::SOS,
        ranking::RankingRequest,
    },
    ids::{AccountId, PersonId},
};

/// The dispatchers a call can be handed to, those on duty first.
///
/// # Errors
/// [`shared::Problem::NotFound`] for a call of another centre.
pub async fn colleagues(store: &Store, actor: &Actor, number: &str) -> Result<Vec<Colleague>> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.read(actor).await?;
    let case = find(&tx, actor, number).await?;
    let rows: Vec<(AccountId, String, String, String, bool)> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT account, name, centre_zh, centre_en, on_duty FROM huimin_call_colleagues({case.id}) ORDER BY on_duty DESC, name, account"
        ))
        .await?;
    let to_view = |(account, name, centre_zh, centre_en, on_duty)| Colleague { account, name, centre_zh, centre_en, on_duty };
    Ok(rows.into_iter().map(to_view).collect())
}

/// The open calls that this one can be merged into: similar calls first (same person or call-back number), then the newest;
/// at most 50.
///
/// # Errors
/// [`shared::Problem::NotFound`] for a call of another centre.
pub async fn merge_candidates(store: &Store, actor: &Actor, number: &str) -> Result<Vec<OtherCall>> {
    #[derive(FromQueryResult)]
    struct OtherRow {
        number: String,
        subject_id: PersonId,
        name_sealed: Option<Vec<u8>>,
        known: bool,
        raised_at: DbInstant,
        alike: bool,
    }
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.read(actor).await?;
    let case = find(&tx, actor, number).await?;
    let (centres, kind) = (actor.organisations_where(AnswerCalls), SOS.kind);
    let rows: Vec<OtherRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT c.number, c.subject_id, p.name_sealed, k.known, k.raised_at,
                 coalesce(c.subject_id = {case.subject_id}
                     OR k.callback_index = (SELECT m.callback_index FROM care_call m WHERE m.case_id = {case.id}), false) AS alike
               FROM cases c JOIN care_call k ON k.case_id = c.id LEFT JOIN person p ON p.id = c.subject_id
              WHERE c.kind = {kind} AND c.closed_at IS NULL AND c.id <> {case.id}
                AND (c.organisation_id = ANY({centres}) OR c.joined && {centres})
              ORDER BY alike DESC, c.id DESC LIMIT 50"
        ))
        .await?;
    let to_view = |row: OtherRow| OtherCall {
        name: caller_name(&tx, row.subject_id, row.known, row.name_sealed.as_deref()),
        number: row.number,
        raised_at: row.raised_at.timestamp(),
        alike: row.alike,
    };
    Ok(rows.into_iter().map(to_view).collect())
}

/// The responders to ask for a call, as requested.
///
/// # Errors
/// [`shared::Problem::NotFound`] for a call of another centre.
pub async fn suggestions(store: &Store, actor: &Actor, number: &str, request: RankingRequest) -> Result<Suggestions> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.read(actor).await?;
    let case = find(&tx, actor, number).await?;
    suggest_for(&tx, actor, &case, request).await
}
