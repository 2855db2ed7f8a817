//! The demo city (演示城市): districts, departments and dispatch centres with staff, a population register, residents with
//! accounts, applications in every state and emergency calls of the last weeks. All data lie in the ranges reserved for demos
//! (`shared::account::demo`), are the same for the same number of people, and exist only with the demo flag.

mod accounts;
mod answers;
mod block;
mod care;
mod cases;
mod demo_city;
mod districts;
mod firms;
mod names;
mod organisations;
mod people;
mod population;
mod register;
mod residents;
mod rng;
mod scenarios;
mod staff;
mod support;

pub use accounts::{DemoAccount, PASSWORD};
pub use block::{BLOCK, REFERENCE};
pub use care::elders::button;
pub use demo_city::{Counts, DemoCity};
pub use organisations::CITY;

use crate::{
    AppState,
    account::password,
    error::{Error, Result},
};
use sqlx::PgPool;
use support::{contact_error, sql_error};

/// The advisory lock that is held while seeding: the bytes of "hmseed".
const LOCK: i64 = 0x686d_7365_6564;

/// Creates the missing parts of the demo city for at least so many people, in full blocks of a thousand. Seeding again
/// changes nothing. `owner` needs at least two connections as the owner of the tables.
///
/// # Errors
/// Without the demo flag; when the database or the vault fails.
pub async fn seed(owner: &PgPool, state: &AppState, people: u32) -> Result<DemoCity> {
    make(owner, state, people, true).await
}

/// As [`seed`], without cases and calls, for tests that create their own.
///
/// # Errors
/// As [`seed`].
#[cfg(any(test, feature = "testing"))]
pub async fn seed_people(owner: &PgPool, state: &AppState, people: u32) -> Result<DemoCity> {
    make(owner, state, people, false).await
}

async fn make(owner: &PgPool, state: &AppState, people: u32, with_cases: bool) -> Result<DemoCity> {
    if !state.config.demo {
        return Err(Error::Broken("the demo city exists only with --demo".to_owned()));
    }
    // A transaction holds the lock, so that it is released in every case.
    let mut guard = owner.begin().await.map_err(sql_error)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *guard).await.map_err(sql_error)?;
    let vault = &state.store.vault;
    let today: time::Date = sqlx::query_scalar("SELECT huimin_today()").fetch_one(&mut *guard).await.map_err(sql_error)?;

    districts::write(owner).await?;
    organisations::write(owner).await?;
    let people = register::write(owner, vault, people, crate::store::to_civil_date(today)).await?;

    let staff = staff::all().map_err(contact_error)?;
    let first = population::Population::default().next().and_then(std::result::Result::ok).unwrap_or_default();
    let holders = residents::all(&first).map_err(contact_error)?;
    let mut tx = owner.begin().await.map_err(sql_error)?;
    let existing = accounts::existing(&mut tx).await?;
    if existing.len() < staff.len() + holders.len() {
        let hash = password::hash(PASSWORD).await?;
        staff::write(&mut tx, vault, &existing, &hash, &staff).await?;
        residents::write(&mut tx, vault, &existing, &hash, &holders).await?;
        care::write_people(&mut tx, vault, &existing, &staff, &holders, &first).await?;
    }
    firms::products(&mut tx).await?;
    tx.commit().await.map_err(sql_error)?;
    let day = crate::store::to_civil_date(today);
    let firms = firms::all(&first, &holders, day)?;
    firms::register(owner, vault, &firms, day).await?;
    care::write_profiles(state, &holders, &first).await?;
    let (mut cases, mut calls) = (0, 0);
    if with_cases {
        firms::demands(owner, state, &firms, &holders).await?;
        cases = cases::write(owner, state, &staff, &holders, &first).await?;
        calls = care::write_calls(owner, state, &staff, &holders, &first).await?;
    }
    guard.commit().await.map_err(sql_error)?;

    let counts =
        Counts { organisations: organisations::all().len(), staff: staff.len(), people, residents: holders.len(), cases, calls };
    let accounts = residents::printed(&holders).into_iter().chain(staff::printed(&staff)).collect();
    Ok(DemoCity { accounts, counts })
}
