//! Whoever goes must set out, and arrive (救援员逾时): who said so and did not is let go, and if nobody is left the call
//! rings again. A promise to come is not yet help.

use crate::care::escalation::engine::Due;
use crate::{cases::CaseRow, error::Result, notices, store::Tx};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use shared::{
    care::{escalation::LATE_SECONDS, responder::ARRIVE_SECONDS},
    ids::{AccountId, CaseId},
};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Why an offer was withdrawn, as stored: not in time.
const LATE: &str = "late";
/// Who goes or is there.
const GOES: &str = "o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL";

/// Until when whoever goes must have set out or be there. What an older program wrote without it ends all the same.
fn due() -> String {
    format!("coalesce(o.due_at, o.accepted_at + make_interval(secs => {}))", ARRIVE_SECONDS.1)
}

/// What becomes of calls to which somebody was sent and whose time has come.
#[derive(Default)]
pub(crate) struct Sorted {
    /// Somebody was let go because they were late; with what the event says.
    pub(crate) late: Vec<(Due, Map<String, Value>)>,
    /// Nobody goes and nobody is there: it rings again.
    pub(crate) silent: Vec<Due>,
}

#[derive(FromQueryResult)]
struct Late {
    case_id: CaseId,
    responder_id: AccountId,
}

#[derive(FromQueryResult)]
struct Left {
    case_id: CaseId,
    there: bool,
    due: Option<OffsetDateTime>,
}

/// Lets those go who are late, and says what is to be done about their calls. A call whose last one was let go stays
/// due, and the next batch lets it ring; whoever else goes is waited for, and where somebody is, nothing is.
pub(crate) async fn sort(tx: &Tx, now: OffsetDateTime, calls: Vec<Due>) -> Result<Sorted> {
    let mut sorted = Sorted::default();
    if calls.is_empty() {
        return Ok(sorted);
    }
    let ids: Vec<CaseId> = calls.iter().map(|c| c.case.id).collect();
    let longest = now + time::Duration::seconds((ARRIVE_SECONDS.1 + LATE_SECONDS).into());
    let due = due();
    // A moment further away than any may be is one that was here before the clock was set back.
    let late: Vec<Late> = tx
        .all(
            &format!(
                "UPDATE care_offer o SET withdrawn_at = $2, withdrawn_for = '{LATE}', due_at = NULL
                  WHERE o.case_id = ANY($1) AND {GOES} AND o.arrived_at IS NULL AND ({due} <= $2 OR {due} > $3)
                 RETURNING o.case_id, o.responder_id"
            ),
            [ids.clone().into(), now.into(), longest.into()],
        )
        .await?;
    let left: Vec<Left> = tx
        .all(
            &format!(
                "SELECT o.case_id, bool_or(o.arrived_at IS NOT NULL) AS there, min({due}) AS due FROM care_offer o
                  WHERE o.case_id = ANY($1) AND {GOES} GROUP BY o.case_id"
            ),
            [ids.into()],
        )
        .await?;
    let left: BTreeMap<CaseId, Left> = left.into_iter().map(|l| (l.case_id, l)).collect();
    let (mut waits, mut until) = (Vec::new(), Vec::new());
    for Left { case_id, there, due } in left.values() {
        waits.push(*case_id);
        // Arrays hold no nulls here: where somebody is, the first moment stands for none.
        until.push(due.filter(|_| !there).unwrap_or(OffsetDateTime::UNIX_EPOCH));
    }
    tx.run(
        "UPDATE care_call k SET next_step_at = nullif(n.at, to_timestamp(0)) FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at)
          WHERE k.case_id = n.id",
        [waits.into(), until.into()],
    )
    .await?;
    for call in calls {
        let gone: Vec<AccountId> = late.iter().filter(|l| l.case_id == call.case.id).map(|l| l.responder_id).collect();
        if !gone.is_empty() {
            tell(tx, &call.case, &gone).await?;
            let mut facts = Map::new();
            facts.insert("responders".to_owned(), json!(gone));
            sorted.late.push((call, facts));
        } else if !left.contains_key(&call.case.id) {
            sorted.silent.push(call);
        }
    }
    Ok(sorted)
}

/// Tells those who were late, and whoever has the call.
async fn tell(tx: &Tx, case: &CaseRow, gone: &[AccountId]) -> Result<()> {
    for responder in gone {
        let facts = crate::care::dispatch::request::leads_to(case, "/respond");
        notices::notify_urgent(tx, *responder, Some(case.id), "care_too_late", facts).await?;
    }
    if let Some(dispatcher) = case.assignee_id {
        let facts = crate::care::dispatch::request::leads_to(case, &format!("/dispatch/{}", case.number));
        notices::notify_urgent(tx, dispatcher, Some(case.id), "care_late", facts).await?;
    }
    Ok(())
}

/// Lets the call wait for whoever goes: until the first of them must have set out or be there. For nothing where somebody is,
/// and for the time of its policy where nobody goes any more. `except` is somebody who is about to be gone.
///
/// # Errors
/// What the store says.
pub(crate) async fn wait_for_them(tx: &Tx, case: CaseId, except: Option<AccountId>) -> Result<()> {
    let due = due();
    tx.run(
        &format!(
            "UPDATE care_call k SET next_step_at = CASE WHEN g.there THEN NULL
                                         ELSE coalesce(g.due, huimin_now() + make_interval(secs => p.progress_seconds)) END
               FROM care_policy p, (SELECT coalesce(bool_or(o.arrived_at IS NOT NULL), false) AS there, min({due}) AS due FROM care_offer o
                                     WHERE o.case_id = $1 AND {GOES} AND o.responder_id IS DISTINCT FROM $2) g
              WHERE p.id = k.policy_id AND k.case_id = $1"
        ),
        [case.into(), except.into()],
    )
    .await?;
    Ok(())
}

/// Whether somebody goes or is there.
///
/// # Errors
/// What the store says.
pub(crate) async fn somebody_goes(tx: &Tx, case: CaseId) -> Result<bool> {
    let goes = format!("SELECT FROM care_offer o WHERE o.case_id = $1 AND {GOES}");
    Ok(tx.run(&goes, [case.into()]).await? > 0)
}
