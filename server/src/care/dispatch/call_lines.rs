//! The lists on the page of a call: contacts, presses, alerts, offers.

use super::board::to_count;
use crate::care::{
    entity::{care_contact, care_press},
    sealed::open_json,
};
use crate::{
    error::Result,
    store::{DbInstant, Tx},
    vault::PersonKey,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, raw_sql};
use shared::{
    care::{
        call::{AlertLine, OfferLine, PressLine},
        geo::distance_m,
        profile::{Contact, ContactView},
    },
    ids::{CaseId, ContactId, PersonId, ResponderOfferId},
};

/// The emergency contacts of a person in order, as far as they can be opened.
pub(super) async fn contacts(tx: &Tx, person: PersonId, key: Option<&PersonKey>) -> Result<Vec<ContactView>> {
    let Some(key) = key else { return Ok(Vec::new()) };
    let rows = care_contact::Entity::find()
        .filter(care_contact::Column::PersonId.eq(person))
        .order_by_asc(care_contact::Column::Place)
        .all(tx)
        .await?;
    let to_view = |row: care_contact::Model| {
        let contact: Contact = key.open_json("care_contact", row.id, &row.sealed).ok()?;
        Some(ContactView { id: row.id, place: row.place, account: row.account_id, key_holder: row.key_holder, contact })
    };
    Ok(rows.into_iter().filter_map(to_view).collect())
}

/// The presses of a call, oldest first.
pub(super) async fn presses(tx: &Tx, case: CaseId) -> Result<Vec<PressLine>> {
    let rows = care_press::Entity::find()
        .filter(care_press::Column::CaseId.eq(case))
        .order_by_asc(care_press::Column::At)
        .order_by_asc(care_press::Column::Id)
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| PressLine { at: row.at.timestamp(), source: row.source.code().to_owned() }).collect())
}

/// The alerts of a call, oldest first.
pub(super) async fn alerts(tx: &Tx, case: CaseId, key: Option<&PersonKey>) -> Result<Vec<AlertLine>> {
    #[derive(FromQueryResult)]
    struct AlertRow {
        at: DbInstant,
        round: i32,
        step: i32,
        target: String,
        staff: Option<String>,
        contact_id: Option<ContactId>,
        contact: Option<Vec<u8>>,
    }
    let rows: Vec<AlertRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT p.at, p.round, p.step, p.target, huimin_staff_name(p.account_id) AS staff, p.contact_id, c.sealed AS contact
               FROM care_alert p LEFT JOIN care_contact c ON c.id = p.contact_id WHERE p.case_id = {case} ORDER BY p.at, p.id"
        ))
        .await?;
    let contact_name = |row: &AlertRow| -> Option<String> {
        let contact: Option<Contact> = open_json(key?, "care_contact", row.contact_id?, row.contact.as_deref()).ok()?;
        Some(contact?.name)
    };
    let to_line = |row: AlertRow| AlertLine {
        at: row.at.timestamp(),
        round: to_count(row.round) + 1,
        step: to_count(row.step) + 1,
        name: contact_name(&row).or_else(|| row.staff.clone()),
        target: row.target,
    };
    Ok(rows.into_iter().map(to_line).collect())
}

/// The offers of a call, oldest first, with the distance of each responder from the destination.
pub(super) async fn offers(tx: &Tx, case: CaseId, destination: Option<(f64, f64)>) -> Result<Vec<OfferLine>> {
    #[derive(FromQueryResult)]
    struct OfferRow {
        id: ResponderOfferId,
        name: Option<String>,
        late: bool,
        offered_at: DbInstant,
        accepted_at: Option<DbInstant>,
        declined_at: Option<DbInstant>,
        withdrawn_at: Option<DbInstant>,
        set_out_at: Option<DbInstant>,
        arrived_at: Option<DbInstant>,
        done_at: Option<DbInstant>,
        welfare_due_at: Option<DbInstant>,
        welfare_alarm_at: Option<DbInstant>,
        latitude: Option<f64>,
        longitude: Option<f64>,
        located_at: Option<DbInstant>,
    }
    let rows: Vec<OfferRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT o.id, huimin_staff_name(o.responder_id) AS name, coalesce(o.withdrawn_reason = 'late', false) AS late, o.offered_at,
                 o.accepted_at, o.withdrawn_at,
                 coalesce(o.declined_at, CASE WHEN o.decline_reason IS NOT NULL THEN o.withdrawn_at END) AS declined_at, o.set_out_at,
                 o.arrived_at, o.done_at, o.welfare_due_at, o.welfare_alarm_at, r.latitude, r.longitude, r.located_at
               FROM care_offer o LEFT JOIN care_responder r ON r.account_id = o.responder_id
              WHERE o.case_id = {case} ORDER BY o.offered_at, o.id"
        ))
        .await?;
    let to_line = |row: OfferRow| OfferLine {
        id: row.id,
        late: row.late,
        name: row.name.unwrap_or_default(),
        offered_at: row.offered_at.timestamp(),
        accepted_at: row.accepted_at.map(DbInstant::timestamp),
        declined_at: row.declined_at.map(DbInstant::timestamp),
        withdrawn_at: row.withdrawn_at.map(DbInstant::timestamp),
        set_out_at: row.set_out_at.map(DbInstant::timestamp),
        arrived_at: row.arrived_at.map(DbInstant::timestamp),
        done_at: row.done_at.map(DbInstant::timestamp),
        welfare_due_at: row.welfare_due_at.map(DbInstant::timestamp),
        welfare_alarm_at: row.welfare_alarm_at.map(DbInstant::timestamp),
        distance_m: destination.zip(row.latitude.zip(row.longitude)).map(|(there, here)| distance_m(here, there)),
        located_at: row.located_at.map(DbInstant::timestamp),
    };
    Ok(rows.into_iter().map(to_line).collect())
}
