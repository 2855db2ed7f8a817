//! Duty (值班): the weekly rota, what somebody says against it, and whether they are there.
//!
//! Reachable is who is on duty: what they said last (for twelve hours), else the rota, unless they are absent. Absent
//! is who did not answer when their board asked whether they are there, until they say that they are.

use crate::{
    Actor, Store,
    account::gate::Access,
    error::Result,
    store::{Tx, moment},
};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    account::Permission::{AnswerCalls, LeadCentre, RespondToCalls},
    care::duty::{CentreDuty, Colleague, DutyPage, SAID_HOURS, Said, Shift, hours},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who may be on duty: at a board, or on the road.
pub const ON_DUTY: Access = Access::AnyStaff(&[AnswerCalls, RespondToCalls]);

/// The dispatchers of a centre who are on duty now.
///
/// # Errors
/// What the store says.
pub async fn on_duty(tx: &Tx, centre: Uuid) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        account: Uuid,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT d.account FROM huimin_duty_of(ARRAY(
                 SELECT DISTINCT m.account_id FROM membership m
                  WHERE m.organisation_id = $1 AND m.role IN ('dispatcher', 'chief_dispatcher') AND m.ended_at IS NULL))
                 AS d (account) ORDER BY 1",
            [centre.into()],
        )
        .await?;
    Ok(rows.into_iter().map(|r| r.account).collect())
}

/// Says of oneself that one is on duty or off, for twelve hours, or that the rota is right. Either way one is there.
///
/// # Errors
/// [`Problem::Forbidden`] and its kin for anybody but dispatchers and responders.
pub async fn set(store: &Store, actor: &Actor, said: Said) -> Result<()> {
    store.gate.enter(ON_DUTY, actor)?;
    let tx = store.write(actor).await?;
    tx.run(
        "INSERT INTO care_duty (account_id, on_duty, until, seen_at)
         VALUES ($1, $2, CASE WHEN $2::boolean IS NOT NULL THEN huimin_now() + make_interval(hours => $3) END, huimin_now())
         ON CONFLICT (account_id) DO UPDATE
            SET on_duty = excluded.on_duty, until = excluded.until, seen_at = excluded.seen_at, absent_at = NULL",
        [actor.signed_in()?.into(), said.stored().into(), SAID_HOURS.into()],
    )
    .await?;
    tx.commit().await
}

/// They are there: what a click on the board's question says, or any other deed at the board.
///
/// # Errors
/// As [`set`].
pub async fn seen(store: &Store, actor: &Actor) -> Result<()> {
    store.gate.enter(ON_DUTY, actor)?;
    let tx = store.write(actor).await?;
    tx.run(
        "INSERT INTO care_duty (account_id, seen_at) VALUES ($1, huimin_now())
         ON CONFLICT (account_id) DO UPDATE SET seen_at = excluded.seen_at, absent_at = NULL",
        [actor.signed_in()?.into()],
    )
    .await?;
    tx.commit().await
}

/// They did not answer: no longer counted as reachable, from the first time on, until they say that they are there.
///
/// # Errors
/// As [`set`].
pub async fn absent(store: &Store, actor: &Actor) -> Result<()> {
    store.gate.enter(ON_DUTY, actor)?;
    let tx = store.write(actor).await?;
    tx.run(
        "INSERT INTO care_duty (account_id, absent_at) VALUES ($1, huimin_now())
         ON CONFLICT (account_id) DO UPDATE SET absent_at = coalesce(care_duty.absent_at, excluded.absent_at)",
        [actor.signed_in()?.into()],
    )
    .await?;
    tx.commit().await
}

#[derive(FromQueryResult)]
struct Centre {
    id: Uuid,
    name_zh: String,
    name_en: String,
}

#[derive(FromQueryResult)]
struct Person {
    organisation_id: Uuid,
    account_id: Uuid,
    name: Option<String>,
    role: String,
    on_duty: bool,
    absent_at: Option<OffsetDateTime>,
    seen_at: Option<OffsetDateTime>,
    said: Option<bool>,
    until: Option<OffsetDateTime>,
}

#[derive(FromQueryResult)]
struct ShiftRow {
    organisation_id: Uuid,
    id: Uuid,
    account_id: Uuid,
    name: Option<String>,
    weekday: i16,
    from_minute: i16,
    to_minute: i16,
}

/// Everybody of these centres, each once: as the highest role they hold there.
const PEOPLE: &str = "WITH staff AS (
        SELECT DISTINCT ON (m.organisation_id, m.account_id) m.organisation_id, m.account_id, m.role
          FROM membership m WHERE m.organisation_id = ANY($1) AND m.ended_at IS NULL
           AND m.role IN ('chief_dispatcher', 'dispatcher', 'responder') AND huimin_staff_name(m.account_id) IS NOT NULL
         ORDER BY m.organisation_id, m.account_id, m.role),
     duty AS (SELECT huimin_duty_of(ARRAY(SELECT DISTINCT account_id FROM staff)) AS account_id)
     SELECT s.organisation_id, s.account_id, huimin_staff_name(s.account_id) AS name, s.role, d.account_id IS NOT NULL AS on_duty,
            c.absent_at, c.seen_at, CASE WHEN c.until IS NULL OR c.until > huimin_now() THEN c.on_duty END AS said, c.until
       FROM staff s LEFT JOIN duty d ON d.account_id = s.account_id LEFT JOIN care_duty c ON c.account_id = s.account_id
      ORDER BY s.role = 'responder', d.account_id IS NULL, name, s.account_id";

