//! Duty (值班): the weekly rota, statements of members that override it, and presence.
//!
//! A member is reachable while on duty: by their own last statement (for twelve hours), else by the rota, unless they are
//! absent. Absent is a member who did not answer the presence check of their board, until they confirm their presence.

use crate::account::entity::{membership, organisation};
use crate::care::entity::care_rota;
use crate::{
    Actor, Store,
    access::gate::Access,
    error::Result,
    store::{DbInstant, Tx, new_id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, SelectExt, raw_sql};
use shared::{
    FieldErrorKind, Problem,
    account::Permission::{AnswerCalls, LeadCentre, RespondToCalls},
    care::duty::{CentreDuty, Colleague, DutyPage, DutyStatement, STATEMENT_HOURS, Shift, hours},
    ids::{AccountId, OrganisationId, RotaId},
};

/// Who may be on duty: dispatchers and responders.
pub const ON_DUTY: Access = Access::AnyStaff(&[AnswerCalls, RespondToCalls]);

/// The dispatchers of a centre who are on duty now.
///
/// # Errors
/// Errors of the database.
pub async fn on_duty(tx: &Tx, centre: OrganisationId) -> Result<Vec<AccountId>> {
    tx.fetch_values(raw_sql!(
        Postgres,
        "SELECT d.account FROM huimin_duty_of(ARRAY(
             SELECT DISTINCT m.account_id FROM membership m
              WHERE m.organisation_id = {centre} AND m.role IN ('dispatcher', 'chief_dispatcher') AND m.ended_at IS NULL))
             AS d (account) ORDER BY 1"
    ))
    .await
}

/// States that the actor is on or off duty for twelve hours, or that the rota applies. Also confirms their presence.
///
/// # Errors
/// [`Problem::Forbidden`] and [`Problem::SignInFirst`] for everyone but dispatchers and responders.
pub async fn set_duty(store: &Store, actor: &Actor, said: DutyStatement) -> Result<()> {
    store.gate.enter(ON_DUTY, actor)?;
    let tx = store.write(actor).await?;
    let (account, on_duty, hours) = (actor.signed_in()?, said.stored(), STATEMENT_HOURS);
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_duty (account_id, on_duty, until, seen_at)
         VALUES ({account}, {on_duty}, CASE WHEN {on_duty}::boolean IS NOT NULL THEN huimin_now() + make_interval(hours => {hours}) END,
                 huimin_now())
         ON CONFLICT (account_id) DO UPDATE
            SET on_duty = excluded.on_duty, until = excluded.until, seen_at = excluded.seen_at, absent_at = NULL"
    ))
    .await?;
    tx.commit().await
}

/// Confirms the actor's presence: by the presence check, or by any other action at the board.
///
/// # Errors
/// As [`set_duty`].
pub async fn confirm_presence(store: &Store, actor: &Actor) -> Result<()> {
    store.gate.enter(ON_DUTY, actor)?;
    let tx = store.write(actor).await?;
    let account = actor.signed_in()?;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_duty (account_id, seen_at) VALUES ({account}, huimin_now())
         ON CONFLICT (account_id) DO UPDATE SET seen_at = excluded.seen_at, absent_at = NULL"
    ))
    .await?;
    tx.commit().await
}

/// The actor did not answer the presence check: not reachable, from the first time on, until they confirm their presence.
///
/// # Errors
/// As [`set_duty`].
pub async fn mark_absent(store: &Store, actor: &Actor) -> Result<()> {
    store.gate.enter(ON_DUTY, actor)?;
    let tx = store.write(actor).await?;
    let account = actor.signed_in()?;
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_duty (account_id, absent_at) VALUES ({account}, huimin_now())
         ON CONFLICT (account_id) DO UPDATE SET absent_at = coalesce(care_duty.absent_at, excluded.absent_at)"
    ))
    .await?;
    tx.commit().await
}

#[derive(FromQueryResult)]
struct MemberRow {
    organisation_id: OrganisationId,
    account_id: AccountId,
    name: Option<String>,
    role: String,
    on_duty: bool,
    absent_at: Option<DbInstant>,
    seen_at: Option<DbInstant>,
    said: Option<bool>,
    until: Option<DbInstant>,
}

impl MemberRow {
    /// What they stated against the rota, and until when.
    fn statement(&self) -> Option<(bool, Option<jiff::Timestamp>)> {
        self.said.map(|on| (on, self.until.map(DbInstant::timestamp)))
    }

    fn to_view(&self) -> Colleague {
        Colleague {
            account: self.account_id,
            name: self.name.clone().unwrap_or_default(),
            role: self.role.clone(),
            on_duty: self.on_duty,
            absent_since: self.absent_at.map(DbInstant::timestamp),
            seen_at: self.seen_at.map(DbInstant::timestamp),
            said: self.statement(),
        }
    }
}

#[derive(FromQueryResult)]
struct ShiftRow {
    organisation_id: OrganisationId,
    id: RotaId,
    account_id: AccountId,
    name: Option<String>,
    weekday: i16,
    from_minute: i16,
    to_minute: i16,
}

impl ShiftRow {
    fn to_view(&self) -> Shift {
        Shift {
            id: self.id,
            account: self.account_id,
            name: self.name.clone().unwrap_or_default(),
            weekday: self.weekday,
            from_minute: self.from_minute,
            to_minute: self.to_minute,
        }
    }
}

