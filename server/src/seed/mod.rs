//! The demo city (演示城市): districts, departments and dispatch centres with staff, a population register, residents with
//! accounts, applications in every state, and calls for help of the last weeks. All of it lies in the ranges reserved for
//! demos (`shared::account::demo`), is the same for the same number of people, and exists only where the demo flag is set.

mod accounts;
mod answers;
mod care;
mod cases;
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

pub use accounts::PASSWORD;
pub use care::button;
pub use organisations::CITY;
pub use population::{BLOCK, REFERENCE};

use crate::{
    AppState,
    account::password,
    error::{Error, Result},
    vault::sha256,
};
use shared::{Complaint, Lang, Problem, texts::seed as text};
use sqlx::PgPool;
use std::fmt;
use uuid::Uuid;

/// The advisory lock under which a database is seeded: the bytes of "hmseed".
const LOCK: i64 = 0x686d_7365_6564;

/// What `huimin seed` made, or found.
#[derive(Debug)]
pub struct DemoCity {
    /// The accounts to try it with.
    pub accounts: Vec<DemoAccount>,
    /// How much there is.
    pub counts: Counts,
}

/// An account to try it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// The name.
    pub who: String,
    /// What to sign in with.
    pub contact: String,
    /// The password.
    pub password: &'static str,
    /// The secret of the second factor in base 32; staff only.
    pub totp_secret: Option<String>,
    /// What they are, in both languages.
    pub role_text: String,
}

/// How much of everything there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Organisations.
    pub organisations: usize,
    /// Members of staff.
    pub staff: usize,
    /// Entries of the population register.
    pub people: u64,
    /// Residents with an account.
    pub residents: usize,
    /// Applications.
    pub cases: usize,
    /// Calls for help.
    pub calls: usize,
}

/// Makes what is missing of the demo city with at least so many people, in full blocks of a thousand. Run again, it
/// changes nothing. `owner`: connections as the owner of the tables, at least two.
///
/// # Errors
/// Without the demo flag; what the store or the vault says.
pub async fn seed(owner: &PgPool, city: &AppState, people: u32) -> Result<DemoCity> {
    make(owner, city, people, true).await
}

/// The same without its cases: for tests that make their own.
///
/// # Errors
/// As [`seed`].
#[cfg(any(test, feature = "testing"))]
pub async fn seed_people(owner: &PgPool, city: &AppState, people: u32) -> Result<DemoCity> {
    make(owner, city, people, false).await
}

async fn make(owner: &PgPool, city: &AppState, people: u32, with_cases: bool) -> Result<DemoCity> {
    if !city.config.demo {
        return Err(Error::Broken("the demo city exists only with --demo".to_owned()));
    }
    // Held by a transaction, so that it is free again however this ends.
    let mut guard = owner.begin().await.map_err(sql_error)?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *guard).await.map_err(sql_error)?;
    let vault = &city.store.vault;
    let today: time::Date = sqlx::query_scalar("SELECT huimin_today()").fetch_one(&mut *guard).await.map_err(sql_error)?;

    districts::write(owner).await?;
    organisations::write(owner).await?;
    let people = register::write(owner, vault, people, crate::store::civil(today)).await?;

    let staff = staff::all().map_err(bad_contact)?;
    let first = population::Population::default().next().and_then(std::result::Result::ok).unwrap_or_default();
    let holders = residents::all(&first).map_err(bad_contact)?;
    let mut tx = owner.begin().await.map_err(sql_error)?;
    let there = accounts::there(&mut tx).await?;
    if there.len() < staff.len() + holders.len() {
        let hash = password::hash(PASSWORD).await?;
        staff::write(&mut tx, vault, &there, &hash, &staff).await?;
        residents::write(&mut tx, vault, &there, &hash, &holders).await?;
        care::write_people(&mut tx, vault, &there, &staff, &holders, &first).await?;
    }
    firms::products(&mut tx).await?;
    tx.commit().await.map_err(sql_error)?;
    let day = crate::store::civil(today);
    let firms = firms::all(&first, &holders, day)?;
    firms::register(owner, vault, &firms, day).await?;
    care::write_profiles(city, &holders, &first).await?;
    let (mut cases, mut calls) = (0, 0);
    if with_cases {
        firms::demands(owner, city, &firms, &holders).await?;
        cases = cases::write(owner, city, &staff, &holders, &first).await?;
        calls = care::write_calls(owner, city, &staff, &holders, &first).await?;
    }
    guard.commit().await.map_err(sql_error)?;

    let counts =
        Counts { organisations: organisations::all().len(), staff: staff.len(), people, residents: holders.len(), cases, calls };
    let accounts = residents::printed(&holders).into_iter().chain(staff::printed(&staff)).collect();
    Ok(DemoCity { accounts, counts })
}

/// A key that is the same in every demo city: a UUID of version 8 (RFC 9562, 5.8) from a hash.
fn id_of(kind: &str, key: &str) -> Uuid {
    let hash = sha256(&[b"huimin.demo|", kind.as_bytes(), b"|", key.as_bytes()]);
    uuid::Builder::from_custom_bytes(hash.first_chunk::<16>().copied().unwrap_or_default()).into_uuid()
}

fn sql_error(error: sqlx::Error) -> Error {
    Error::Store(sea_orm::DbErr::Exec(sea_orm::RuntimeErr::SqlxError(error.into())))
}

fn bad_contact(complaint: Complaint) -> Error {
    Problem::field("contact", complaint).into()
}

impl DemoCity {
    /// The name of the elder whose button is printed.
    fn elder(&self) -> &str {
        self.accounts.first().map_or("", |a| a.who.as_str())
    }
}

impl fmt::Display for DemoCity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        for lang in [Lang::Zh, Lang::En] {
            writeln!(
                f,
                "{}",
                text::counts(
                    lang,
                    text::CallsCasesOrganisationsPeopleResidentsStaff {
                        calls: counts.calls,
                        cases: counts.cases,
                        organisations: counts.organisations,
                        people: counts.people,
                        residents: counts.residents,
                        staff: counts.staff
                    }
                )
            )?;
        }
        writeln!(f)?;
        for lang in [Lang::Zh, Lang::En] {
            writeln!(f, "{} {}", text::only_for_trying(lang), text::accounts(lang, PASSWORD))?;
        }
        let width = self.accounts.iter().map(|a| a.contact.len()).max().unwrap_or(0);
        for a in &self.accounts {
            writeln!(f, "  {:width$}  {:32}  {}  {}", a.contact, a.totp_secret.as_deref().unwrap_or(""), a.who, a.role_text)?;
        }
        writeln!(f)?;
        for lang in [Lang::Zh, Lang::En] {
            writeln!(f, "{}", text::button(lang, self.elder()))?;
        }
        writeln!(f, "  {}", care::button())?;
        Ok(())
    }
}
