//! One call as whoever answers for it reads it, with the card of the person; that they did is an event of its record.

use crate::care::dispatch::{
    board::small,
    suggest::{Suggestions, suggest_for},
};
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    cases::{self, CaseRow, Request, case_view, perform_in},
    error::{Error, Result},
    store::{Tx, moment},
    vault::{PersonKey, VaultError},
};
use sea_orm::FromQueryResult;
use shared::cases::actions::View;
use shared::{
    Problem,
    account::{Permission::AnswerCalls, ResidentId},
    care::{
        call::{CallPage, Colleague, ContactLine, Moments, OfferLine, OtherCall, PageLine, Phone, Place, PressLine},
        geo::{Fix, distance_m},
        life::SOS,
        profile::{Contact, ContactView, Profile},
        ranking::Wish,
    },
    cases::{Party, Viewer},
    ids::{AccountId, CaseId, ContactId, PersonId, ResponderOfferId},
    masking::mask_call_phone,
};
use time::OffsetDateTime;
use uuid::Uuid;

const DESK: Party = Party::Joined(AnswerCalls);

/// A call with the card of the person. That somebody opened it is an event of its record (调阅), one a person, call and
/// day. While it is open its telephone numbers stand there in full, because whoever answers needs them at once, and the
/// event says so; once it has ended they are hidden until they are asked for ([`reveal`]).
///
/// # Errors
/// [`Problem::NotFound`] for a call of others.
pub async fn call(store: &Store, actor: &Actor, number: &str) -> Result<CallPage> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.write(actor).await?;
    let case = find(&tx, actor, number).await?;
    let now = tx.now().await?;
    let open = case.closed_at.is_none();
    let key = format!("view-{}-{}", now.today(), if open { "open" } else { "ended" });
    look(&tx, actor, number, &key, &View { numbers: open, ..View::default() }).await?;
    let case = find(&tx, actor, number).await?;
    let page = read(&tx, actor, &case, moment(now.at), now.today()).await?;
    tx.commit().await?;
    Ok(page)
}

/// A telephone number of a call in full, for whoever answers for it (`callback`, or `contact.` and its key): an event of
/// its record that names it, one a person, number and day.
///
/// # Errors
/// [`Problem::NotFound`] for a call or a number that is not there.
pub async fn reveal(store: &Store, actor: &Actor, number: &str, field: &str) -> Result<String> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.write(actor).await?;
    let case = find(&tx, actor, number).await?;
    let found = match field.strip_prefix("contact.").map(str::parse::<ContactId>) {
        Some(Ok(id)) => {
            let key = key_of(&tx, case.subject_id).await?;
            let contacts = contacts(&tx, case.subject_id, key.as_ref()).await?;
            contacts.into_iter().find(|c| c.id == id).map(|c| c.contact.phone)
        }
        Some(Err(_)) => None,
        None if field == "callback" => {
            let side = side(&tx, case.id).await?;
            key_of(&tx, case.subject_id)
                .await?
                .and_then(|key| text(&key, "care_call.callback", case.id, side.callback.as_deref()))
        }
        None => None,
    };
    let found = found.ok_or(Problem::NotFound)?;
    let key = format!("reveal-{}-{field}", tx.now().await?.today());
    look(&tx, actor, number, &key, &View { field: field.to_owned(), ..View::default() }).await?;
    tx.commit().await?;
    Ok(found)
}

