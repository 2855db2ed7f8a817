//! The open offers of a responder, with the details of the call and the person.

use crate::care::sealed::{open_json, open_text};
use crate::{
    error::Result,
    store::{DbInstant, Tx},
};
use sea_orm::{FromQueryResult, raw_sql};
use serde_json::Value;
use shared::{
    care::respond::{CallPerson, OfferView, Stage},
    ids::{AccountId, CaseId, PersonId},
};

/// An open offer with its call.
#[derive(FromQueryResult)]
pub(super) struct OfferRow {
    case_id: CaseId,
    subject_id: PersonId,
    pub(super) number: String,
    state: String,
    offered_at: DbInstant,
    accepted_at: Option<DbInstant>,
    set_out_at: Option<DbInstant>,
    arrived_at: Option<DbInstant>,
    others: i64,
    distance_m: Option<f64>,
    eta_s: Option<i32>,
    reasons: Value,
    known: bool,
    callback: Option<Vec<u8>>,
    words: Option<Vec<u8>>,
    place: Option<Vec<u8>>,
    profile: Option<Vec<u8>>,
    name_sealed: Option<Vec<u8>>,
    centre_zh: String,
    centre_en: String,
    centre_phone: Option<String>,
    due_at: Option<DbInstant>,
    welfare_due_at: Option<DbInstant>,
    welfare_alarm_at: Option<DbInstant>,
}

/// The offers that a responder has neither declined nor finished, and from which they were not released.
pub(super) async fn open_offers(tx: &Tx, responder: AccountId) -> Result<Vec<OfferRow>> {
    tx.fetch_all(raw_sql!(
        Postgres,
        "SELECT c.id AS case_id, c.subject_id, c.number, c.state, o.offered_at, o.accepted_at, o.set_out_at, o.arrived_at,
                (SELECT count(*) FROM care_offer f WHERE f.case_id = o.case_id AND f.wave = o.wave AND f.responder_id <> o.responder_id
                    AND f.accepted_at IS NULL AND f.declined_at IS NULL AND f.withdrawn_at IS NULL) AS others,
                o.distance_m, o.eta_s, o.reasons, k.known, k.callback, k.words, k.place, p.sealed AS profile, n.name_sealed,
                g.name_zh AS centre_zh, g.name_en AS centre_en, t.phone AS centre_phone, o.due_at, o.welfare_due_at, o.welfare_alarm_at
           FROM care_offer o JOIN cases c ON c.id = o.case_id JOIN care_call k ON k.case_id = c.id
           JOIN organisation g ON g.id = c.organisation_id LEFT JOIN care_centre t ON t.organisation_id = g.id
           LEFT JOIN care_profile p ON p.person_id = c.subject_id LEFT JOIN person n ON n.id = c.subject_id
          WHERE o.responder_id = {responder} AND o.declined_at IS NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
            AND c.closed_at IS NULL"
    ))
    .await
}

/// Opens the sealed content of an offer for its responder.
pub(super) async fn to_view(tx: &Tx, row: OfferRow) -> Result<OfferView> {
    let stage = match (row.accepted_at, row.set_out_at, row.arrived_at) {
        (_, _, Some(_)) => Stage::Arrived,
        (_, Some(_), None) => Stage::SetOut,
        (Some(_), None, None) => Stage::Accepted,
        (None, None, None) => Stage::Asked,
    };
    Ok(OfferView {
        who: who(tx, &row).await?,
        number: row.number,
        state: row.state,
        stage,
        offered_at: row.offered_at.timestamp(),
        others: u32::try_from(row.others).unwrap_or(u32::MAX),
        distance_m: row.distance_m,
        eta_s: row.eta_s.and_then(|s| u32::try_from(s).ok()),
        reasons: serde_json::from_value(row.reasons)?,
        centre_zh: row.centre_zh,
        centre_en: row.centre_en,
        centre_phone: row.centre_phone,
        due_at: row.due_at.map(DbInstant::timestamp),
        welfare_due_at: row.welfare_due_at.map(DbInstant::timestamp),
        welfare_alarm_at: row.welfare_alarm_at.map(DbInstant::timestamp),
    })
}

async fn who(tx: &Tx, row: &OfferRow) -> Result<CallPerson> {
    let Some(key) = tx.living_key(row.subject_id).await? else { return Ok(CallPerson { erased: true, ..CallPerson::default() }) };
    let name = row.name_sealed.as_deref().filter(|sealed| row.known && !sealed.is_empty());
    Ok(CallPerson {
        name: name.map(|sealed| tx.vault.open_text("person.name", row.subject_id, sealed)).transpose()?,
        erased: false,
        card: open_json(&key, "care_profile", row.subject_id, row.profile.as_deref())?,
        words: open_text(&key, "care_call.words", row.case_id, row.words.as_deref())?,
        callback: open_text(&key, "care_call.callback", row.case_id, row.callback.as_deref())?,
        place: open_json(&key, "care_call.place", row.case_id, row.place.as_deref())?,
    })
}
