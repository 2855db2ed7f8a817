//! The status of a call as its caller, the person it is for and the family see it.

use crate::care::{people::profile, sealed::open_json};
use crate::{
    error::Result,
    store::{DbInstant, Tx},
    vault::PersonKey,
};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    care::{
        geo::{Fix, distance_m},
        life::CallState,
        press::{CallStatus, ComingResponder, Phase},
        responder::Mode,
    },
    ids::{CaseId, PersonId},
};

/// Minutes after which the location of a responder is too old to be used.
const STALE_MINUTES: i64 = 30;

/// A call; a merged one is represented by the call it was merged into.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct CallRow {
    pub(crate) case_id: CaseId,
    pub(crate) number: String,
    pub(crate) subject_id: PersonId,
    pub(crate) state: CallState,
    /// Seconds since it was raised.
    pub(crate) age_seconds: i64,
    raised_at: DbInstant,
    centre_zh: String,
    centre_en: String,
    answered_by: Option<String>,
    answered_by_family: bool,
    pub(crate) known: bool,
    has_callback: bool,
    place: Option<Vec<u8>>,
    fine: bool,
}

impl CallRow {
    /// The last known place of the caller, if it can be opened.
    pub(crate) fn open_place(&self, key: &PersonKey) -> Option<Fix> {
        open_json(key, "care_call.place", self.case_id, self.place.as_deref()).ok().flatten()
    }
}

/// The call of a case, or the one it was merged into.
pub(crate) async fn find_call(tx: &Tx, case: CaseId) -> Result<Option<CallRow>> {
    tx.fetch_one(raw_sql!(
        Postgres,
        "SELECT t.id AS case_id, t.number, t.subject_id, t.state, floor(extract(epoch FROM huimin_now() - k.raised_at))::bigint AS age_seconds,
                k.raised_at, o.name_zh AS centre_zh, o.name_en AS centre_en, huimin_staff_name(t.assignee_id) AS answered_by,
                EXISTS (SELECT FROM care_contact f WHERE f.person_id = t.subject_id AND f.account_id = t.assignee_id) AS answered_by_family,
                k.known, k.callback IS NOT NULL AS has_callback, k.place, k.fine_at IS NOT NULL AS fine
           FROM cases c JOIN care_call h ON h.case_id = c.id
           JOIN cases t ON t.id = coalesce(h.merged_into, c.id) JOIN care_call k ON k.case_id = t.id
           JOIN organisation o ON o.id = t.organisation_id
          WHERE c.id = {case}"
    ))
    .await
}

const fn phase(state: CallState) -> Phase {
    match state {
        CallState::Ringing => Phase::Ringing,
        CallState::Answered => Phase::Answered,
        CallState::Dispatched => Phase::Dispatched,
        CallState::OnScene => Phase::OnScene,
        CallState::Resolved | CallState::FalseAlarm | CallState::Merged => Phase::Ended,
    }
}

/// The status for a reader: at most five statements. `own`: whether the reader is the person themself.
pub(crate) async fn to_view(tx: &Tx, call: &CallRow, own: bool, cancel_left: i64) -> Result<CallStatus> {
    let phase = phase(call.state);
    let (ringing, answered) = match phase {
        Phase::Ringing => (true, false),
        Phase::Answered | Phase::Dispatched | Phase::OnScene => (false, true),
        Phase::Ended => (false, false),
    };
    Ok(CallStatus {
        number: call.number.clone(),
        phase,
        state: call.state.code().to_owned(),
        raised_at: call.raised_at.timestamp(),
        centre_zh: call.centre_zh.clone(),
        centre_en: call.centre_en.clone(),
        calling: if ringing { alerted_targets(tx, call.case_id).await? } else { Vec::new() },
        answered_by: call.answered_by.clone().filter(|_| answered),
        answered_by_family: call.answered_by_family && answered,
        coming: if answered { coming(tx, call).await? } else { Vec::new() },
        cancel_left,
        fine: call.fine,
        placed: call.place.is_some(),
        own,
        reachable: call.known || call.has_callback,
    })
}

/// The targets that the last step of the escalation alerted.
async fn alerted_targets(tx: &Tx, case: CaseId) -> Result<Vec<String>> {
    tx.fetch_values(raw_sql!(
        Postgres,
        "SELECT DISTINCT target FROM care_alert WHERE case_id = {case}
            AND (round, step) = (SELECT round, step FROM care_alert WHERE case_id = {case} ORDER BY id DESC LIMIT 1) ORDER BY target"
    ))
    .await
}

#[derive(FromQueryResult)]
struct ComingRow {
    name: Option<String>,
    mode: Option<Mode>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    age_minutes: Option<i64>,
    distance_m: Option<f64>,
    set_out: bool,
    arrived: bool,
}

/// The responders who are going or there, and their distance from the caller, or from the caller's home while the
/// caller's place is not known.
async fn coming(tx: &Tx, call: &CallRow) -> Result<Vec<ComingResponder>> {
    let case = call.case_id;
    let rows: Vec<ComingRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT huimin_staff_name(o.responder_id) AS name, r.mode, r.latitude, r.longitude, o.distance_m,
                    floor(extract(epoch FROM huimin_now() - r.located_at) / 60)::bigint AS age_minutes,
                    o.set_out_at IS NOT NULL AS set_out, o.arrived_at IS NOT NULL AS arrived
               FROM care_offer o LEFT JOIN care_responder r ON r.account_id = o.responder_id
              WHERE o.case_id = {case} AND o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
              ORDER BY o.arrived_at NULLS LAST, o.accepted_at"
        ))
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = tx.living_key(call.subject_id).await?;
    let destination = match key.as_ref().and_then(|key| call.open_place(key)) {
        Some(place) => Some(place),
        None => profile::find(tx, call.subject_id).await?.and_then(|profile| profile.home),
    };
    let current_distance = |row: &ComingRow| {
        let fresh = row.age_minutes.is_some_and(|age| age < STALE_MINUTES);
        let (at, to) = (row.latitude.zip(row.longitude)?, destination.as_ref()?);
        fresh.then(|| distance_m(at, (to.lat, to.lon)))
    };
    Ok(rows
        .into_iter()
        .map(|row| ComingResponder {
            distance_m: current_distance(&row).or(row.distance_m),
            name: row.name,
            mode: row.mode.map(|mode| mode.code().to_owned()).unwrap_or_default(),
            set_out: row.set_out,
            arrived: row.arrived,
        })
        .collect())
}