/// Who can be handed this call, those on duty first.
///
/// # Errors
/// [`Problem::NotFound`] for a call of others.
pub async fn colleagues(store: &Store, actor: &Actor, number: &str) -> Result<Vec<Colleague>> {
    #[derive(FromQueryResult)]
    struct Row {
        account: AccountId,
        name: String,
        centre_zh: String,
        centre_en: String,
        on_duty: bool,
    }
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.read(actor).await?;
    let case = find(&tx, actor, number).await?;
    let rows: Vec<Row> = tx
        .all(
            "SELECT account, name, centre_zh, centre_en, on_duty FROM huimin_call_colleagues($1) ORDER BY on_duty DESC, name, account",
            [case.id.into()],
        )
        .await?;
    let read = |r: Row| Colleague {
        account: r.account,
        name: r.name,
        centre_zh: r.centre_zh,
        centre_en: r.centre_en,
        on_duty: r.on_duty,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The other open calls that this one may be merged into: those that are alike first, then the newest; at most 50.
///
/// # Errors
/// [`Problem::NotFound`] for a call of others.
pub async fn others(store: &Store, actor: &Actor, number: &str) -> Result<Vec<OtherCall>> {
    #[derive(FromQueryResult)]
    struct Row {
        number: String,
        subject_id: PersonId,
        name_sealed: Option<Vec<u8>>,
        known: bool,
        raised_at: OffsetDateTime,
        alike: bool,
    }
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.read(actor).await?;
    let case = find(&tx, actor, number).await?;
    let here = actor.organisations_where(AnswerCalls);
    let rows: Vec<Row> = tx
        .all(
            "SELECT c.number, c.subject_id, p.name_sealed, k.known, k.raised_at,
                 coalesce(c.subject_id = $2 OR k.callback_index = (SELECT m.callback_index FROM care_call m WHERE m.case_id = $1), false) AS alike
               FROM cases c JOIN care_call k ON k.case_id = c.id LEFT JOIN person p ON p.id = c.subject_id
              WHERE c.kind = $3 AND c.closed_at IS NULL AND c.id <> $1 AND (c.organisation_id = ANY($4) OR c.joined && $4)
              ORDER BY alike DESC, c.id DESC LIMIT 50",
            [case.id.into(), case.subject_id.into(), SOS.kind.into(), here.into()],
        )
        .await?;
    let read = |r: Row| OtherCall {
        name: crate::care::caller_name(&tx, r.subject_id, r.known, r.name_sealed.as_deref()),
        number: r.number,
        raised_at: moment(r.raised_at),
        alike: r.alike,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Whom to ask to go to this call, for what is wished.
///
/// # Errors
/// [`Problem::NotFound`] for a call of others.
pub async fn suggestions(store: &Store, actor: &Actor, number: &str, wish: Wish) -> Result<Suggestions> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let tx = store.read(actor).await?;
    let case = find(&tx, actor, number).await?;
    suggest_for(&tx, actor, &case, wish).await
}

/// A call that the actor answers for.
async fn find(tx: &Tx, actor: &Actor, number: &str) -> Result<CaseRow> {
    let case = cases::find(tx, actor, number).await?;
    if case.kind == SOS.kind && tx.gate.is_party(DESK, actor, case.of()) { Ok(case) } else { Err(Problem::NotFound.into()) }
}

async fn look(tx: &Tx, actor: &Actor, number: &str, key: &str, input: &View) -> Result<()> {
    perform_in(tx, actor, &Request { number, version: None, key, input }).await?;
    Ok(())
}

/// The key of a person; none of somebody who was erased.
async fn key_of(tx: &Tx, person: PersonId) -> Result<Option<PersonKey>> {
    match tx.person_key(person).await {
        Ok(key) => Ok(Some(key)),
        Err(Error::Vault(VaultError::Erased)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// A sealed text; what does not open is as if it were not there, for the rest of a call must not be hidden by it.
fn text(key: &PersonKey, context: &str, row: impl Into<Uuid>, sealed: Option<&[u8]>) -> Option<String> {
    String::from_utf8(key.open(context, row, sealed?).ok()?).ok()
}

#[derive(FromQueryResult)]
struct Side {
    known: bool,
    callback: Option<Vec<u8>>,
    words: Option<Vec<u8>>,
    place: Option<Vec<u8>>,
    placed_at: Option<OffsetDateTime>,
    raised_at: OffsetDateTime,
    step: i32,
    round: i32,
    next_step_at: Option<OffsetDateTime>,
    first_answered_at: Option<OffsetDateTime>,
    answered_at: Option<OffsetDateTime>,
    dispatched_at: Option<OffsetDateTime>,
    on_scene_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    fine_at: Option<OffsetDateTime>,
    steps: i32,
    into_number: Option<String>,
    merged: Vec<String>,
    name_sealed: Option<Vec<u8>>,
    resident_id_sealed: Option<Vec<u8>>,
    profile_sealed: Option<Vec<u8>>,
    on_duty: bool,
}

async fn side(tx: &Tx, case: CaseId) -> Result<Side> {
    let found = tx.one(
        "SELECT k.known, k.callback, k.words, k.place, k.placed_at, k.raised_at, k.step, k.round, k.next_step_at, k.first_answered_at,
             k.answered_at, k.dispatched_at, k.on_scene_at, k.ended_at, k.fine_at, jsonb_array_length(y.steps) AS steps,
             (SELECT i.number FROM cases i WHERE i.id = k.merged_into) AS into_number,
             ARRAY(SELECT m.number FROM care_call o JOIN cases m ON m.id = o.case_id WHERE o.merged_into = k.case_id ORDER BY m.id) AS merged,
             p.name_sealed, p.resident_id_sealed, f.sealed AS profile_sealed, huimin_on_duty(huimin_actor()) AS on_duty
           FROM care_call k JOIN cases c ON c.id = k.case_id JOIN care_policy y ON y.id = k.policy_id LEFT JOIN person p ON p.id = c.subject_id
           LEFT JOIN care_profile f ON f.person_id = c.subject_id AND k.known
          WHERE k.case_id = $1",
        [case.into()],
    );
    found.await?.ok_or_else(|| Error::Broken("a call without its care side".into()))
}

async fn read(tx: &Tx, actor: &Actor, case: &CaseRow, now: jiff::Timestamp, today: jiff::civil::Date) -> Result<CallPage> {
    let side = side(tx, case.id).await?;
    let key = key_of(tx, case.subject_id).await?;
    let full = case.closed_at.is_none();
    let phone = |number: String| Phone { text: if full { number } else { mask_call_phone(&number) }, full };
    let opened =
        |context: &str, sealed: &Option<Vec<u8>>| key.as_ref().and_then(|k| text(k, context, case.id, sealed.as_deref()));
    let fix: Option<Fix> =
        key.as_ref().zip(side.place.as_deref()).and_then(|(k, sealed)| k.open_json("care_call.place", case.id, sealed).ok());
    let profile = key.as_ref().zip(side.profile_sealed.as_deref());
    let card: Option<Profile> = profile.and_then(|(k, sealed)| k.open_json("care_profile", case.subject_id, sealed).ok());
    let contacts = contacts(tx, case.subject_id, key.as_ref().filter(|_| side.known)).await?;
    let home = card.as_ref().and_then(|c| c.home);
    let towards = fix.or(home).map(|f| (f.lat, f.lon));
    let moments = Moments {
        raised_at: moment(side.raised_at),
        first_answered_at: side.first_answered_at.map(moment),
        answered_at: side.answered_at.map(moment),
        dispatched_at: side.dispatched_at.map(moment),
        on_scene_at: side.on_scene_at.map(moment),
        ended_at: side.ended_at.map(moment),
        fine_at: side.fine_at.map(moment),
        next_step_at: side.next_step_at.map(moment),
    };
    let open_text = |context: &str, sealed: Option<&[u8]>| tx.vault.open_text(context, case.subject_id, sealed?).ok();
    let born = open_text("person.resident_id", side.resident_id_sealed.as_deref().filter(|_| side.known))
        .and_then(|id| ResidentId::parse(&id).ok())
        .map(|id| id.born_on());
    let lines = contacts
        .into_iter()
        .map(|c| ContactLine {
            id: c.id,
            name: c.contact.name,
            relation: c.contact.relation,
            phone: phone(c.contact.phone),
            key_holder: c.key_holder,
            has_account: c.account.is_some(),
        })
        .collect();
    Ok(CallPage {
        case: case_view(tx, actor, case, Viewer::Staff).await?,
        now,
        known: side.known,
        name: open_text("person.name", side.name_sealed.as_deref()).filter(|n| side.known && key.is_some() && !n.is_empty()),
        age: born.filter(|_| key.is_some()).map(|born| years(born, today)),
        erased: key.is_none(),
        callback: opened("care_call.callback", &side.callback).map(phone),
        words: opened("care_call.words", &side.words),
        place: fix.map(|fix| Place { fix, known_at: side.placed_at.map_or(fix.taken_at, moment) }),
        card,
        contacts: lines,
        presses: presses(tx, case.id).await?,
        pages: pages(tx, case.id, key.as_ref()).await?,
        offers: offers(tx, case.id, towards).await?,
        moments,
        step: small(side.step) + 1,
        round: small(side.round),
        steps: small(side.steps),
        merged_into: side.into_number,
        merged: side.merged,
        on_duty: side.on_duty,
    })
}

/// Whole years from a day to another.
fn years(born: jiff::civil::Date, today: jiff::civil::Date) -> i16 {
    let before = (today.month(), today.day()) < (born.month(), born.day());
    today.year() - born.year() - i16::from(before)
}

/// Whom to call for a person, in order, as far as it opens.
async fn contacts(tx: &Tx, person: PersonId, key: Option<&PersonKey>) -> Result<Vec<ContactView>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: ContactId,
        place: i16,
        account_id: Option<AccountId>,
        key_holder: bool,
        sealed: Vec<u8>,
    }
    let Some(key) = key else { return Ok(Vec::new()) };
    let rows: Vec<Row> = tx
        .all(
            "SELECT id, place, account_id, key_holder, sealed FROM care_contact WHERE person_id = $1 ORDER BY place",
            [person.into()],
        )
        .await?;
    let read = |r: Row| {
        let contact: Contact = key.open_json("care_contact", r.id, &r.sealed).ok()?;
        Some(ContactView { id: r.id, place: r.place, account: r.account_id, key_holder: r.key_holder, contact })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn presses(tx: &Tx, case: CaseId) -> Result<Vec<PressLine>> {
    #[derive(FromQueryResult)]
    struct Row {
        at: OffsetDateTime,
        source: String,
    }
    let rows: Vec<Row> = tx.all("SELECT at, source FROM care_press WHERE case_id = $1 ORDER BY at, id", [case.into()]).await?;
    Ok(rows.into_iter().map(|r| PressLine { at: moment(r.at), source: r.source }).collect())
}

async fn pages(tx: &Tx, case: CaseId, key: Option<&PersonKey>) -> Result<Vec<PageLine>> {
    #[derive(FromQueryResult)]
    struct Row {
        at: OffsetDateTime,
        round: i32,
        step: i32,
        target: String,
        staff: Option<String>,
        contact_id: Option<ContactId>,
        contact: Option<Vec<u8>>,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT p.at, p.round, p.step, p.target, huimin_staff_name(p.account_id) AS staff, p.contact_id, c.sealed AS contact
               FROM care_page p LEFT JOIN care_contact c ON c.id = p.contact_id WHERE p.case_id = $1 ORDER BY p.at, p.id",
            [case.into()],
        )
        .await?;
    let name = |r: &Row| -> Option<String> {
        let contact: Contact = key?.open_json("care_contact", r.contact_id?, r.contact.as_deref()?).ok()?;
        Some(contact.name)
    };
    let read = |r: Row| PageLine {
        at: moment(r.at),
        round: small(r.round) + 1,
        step: small(r.step) + 1,
        name: name(&r).or_else(|| r.staff.clone()),
        target: r.target,
    };
    Ok(rows.into_iter().map(read).collect())
}

async fn offers(tx: &Tx, case: CaseId, towards: Option<(f64, f64)>) -> Result<Vec<OfferLine>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: ResponderOfferId,
        name: Option<String>,
        late: bool,
        offered_at: OffsetDateTime,
        accepted_at: Option<OffsetDateTime>,
        declined_at: Option<OffsetDateTime>,
        withdrawn_at: Option<OffsetDateTime>,
        set_out_at: Option<OffsetDateTime>,
        arrived_at: Option<OffsetDateTime>,
        done_at: Option<OffsetDateTime>,
        welfare_due_at: Option<OffsetDateTime>,
        welfare_alarm_at: Option<OffsetDateTime>,
        latitude: Option<f64>,
        longitude: Option<f64>,
        located_at: Option<OffsetDateTime>,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT o.id, huimin_staff_name(o.responder_id) AS name, coalesce(o.withdrawn_for = 'late', false) AS late, o.offered_at, o.accepted_at, o.withdrawn_at,
                 coalesce(o.declined_at, CASE WHEN o.decline_reason IS NOT NULL THEN o.withdrawn_at END) AS declined_at, o.set_out_at,
                 o.arrived_at, o.done_at, o.welfare_due_at, o.welfare_alarm_at, r.latitude, r.longitude, r.located_at
               FROM care_offer o LEFT JOIN care_responder r ON r.account_id = o.responder_id
              WHERE o.case_id = $1 ORDER BY o.offered_at, o.id",
            [case.into()],
        )
        .await?;
    let read = |r: Row| OfferLine {
        id: r.id,
        late: r.late,
        name: r.name.unwrap_or_default(),
        offered_at: moment(r.offered_at),
        accepted_at: r.accepted_at.map(moment),
        declined_at: r.declined_at.map(moment),
        withdrawn_at: r.withdrawn_at.map(moment),
        set_out_at: r.set_out_at.map(moment),
        arrived_at: r.arrived_at.map(moment),
        done_at: r.done_at.map(moment),
        welfare_due_at: r.welfare_due_at.map(moment),
        welfare_alarm_at: r.welfare_alarm_at.map(moment),
        distance_m: towards.zip(r.latitude.zip(r.longitude)).map(|(there, here)| distance_m(here, there)),
        located_at: r.located_at.map(moment),
    };
    Ok(rows.into_iter().map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn somebody_is_as_old_as_at_their_last_birthday() {
        assert_eq!(years(date(1943, 10, 1), date(2026, 9, 30)), 82);
        assert_eq!(years(date(1943, 10, 1), date(2026, 10, 1)), 83);
    }
}