const SHIFTS: &str =
    "SELECT r.organisation_id, r.id, r.account_id, huimin_staff_name(r.account_id) AS name, r.weekday, r.from_minute, r.to_minute
       FROM care_rota r WHERE r.organisation_id = ANY($1) ORDER BY r.weekday, r.from_minute, name, r.id";

/// Duty at the actor's own centres: three statements.
///
/// # Errors
/// [`Problem::Forbidden`] and its kin for anybody but dispatchers.
pub async fn page(store: &Store, actor: &Actor) -> Result<DutyPage> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let mine = actor.organisations_where(AnswerCalls);
    let led = actor.organisations_where(LeadCentre);
    let tx = store.read(actor).await?;
    let centres: Vec<Centre> =
        tx.all("SELECT id, name_zh, name_en FROM organisation WHERE id = ANY($1) ORDER BY code", [mine.clone().into()]).await?;
    let people: Vec<Person> = tx.all(PEOPLE, [mine.clone().into()]).await?;
    let shifts: Vec<ShiftRow> = tx.all(SHIFTS, [mine.into()]).await?;
    let me = people.iter().find(|p| Some(p.account_id) == actor.account);
    let said = |p: &Person| p.said.map(|on| (on, p.until.map(moment)));
    let (on_duty, my_word, absent_since) = me.map_or((false, None, None), |p| (p.on_duty, said(p), p.absent_at.map(moment)));
    let centres = centres
        .into_iter()
        .map(|c| CentreDuty {
            leads: led.contains(&c.id),
            people: people.iter().filter(|p| p.organisation_id == c.id).map(|p| colleague(p, said(p))).collect(),
            shifts: shifts.iter().filter(|s| s.organisation_id == c.id).map(shift).collect(),
            centre: c.id,
            name_zh: c.name_zh,
            name_en: c.name_en,
        })
        .collect();
    Ok(DutyPage { centres, on_duty, said: my_word, absent_since })
}

fn colleague(person: &Person, said: Option<(bool, Option<jiff::Timestamp>)>) -> Colleague {
    Colleague {
        account: person.account_id,
        name: person.name.clone().unwrap_or_default(),
        role: person.role.clone(),
        on_duty: person.on_duty,
        absent_since: person.absent_at.map(moment),
        seen_at: person.seen_at.map(moment),
        said,
    }
}

fn shift(row: &ShiftRow) -> Shift {
    Shift {
        id: row.id,
        account: row.account_id,
        name: row.name.clone().unwrap_or_default(),
        weekday: row.weekday,
        from_minute: row.from_minute,
        to_minute: row.to_minute,
    }
}

/// Puts a shift into the rota of a centre one leads: hours as typed, see [`hours`].
///
/// # Errors
/// [`Problem::Forbidden`] for a centre that is not led; [`Problem::Invalid`] naming `account`, `weekday`, `from` or `to`.
pub async fn add_shift(
    store: &Store,
    actor: &Actor,
    centre: Uuid,
    account: &str,
    (weekday, from, to): (&str, &str, &str),
) -> Result<()> {
    leads(store, actor, centre)?;
    let (weekday, from, to) = hours(weekday, from, to)?;
    let nobody = || Problem::field("account", Complaint::NotAnOption);
    let account = Uuid::parse_str(account).map_err(|_| nobody())?;
    let tx = store.write(actor).await?;
    let works_here = "SELECT FROM membership WHERE account_id = $1 AND organisation_id = $2 AND ended_at IS NULL";
    if tx.run(works_here, [account.into(), centre.into()]).await? == 0 {
        return Err(nobody().into());
    }
    let within = "SELECT FROM care_rota WHERE account_id = $1 AND weekday = $2 AND from_minute < $4 AND to_minute > $3";
    if tx.run(within, [account.into(), weekday.into(), from.into(), to.into()]).await? > 0 {
        return Err(Problem::field("from", Complaint::AlreadyTaken).into());
    }
    tx.run(
        "INSERT INTO care_rota (id, organisation_id, account_id, weekday, from_minute, to_minute) VALUES ($1, $2, $3, $4, $5, $6)",
        [Uuid::now_v7().into(), centre.into(), account.into(), weekday.into(), from.into(), to.into()],
    )
    .await?;
    tx.commit().await
}

/// Takes a shift out of the rota of a centre one leads. Again it changes nothing.
///
/// # Errors
/// [`Problem::Forbidden`] for a centre that is not led.
pub async fn remove_shift(store: &Store, actor: &Actor, centre: Uuid, shift: Uuid) -> Result<()> {
    leads(store, actor, centre)?;
    let tx = store.write(actor).await?;
    tx.run("DELETE FROM care_rota WHERE id = $1 AND organisation_id = $2", [shift.into(), centre.into()]).await?;
    tx.commit().await
}

fn leads(store: &Store, actor: &Actor, centre: Uuid) -> Result<(), Problem> {
    store.gate.enter(Access::Staff(LeadCentre), actor)?;
    if actor.organisations_where(LeadCentre).contains(&centre) { Ok(()) } else { Err(Problem::Forbidden) }
}