/// The members of these centres, each once: in the highest role they hold there.
async fn members(tx: &Tx, centres: &[OrganisationId]) -> Result<Vec<MemberRow>> {
    let centres = centres.to_vec();
    tx.fetch_all(raw_sql!(
        Postgres,
        "WITH staff AS (
            SELECT DISTINCT ON (m.organisation_id, m.account_id) m.organisation_id, m.account_id, m.role
              FROM membership m WHERE m.organisation_id = ANY({centres}) AND m.ended_at IS NULL
               AND m.role IN ('chief_dispatcher', 'dispatcher', 'responder') AND huimin_staff_name(m.account_id) IS NOT NULL
             ORDER BY m.organisation_id, m.account_id, m.role),
         duty AS (SELECT huimin_duty_of(ARRAY(SELECT DISTINCT account_id FROM staff)) AS account_id)
         SELECT s.organisation_id, s.account_id, huimin_staff_name(s.account_id) AS name, s.role, d.account_id IS NOT NULL AS on_duty,
                c.absent_at, c.seen_at, CASE WHEN c.until IS NULL OR c.until > huimin_now() THEN c.on_duty END AS said, c.until
           FROM staff s LEFT JOIN duty d ON d.account_id = s.account_id LEFT JOIN care_duty c ON c.account_id = s.account_id
          ORDER BY s.role = 'responder', d.account_id IS NULL, name, s.account_id"
    ))
    .await
}

async fn shifts(tx: &Tx, centres: &[OrganisationId]) -> Result<Vec<ShiftRow>> {
    let centres = centres.to_vec();
    tx.fetch_all(raw_sql!(
        Postgres,
        "SELECT r.organisation_id, r.id, r.account_id, huimin_staff_name(r.account_id) AS name, r.weekday, r.from_minute, r.to_minute
           FROM care_rota r WHERE r.organisation_id = ANY({centres}) ORDER BY r.weekday, r.from_minute, name, r.id"
    ))
    .await
}

/// Duty at the actor's own centres: three statements.
///
/// # Errors
/// [`Problem::Forbidden`] and [`Problem::SignInFirst`] for everyone but dispatchers.
pub async fn page(store: &Store, actor: &Actor) -> Result<DutyPage> {
    store.gate.enter(Access::Staff(AnswerCalls), actor)?;
    let mine = actor.organisations_where(AnswerCalls);
    let led = actor.organisations_where(LeadCentre);
    let tx = store.read(actor).await?;
    let centres = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(mine.clone()))
        .order_by_asc(organisation::Column::Code)
        .all(&tx)
        .await?;
    let members = members(&tx, &mine).await?;
    let shifts = shifts(&tx, &mine).await?;
    let me = members.iter().find(|p| Some(p.account_id) == actor.account);
    let centres = centres.into_iter().map(|centre| CentreDuty {
        leads: led.contains(&centre.id),
        people: members.iter().filter(|p| p.organisation_id == centre.id).map(MemberRow::to_view).collect(),
        shifts: shifts.iter().filter(|s| s.organisation_id == centre.id).map(ShiftRow::to_view).collect(),
        centre: centre.id,
        name_zh: centre.name_zh,
        name_en: centre.name_en,
    });
    Ok(DutyPage {
        centres: centres.collect(),
        on_duty: me.is_some_and(|p| p.on_duty),
        said: me.and_then(MemberRow::statement),
        absent_since: me.and_then(|p| p.absent_at).map(DbInstant::timestamp),
    })
}

/// Adds a shift to the rota of a centre the actor leads. For the hours as typed see [`hours`].
///
/// # Errors
/// [`Problem::Forbidden`] for another centre; [`Problem::Invalid`] naming `account`, `weekday`, `from` or `to`.
pub async fn add_shift(
    store: &Store,
    actor: &Actor,
    centre: OrganisationId,
    account: &str,
    (weekday, from, to): (&str, &str, &str),
) -> Result<()> {
    require_lead(store, actor, centre)?;
    let (weekday, from, to) = hours(weekday, from, to)?;
    let not_an_option = || Problem::field("account", FieldErrorKind::NotAnOption);
    let account: AccountId = account.parse().map_err(|_| not_an_option())?;
    let tx = store.write(actor).await?;
    let works_here = membership::Entity::current_of(account).filter(membership::Column::OrganisationId.eq(centre));
    if !works_here.exists(&tx).await? {
        return Err(not_an_option().into());
    }
    let overlapping = care_rota::Entity::find()
        .filter(care_rota::Column::AccountId.eq(account))
        .filter(care_rota::Column::Weekday.eq(weekday))
        .filter(care_rota::Column::FromMinute.lt(to))
        .filter(care_rota::Column::ToMinute.gt(from));
    if overlapping.exists(&tx).await? {
        return Err(Problem::field("from", FieldErrorKind::AlreadyTaken).into());
    }
    care_rota::Entity::insert(care_rota::ActiveModel {
        id: Set(new_id()),
        organisation_id: Set(centre),
        account_id: Set(account),
        weekday: Set(weekday),
        from_minute: Set(from),
        to_minute: Set(to),
    })
    .exec_without_returning(&tx)
    .await?;
    tx.commit().await
}

/// Removes a shift from the rota of a centre the actor leads. Repeating it changes nothing.
///
/// # Errors
/// [`Problem::Forbidden`] for another centre.
pub async fn remove_shift(store: &Store, actor: &Actor, centre: OrganisationId, shift: RotaId) -> Result<()> {
    require_lead(store, actor, centre)?;
    let tx = store.write(actor).await?;
    care_rota::Entity::delete_many()
        .filter(care_rota::Column::Id.eq(shift))
        .filter(care_rota::Column::OrganisationId.eq(centre))
        .exec(&tx)
        .await?;
    tx.commit().await
}

fn require_lead(store: &Store, actor: &Actor, centre: OrganisationId) -> Result<(), Problem> {
    store.gate.enter(Access::Staff(LeadCentre), actor)?;
    if actor.organisations_where(LeadCentre).contains(&centre) { Ok(()) } else { Err(Problem::Forbidden) }
}
