//! The page of one call for its dispatchers, with the care profile of the person. Viewing it is an event of its record.

use super::{
    board::to_count,
    call_lines::{alerts, contacts, offers, presses},
    call_record::{CallRecord, find, log_view},
};
use crate::care::sealed::{open_json, open_text};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    cases::{CaseRow, case_view},
    error::Result,
    store::{DbInstant, Tx},
};
use jiff::{Timestamp, civil::Date};
use shared::{
    account::{Permission::AnswerCalls, ResidentId},
    care::{
        call::{CallPage, CallerLocation, ContactLine, Moments, Phone},
        geo::Fix,
        profile::{ContactView, Profile},
    },
    cases::{Viewer, actions::View},
    masking::mask_call_phone,
};

/// Loads the page of a call. That it was opened is an event of its record (调阅), one per dispatcher, call and day. While the
/// call is open its telephone numbers are shown in full, because they are needed at once, and the event says so; once it
/// has ended they are masked until they are revealed ([`super::reveal::reveal`]).
///
/// # Errors
/// [`shared::Problem::NotFound`] for a call of another centre.
pub async fn call(store: &Store, actor: &Actor, number: &str) -> Result<CallPage> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.write(actor).await?;
    let case = find(&tx, actor, number).await?;
    let now = tx.now().await?;
    let open = case.closed_at.is_none();
    let key = format!("view-{}-{}", now.today(), if open { "open" } else { "ended" });
    log_view(&tx, actor, number, &key, &View { numbers: open, ..View::default() }).await?;
    let case = find(&tx, actor, number).await?;
    let page = to_view(&tx, actor, &case, DbInstant::from(now.at).timestamp(), now.today()).await?;
    tx.commit().await?;
    Ok(page)
}

/// Opens the sealed content of a call. Content that cannot be opened is left out: it must not hide the rest of a call.
async fn to_view(tx: &Tx, actor: &Actor, case: &CaseRow, now: Timestamp, today: Date) -> Result<CallPage> {
    let record = CallRecord::load(tx, case.id).await?;
    let key = tx.living_key(case.subject_id).await?;
    let numbers_in_full = case.closed_at.is_none();
    let phone = |number: String| to_phone(number, numbers_in_full);
    let text = |context: &str, sealed: &Option<Vec<u8>>| {
        key.as_ref().and_then(|key| open_text(key, context, case.id, sealed.as_deref()).ok().flatten())
    };
    let fix: Option<Fix> =
        key.as_ref().and_then(|key| open_json(key, "care_call.place", case.id, record.place.as_deref()).ok().flatten());
    let card: Option<Profile> = key
        .as_ref()
        .and_then(|key| open_json(key, "care_profile", case.subject_id, record.profile_sealed.as_deref()).ok().flatten());
    let contacts = contacts(tx, case.subject_id, key.as_ref().filter(|_| record.known)).await?;
    let destination = fix.or(card.as_ref().and_then(|c| c.home)).map(|f| (f.lat, f.lon));
    let city_text = |context: &str, sealed: Option<&[u8]>| tx.vault.open_text(context, case.subject_id, sealed?).ok();
    let born_on = city_text("person.resident_id", record.resident_id_sealed.as_deref().filter(|_| record.known))
        .and_then(|id| ResidentId::parse(&id).ok())
        .map(|id| id.born_on());
    let name = city_text("person.name", record.name_sealed.as_deref());
    Ok(CallPage {
        case: case_view(tx, actor, case, Viewer::Staff).await?,
        now,
        known: record.known,
        name: name.filter(|name| record.known && key.is_some() && !name.is_empty()),
        age: born_on.filter(|_| key.is_some()).map(|born_on| age(born_on, today)),
        erased: key.is_none(),
        callback: text("care_call.callback", &record.callback).map(phone),
        words: text("care_call.words", &record.words),
        place: fix.map(|fix| CallerLocation { fix, known_at: record.located_at.map_or(fix.taken_at, DbInstant::timestamp) }),
        card,
        contacts: contacts.into_iter().map(|contact| to_contact_line(contact, numbers_in_full)).collect(),
        presses: presses(tx, case.id).await?,
        alerts: alerts(tx, case.id, key.as_ref()).await?,
        offers: offers(tx, case.id, destination).await?,
        moments: moments(&record),
        step: to_count(record.step) + 1,
        round: to_count(record.round),
        steps: to_count(record.steps),
        merged_into: record.merged_into,
        merged: record.merged,
        on_duty: record.on_duty,
    })
}

fn to_phone(number: String, full: bool) -> Phone {
    Phone { text: if full { number } else { mask_call_phone(&number) }, full }
}

fn to_contact_line(view: ContactView, numbers_in_full: bool) -> ContactLine {
    ContactLine {
        id: view.id,
        name: view.contact.name,
        relation: view.contact.relation,
        phone: to_phone(view.contact.phone, numbers_in_full),
        key_holder: view.key_holder,
        has_account: view.account.is_some(),
    }
}

fn moments(record: &CallRecord) -> Moments {
    Moments {
        raised_at: record.raised_at.timestamp(),
        first_answered_at: record.first_answered_at.map(DbInstant::timestamp),
        answered_at: record.answered_at.map(DbInstant::timestamp),
        dispatched_at: record.dispatched_at.map(DbInstant::timestamp),
        on_scene_at: record.on_scene_at.map(DbInstant::timestamp),
        ended_at: record.ended_at.map(DbInstant::timestamp),
        fine_at: record.fine_at.map(DbInstant::timestamp),
        next_step_at: record.next_step_at.map(DbInstant::timestamp),
    }
}

/// The age in whole years.
fn age(born_on: Date, today: Date) -> i16 {
    let before_birthday = (today.month(), today.day()) < (born_on.month(), born_on.day());
    today.year() - born_on.year() - i16::from(before_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn age_changes_on_the_birthday() {
        assert_eq!(age(date(1943, 10, 1), date(2026, 9, 30)), 82);
        assert_eq!(age(date(1943, 10, 1), date(2026, 10, 1)), 83);
    }
}
