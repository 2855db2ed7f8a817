//! Absences (缺勤) of staff, which the assignment of cases respects. Staff enter their own, supervisors also those of the
//! department.

use super::entity::{absence, membership};
use crate::access::actor::Actor;
use crate::{
    AppState,
    error::{EXCLUSION_VIOLATION, Result, problem_on},
    store::{DbDate, Tx, new_id},
};
use jiff::civil::Date;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, SelectExt, raw_sql};
use shared::{
    FieldErrorKind, Problem,
    account::Permission::{self, DecideCases},
    ids::{AbsenceId, AccountId},
};

/// Maximum number of days of one absence.
const MAX_DAYS: i32 = 366;

/// An absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Its id, for [`remove`].
    pub id: AbsenceId,
    /// The absent member of staff.
    pub account: AccountId,
    /// Their name.
    pub staff_name: String,
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

#[derive(FromQueryResult)]
struct Row {
    id: AbsenceId,
    account_id: AccountId,
    staff_name: Option<String>,
    first: DbDate,
    last: DbDate,
}

/// Absences that have not ended: the actor's own and, for supervisors, those of the department.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::Forbidden`] unless the actor is staff.
pub async fn list(state: &AppState, actor: &Actor) -> Result<Vec<Absence>> {
    require_staff(actor)?;
    let tx = state.store.read(actor).await?;
    let rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT a.id, a.account_id, huimin_staff_name(a.account_id) AS staff_name, lower(a.days) AS first, upper(a.days) - 1 AS last
             FROM absence a WHERE upper(a.days) > huimin_today() ORDER BY a.days, a.id"
        ))
        .await?;
    Ok(rows
        .into_iter()
        .map(|r| Absence {
            id: r.id,
            account: r.account_id,
            staff_name: r.staff_name.unwrap_or_default(),
            first: r.first.date(),
            last: r.last.date(),
        })
        .collect())
}

/// Accounts whose absences the actor may enter, by name: their own and, for supervisors, those of the department.
///
/// # Errors
/// As [`list`].
pub async fn list_people(state: &AppState, actor: &Actor) -> Result<Vec<(AccountId, String)>> {
    require_staff(actor)?;
    let (me, departments) = (actor.account, actor.organisations_where(DecideCases));
    let tx = state.store.read(actor).await?;
    let rows: Vec<(AccountId, Option<String>)> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT DISTINCT account_id, huimin_staff_name(account_id) AS name FROM membership
             WHERE ended_at IS NULL AND (account_id = {me} OR organisation_id = ANY({departments})) ORDER BY name, account_id"
        ))
        .await?;
    Ok(rows.into_iter().map(|(account, name)| (account, name.unwrap_or_default())).collect())
}

/// Enters an absence from `first` to `last`, both included.
///
/// # Errors
/// [`Problem::Invalid`]: `last` before `first`, before today or more than a year after `first`; `first` if the absence
/// overlaps another. [`Problem::Forbidden`] for an account outside the actor's department.
pub async fn add(state: &AppState, actor: &Actor, account: AccountId, first: Date, last: Date) -> Result<AbsenceId> {
    require_staff(actor)?;
    let tx = state.store.write(actor).await?;
    require_access(&tx, actor, account).await?;
    let earliest = first.max(tx.now().await?.today());
    if last < earliest {
        return Err(Problem::field("last", FieldErrorKind::DateBefore { first: earliest.to_string() }).into());
    }
    let longest = first.saturating_add(jiff::Span::new().days(MAX_DAYS));
    if last > longest {
        return Err(Problem::field("last", FieldErrorKind::DateAfter { last: longest.to_string() }).into());
    }
    let id: AbsenceId = new_id();
    let (first_day, last_day) = (DbDate::from(first), DbDate::from(last));
    tx.execute_raw(raw_sql!(
        Postgres,
        "INSERT INTO absence (id, account_id, days) VALUES ({id}, {account}, daterange({first_day}, {last_day}, '[]'))"
    ))
    .await
    // Absences of one account must not overlap.
    .map_err(problem_on(EXCLUSION_VIOLATION, Problem::field("first", FieldErrorKind::AlreadyTaken)))?;
    tx.commit().await?;
    Ok(id)
}

/// Removes an absence.
///
/// # Errors
/// [`Problem::NotFound`] for an absence the actor may not see; [`Problem::Forbidden`] outside their department.
pub async fn remove(state: &AppState, actor: &Actor, absence: AbsenceId) -> Result<()> {
    require_staff(actor)?;
    let tx = state.store.write(actor).await?;
    let found = absence::Entity::find_by_id(absence).one(&tx).await?.ok_or(Problem::NotFound)?;
    require_access(&tx, actor, found.account_id).await?;
    absence::Entity::delete_by_id(absence).exec(&tx).await?;
    tx.commit().await
}

fn require_staff(actor: &Actor) -> Result<(), Problem> {
    actor.signed_in()?;
    if !actor.second_factor && !actor.memberships.is_empty() {
        return Err(Problem::SecondFactorFirst);
    }
    if actor.may(Permission::WorkOnCases) { Ok(()) } else { Err(Problem::Forbidden) }
}

/// Requires that the account is the actor's own or works in a department the actor supervises.
async fn require_access(tx: &Tx, actor: &Actor, account: AccountId) -> Result<()> {
    let departments = actor.organisations_where(DecideCases);
    let is_own = actor.account == Some(account);
    let in_department = membership::Entity::current_of(account).filter(membership::Column::OrganisationId.is_in(departments));
    if is_own || in_department.exists(tx).await? { Ok(()) } else { Err(Problem::Forbidden.into()) }
}
