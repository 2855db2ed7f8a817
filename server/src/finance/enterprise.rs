//! Firms: claimed by their legal representative, checked against the register of legal entities.

use crate::{
    AppState, Store,
    account::{actor::Actor, gate::Access, throttle},
    error::{Error, Result},
    store::{Tx, civil},
};
use sea_orm::FromQueryResult;
use shared::{Complaint, Problem, account::Uscc, finance::view::Enterprise, registry::purposes::ENTERPRISE};
use uuid::Uuid;

/// Claims a person may try a day: enough for slips, too few to look for firms.
const CLAIMS_A_DAY: u32 = 20;

#[derive(FromQueryResult)]
pub(super) struct Row {
    id: Uuid,
    code: String,
    name: String,
    district: String,
    industry: String,
    registered_on: time::Date,
}

impl Row {
    pub(super) fn view(self) -> Enterprise {
        Enterprise {
            id: self.id.to_string(),
            code: self.code,
            name: self.name,
            district: self.district,
            industry: self.industry,
            registered_on: civil(self.registered_on),
        }
    }
}

const COLUMNS: &str = "id, code, name, district, industry, registered_on";

/// The person who represents firms: oneself, never somebody by a family member's mandate.
fn representative(actor: &Actor) -> Result<Uuid, Problem> {
    actor.signed_in()?;
    if actor.acting_for.is_some() {
        return Err(Problem::Forbidden);
    }
    actor.person.ok_or(Problem::RealNameFirst)
}

/// Claims a firm for its legal representative; claimed already by the same person, it is theirs as before.
///
/// # Errors
/// [`Problem::Invalid`] naming `code`; [`Problem::TooMany`]; [`Problem::RealNameFirst`]; [`Problem::Forbidden`] while acting
/// for a family member.
pub async fn claim(city: &AppState, actor: &Actor, code: &str) -> Result<Uuid> {
    let person = representative(actor)?;
    let account = actor.signed_in()?;
    if code.trim().is_empty() {
        return Err(Problem::field("code", Complaint::Required).into());
    }
    let code = Uscc::parse(code).map_err(|fault| Problem::field("code", fault.into()))?;
    throttle::allow(&city.store, &format!("enterprise:{account}"), CLAIMS_A_DAY, 86_400).await?;
    let tx = city.store.write(actor).await?;
    let entry = entry(&tx, person, &code).await?;
    let claimed = match entry {
        Some(entry) => Some(keep(&tx, person, account, &code, entry).await?),
        None => None,
    };
    // That the register was read stays on record, whatever came of it.
    tx.commit().await?;
    claimed.ok_or_else(|| Problem::field("code", Complaint::NotRepresentative).into())
}

#[derive(FromQueryResult)]
struct Entry {
    name: String,
    district: String,
    industry: String,
    registered_on: time::Date,
}

async fn entry(tx: &Tx, person: Uuid, code: &Uscc) -> Result<Option<Entry>> {
    tx.one(
        "SELECT r.* FROM person p, register_claim_entity($1, $2, p.resident_id_index, $3, $4) r WHERE p.id = $5",
        [Uuid::now_v7().into(), code.as_str().into(), ENTERPRISE.code.into(), ENTERPRISE.basis_zh.into(), person.into()],
    )
    .await
}

async fn keep(tx: &Tx, person: Uuid, account: Uuid, code: &Uscc, entry: Entry) -> Result<Uuid> {
    tx.run(
        "INSERT INTO enterprise (id, code, name, district, industry, registered_on, representative_id, claimed_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code) DO NOTHING",
        [
            Uuid::now_v7().into(),
            code.as_str().into(),
            entry.name.into(),
            entry.district.into(),
            entry.industry.into(),
            entry.registered_on.into(),
            person.into(),
            account.into(),
        ],
    )
    .await?;
    let row: Option<Row> = tx.one(&format!("SELECT {COLUMNS} FROM enterprise WHERE code = $1"), [code.as_str().into()]).await?;
    // One code, one firm: whoever represented it before keeps it until that is settled.
    Ok(row.ok_or_else(|| Error::from(Problem::field("code", Complaint::AlreadyTaken)))?.id)
}

/// The firms of the person.
///
/// # Errors
/// As for [`claim`], but for the code.
pub async fn mine(store: &Store, actor: &Actor) -> Result<Vec<Enterprise>> {
    store.gate.enter(Access::Verified, actor)?;
    let person = representative(actor)?;
    let tx = store.read(actor).await?;
    let rows: Vec<Row> =
        tx.all(&format!("SELECT {COLUMNS} FROM enterprise WHERE representative_id = $1 ORDER BY id"), [person.into()]).await?;
    Ok(rows.into_iter().map(Row::view).collect())
}

/// The firm acted for from now on; none: oneself.
///
/// # Errors
/// [`Problem::NotFound`] for a firm that is not theirs.
pub async fn act_for(store: &Store, actor: &Actor, enterprise: Option<Uuid>) -> Result<Option<Uuid>> {
    let Some(wanted) = enterprise else { return Ok(None) };
    let all = mine(store, actor).await?;
    if all.iter().any(|e| e.id == wanted.to_string()) { Ok(Some(wanted)) } else { Err(Problem::NotFound.into()) }
}

/// The firm that is acted for.
///
/// # Errors
/// [`Problem::Forbidden`] when none is.
pub(super) async fn acted_for(tx: &Tx, actor: &Actor) -> Result<Row> {
    let person = representative(actor)?;
    let wanted = actor.enterprise.ok_or(Problem::Forbidden)?;
    let row: Option<Row> = tx
        .one(
            &format!("SELECT {COLUMNS} FROM enterprise WHERE id = $1 AND representative_id = $2"),
            [wanted.into(), person.into()],
        )
        .await?;
    row.ok_or_else(|| Problem::Forbidden.into())
}

impl Row {
    pub(super) const fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn of_demand(&self) -> (String, String, time::Date) {
        (self.district.clone(), self.industry.clone(), self.registered_on)
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }
}
