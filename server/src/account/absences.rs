//! Absences (缺勤) of staff: queues assign around them. One enters one's own; a supervisor those of the department.

use super::actor::Actor;
use crate::{
    AppState,
    error::{Error, Result, sqlstate},
    store::{Tx, civil, stored},
};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    account::Permission::{self, DecideCases},
};
use uuid::Uuid;

/// Most days of one absence.
const MOST_DAYS: i32 = 366;

/// An absence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// Names it in [`remove`].
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// Their name.
    pub staff_name: String,
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    staff_name: Option<String>,
    first: time::Date,
    last: time::Date,
}

/// Absences that have not ended: one's own and, for supervisors, of the department.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::Forbidden`] for anybody but staff.
pub async fn list(city: &AppState, actor: &Actor) -> Result<Vec<Absence>> {
    staff(actor)?;
    let tx = city.store.read(actor).await?;
    let rows: Vec<Row> = tx
        .all(
            "SELECT a.id, a.account_id, huimin_staff_name(a.account_id) AS staff_name, lower(a.days) AS first, upper(a.days) - 1 AS last
             FROM absence a WHERE upper(a.days) > huimin_today() ORDER BY a.days, a.id",
            [],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|r| Absence {
            id: r.id,
            account: r.account_id,
            staff_name: r.staff_name.unwrap_or_default(),
            first: civil(r.first),
            last: civil(r.last),
        })
        .collect())
}

/// Whose absences one may enter, by name: one's own and, for supervisors, of the department.
///
/// # Errors
/// As [`list`].
pub async fn people(city: &AppState, actor: &Actor) -> Result<Vec<(Uuid, String)>> {
    #[derive(FromQueryResult)]
    struct Member {
        account: Uuid,
        name: Option<String>,
    }
    staff(actor)?;
    let departments = actor.organisations_where(DecideCases);
    let tx = city.store.read(actor).await?;
    let rows: Vec<Member> = tx
        .all(
            "SELECT DISTINCT account_id AS account, huimin_staff_name(account_id) AS name FROM membership
             WHERE ended_at IS NULL AND (account_id = $1 OR organisation_id = ANY($2)) ORDER BY name, account",
            [actor.account.into(), departments.into()],
        )
        .await?;
    Ok(rows.into_iter().map(|m| (m.account, m.name.unwrap_or_default())).collect())
}

/// Enters an absence from `first` to `last`, both included.
///
/// # Errors
/// [`Problem::Invalid`]: `last` before `first`, before today or more than a year long; `first` when it overlaps another.
/// [`Problem::Forbidden`] for somebody outside one's department.
pub async fn set(city: &AppState, actor: &Actor, account: Uuid, first: Date, last: Date) -> Result<Uuid> {
    staff(actor)?;
    let tx = city.store.write(actor).await?;
    may_set(&tx, actor, account).await?;
    let earliest = first.max(tx.now().await?.today());
    if last < earliest {
        return Err(Problem::field("last", Complaint::DateBefore { first: earliest.to_string() }).into());
    }
    let longest = first.saturating_add(jiff::Span::new().days(MOST_DAYS));
    if last > longest {
        return Err(Problem::field("last", Complaint::DateAfter { last: longest.to_string() }).into());
    }
    let id = Uuid::now_v7();
    tx.run(
        "INSERT INTO absence (id, account_id, days) VALUES ($1, $2, daterange($3, $4, '[]'))",
        [id.into(), account.into(), stored(first).into(), stored(last).into()],
    )
    .await
    .map_err(|error| match error {
        // exclusion_violation: two absences of one person overlap.
        Error::Store(e) if sqlstate(&e).as_deref() == Some("23P01") => Problem::field("first", Complaint::AlreadyTaken).into(),
        other => other,
    })?;
    tx.commit().await?;
    Ok(id)
}

/// Takes an absence back.
///
/// # Errors
/// [`Problem::NotFound`] when it is not one's own nor of one's department.
pub async fn remove(city: &AppState, actor: &Actor, absence: Uuid) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Whose {
        account_id: Uuid,
    }
    staff(actor)?;
    let tx = city.store.write(actor).await?;
    let whose: Option<Whose> = tx.one("SELECT account_id FROM absence WHERE id = $1", [absence.into()]).await?;
    may_set(&tx, actor, whose.ok_or(Problem::NotFound)?.account_id).await?;
    tx.run("DELETE FROM absence WHERE id = $1", [absence.into()]).await?;
    tx.commit().await
}

fn staff(actor: &Actor) -> Result<(), Problem> {
    actor.signed_in()?;
    if !actor.second_factor && !actor.memberships.is_empty() {
        return Err(Problem::SecondFactorFirst);
    }
    if actor.may(Permission::WorkOnCases) { Ok(()) } else { Err(Problem::Forbidden) }
}

async fn may_set(tx: &Tx, actor: &Actor, account: Uuid) -> Result<()> {
    let mine = actor.account == Some(account);
    let departments = actor.organisations_where(DecideCases);
    let of_theirs = "SELECT FROM membership WHERE account_id = $1 AND organisation_id = ANY($2) AND ended_at IS NULL";
    if mine || tx.run(of_theirs, [account.into(), departments.into()]).await? > 0 {
        Ok(())
    } else {
        Err(Problem::Forbidden.into())
    }
}
