//! Deadlines of responders (救援员逾时): a responder who accepted must set out and then arrive in time. One who does not is
//! released, and if no responder is left, the call rings again.

use crate::care::{
    entity::care_offer,
    escalation::due_call::DueCall,
    notify::{dispatch_path, notify_urgent},
};
use crate::{cases::CaseRow, error::Result, store::Tx};
use sea_orm::{EntityTrait, FromQueryResult, QueryFilter, SelectExt, raw_sql};
use serde_json::{Map, Value, json};
use shared::{
    care::{
        escalation::LATE_SECONDS,
        responder::{ARRIVE_SECONDS, Release},
    },
    ids::{AccountId, CaseId},
};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// The due calls to which responders were sent, by the required action.
#[derive(Default)]
pub(crate) struct ExpiredCalls {
    /// Calls of which a responder was released for being late, with the facts of the event.
    pub(crate) late: Vec<(DueCall, Map<String, Value>)>,
    /// Calls without an active responder: they ring again.
    pub(crate) abandoned: Vec<DueCall>,
}

/// The active responders of a call: those who accepted and were neither released nor are done.
#[derive(FromQueryResult)]
struct ActiveResponders {
    case_id: CaseId,
    /// Whether one of them has arrived.
    arrived: bool,
    /// The earliest deadline.
    due: Option<OffsetDateTime>,
}

/// Releases responders who are late, and sorts their calls. A call whose last responder was released stays due, and the
/// next batch lets it ring. With other responders on the way, the timer is set to their earliest deadline; with one at the
/// scene it is stopped.
pub(crate) async fn expire_late_responders(tx: &Tx, now: OffsetDateTime, calls: Vec<DueCall>) -> Result<ExpiredCalls> {
    let mut expired = ExpiredCalls::default();
    if calls.is_empty() {
        return Ok(expired);
    }
    let ids: Vec<CaseId> = calls.iter().map(|c| c.case.id).collect();
    let released = release_late(tx, now, ids.clone()).await?;
    let active = active_responders(tx, ids).await?;
    set_timers(tx, &active).await?;
    for call in calls {
        let late: Vec<AccountId> = released.iter().filter(|(case, _)| *case == call.case.id).map(|(_, who)| *who).collect();
        if !late.is_empty() {
            notify_released(tx, &call.case, &late).await?;
            let mut facts = Map::new();
            facts.insert("responders".to_owned(), json!(late));
            expired.late.push((call, facts));
        } else if !active.contains_key(&call.case.id) {
            expired.abandoned.push(call);
        }
    }
    Ok(expired)
}

/// Releases responders who did not set out or arrive in time. A deadline further ahead than any can be was set before the
/// clock was set back; it counts as missed. An offer without a deadline was written by an older version of the program.
async fn release_late(tx: &Tx, now: OffsetDateTime, cases: Vec<CaseId>) -> Result<Vec<(CaseId, AccountId)>> {
    let (late, longest) = (Release::Late, ARRIVE_SECONDS.1);
    let latest = now + time::Duration::seconds((ARRIVE_SECONDS.1 + LATE_SECONDS).into());
    tx.fetch_values(raw_sql!(
        Postgres,
        "UPDATE care_offer o SET withdrawn_at = {now}, withdrawn_reason = {late}, due_at = NULL
          WHERE o.case_id = ANY({cases}) AND o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
            AND o.arrived_at IS NULL
            AND (coalesce(o.due_at, o.accepted_at + make_interval(secs => {longest})) <= {now}
                 OR coalesce(o.due_at, o.accepted_at + make_interval(secs => {longest})) > {latest})
         RETURNING o.case_id, o.responder_id"
    ))
    .await
}

async fn active_responders(tx: &Tx, cases: Vec<CaseId>) -> Result<BTreeMap<CaseId, ActiveResponders>> {
    let longest = ARRIVE_SECONDS.1;
    let rows: Vec<ActiveResponders> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT o.case_id, bool_or(o.arrived_at IS NOT NULL) AS arrived,
                    min(coalesce(o.due_at, o.accepted_at + make_interval(secs => {longest}))) AS due
               FROM care_offer o
              WHERE o.case_id = ANY({cases}) AND o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
              GROUP BY o.case_id"
        ))
        .await?;
    Ok(rows.into_iter().map(|row| (row.case_id, row)).collect())
}

async fn set_timers(tx: &Tx, active: &BTreeMap<CaseId, ActiveResponders>) -> Result<()> {
    let cases: Vec<CaseId> = active.keys().copied().collect();
    // Arrays hold no nulls here: the start of the epoch means no timer.
    let none = OffsetDateTime::UNIX_EPOCH;
    let until: Vec<OffsetDateTime> = active.values().map(|a| a.due.filter(|_| !a.arrived).unwrap_or(none)).collect();
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE care_call k SET next_step_at = nullif(n.at, to_timestamp(0))
           FROM unnest({cases}::uuid[], {until}::timestamptz[]) AS n (id, at) WHERE k.case_id = n.id"
    ))
    .await?;
    Ok(())
}

/// Notifies the responders who were late, and the dispatcher who has the call.
async fn notify_released(tx: &Tx, case: &CaseRow, late: &[AccountId]) -> Result<()> {
    for responder in late {
        notify_urgent(tx, case, *responder, "care_too_late", "/respond").await?;
    }
    if let Some(dispatcher) = case.assignee_id {
        notify_urgent(tx, case, dispatcher, "care_late", &dispatch_path(case)).await?;
    }
    Ok(())
}

/// Sets the timer of a call to the earliest deadline of its active responders. With one at the scene the timer is stopped;
/// with none, the progress time of the policy starts. `except` is a responder who is about to be released.
///
/// # Errors
/// Errors of the database.
pub(crate) async fn schedule_next_timeout(tx: &Tx, case: CaseId, except: Option<AccountId>) -> Result<()> {
    let longest = ARRIVE_SECONDS.1;
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE care_call k SET next_step_at = CASE WHEN g.arrived THEN NULL
                                     ELSE coalesce(g.due, huimin_now() + make_interval(secs => p.progress_seconds)) END
           FROM care_policy p,
                (SELECT coalesce(bool_or(o.arrived_at IS NOT NULL), false) AS arrived,
                        min(coalesce(o.due_at, o.accepted_at + make_interval(secs => {longest}))) AS due
                   FROM care_offer o
                  WHERE o.case_id = {case} AND o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
                    AND o.responder_id IS DISTINCT FROM {except}) g
          WHERE p.id = k.policy_id AND k.case_id = {case}"
    ))
    .await?;
    Ok(())
}

/// Whether a responder has accepted and was neither released nor is done.
///
/// # Errors
/// Errors of the database.
pub(crate) async fn has_active_responder(tx: &Tx, case: CaseId) -> Result<bool> {
    Ok(care_offer::Entity::find().filter(care_offer::Entity::going_to(case)).exists(tx).await?)
}
