//! Reading the population register (人口库). The store writes the access log in the same statement, so a read that is
//! to count must be committed, whatever comes of it.

use crate::{
    Vault,
    error::Result,
    store::{Tx, civil, new_id},
    vault::VaultError,
};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use shared::{
    Lang,
    account::{Phone, ResidentId},
    ids::{CaseId, RegisterReadId},
    registry::{Purpose, status::ResidentStatus},
};
use std::fmt;
use uuid::Uuid;

/// The context under which a phone number of the register is sealed; the row is [`row_of`].
const PHONE: &str = "register.phone";
/// The context under which an ID number of the register is sealed; the row is [`row_of`].
const RESIDENT_ID: &str = "register.resident_id";

/// Why a register is read.
#[derive(Clone, Copy, Debug)]
pub struct Reason<'a> {
    /// For what, and on what legal basis.
    pub purpose: &'static Purpose,
    /// What is used of it: keys of [`shared::registry::facts::FACTS`], and `kinship`.
    pub fields: &'a [&'a str],
    /// For which case.
    pub case: Option<CaseId>,
}

/// What the register says of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    /// The name (姓名).
    pub name: String,
    /// `female` or `male`.
    pub sex: String,
    /// The date of birth (出生日期).
    pub born_on: Date,
    /// The district (区), GB/T 2260.
    pub district: String,
    /// The street (街道).
    pub street: String,
    /// The rest of the address.
    pub address: String,
    /// The household register number (户号).
    pub household: String,
    /// The relation to the head of household (与户主关系, GB/T 4761).
    pub household_role: String,
    /// The mobile number.
    pub phone: Option<Phone>,
    /// Alive, deceased or moved away.
    pub status: ResidentStatus,
    /// The agency that answers for it, in Chinese.
    pub agency_zh: String,
    /// The agency that answers for it, in English.
    pub agency_en: String,
    /// The day as of which it holds.
    pub as_of: Date,
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered").field("status", &self.status).finish_non_exhaustive()
    }
}

/// An entry of the register as stored.
#[derive(FromQueryResult)]
pub(super) struct Row {
    resident_id_sealed: Vec<u8>,
    pub(super) name: String,
    pub(super) sex: String,
    pub(super) born_on: time::Date,
    pub(super) district: String,
    pub(super) street: String,
    pub(super) address: String,
    pub(super) household: String,
    pub(super) household_role: String,
    phone_sealed: Option<Vec<u8>>,
    pub(super) status: ResidentStatus,
    pub(super) agency_zh: String,
    pub(super) agency_en: String,
    pub(super) as_of: time::Date,
}

impl Row {
    pub(super) fn resident_id(&self, vault: &Vault, index: &[u8]) -> Result<String, VaultError> {
        vault.open_text(RESIDENT_ID, row_of(index), &self.resident_id_sealed)
    }

    pub(super) fn phone(&self, vault: &Vault, index: &[u8]) -> Result<Option<String>, VaultError> {
        self.phone_sealed.as_ref().map(|sealed| vault.open_text(PHONE, row_of(index), sealed)).transpose()
    }
}

/// The blind index of an ID number, by which registers and persons are found.
#[must_use]
pub fn index_of(vault: &Vault, id: &ResidentId) -> Vec<u8> {
    vault.index("resident_id", id.as_str())
}

/// The row to which sealed fields of the register are bound: the first 16 bytes of the blind index.
#[must_use]
pub fn row_of(index: &[u8]) -> Uuid {
    index.first_chunk::<16>().map_or(Uuid::nil(), |bytes| Uuid::from_bytes(*bytes))
}

/// Seals a phone number for `register.person.phone_sealed`.
///
/// # Errors
/// As [`Vault::seal`].
pub fn seal_phone(vault: &Vault, index: &[u8], phone: &Phone) -> Result<Vec<u8>, VaultError> {
    vault.seal(PHONE, row_of(index), phone.as_str().as_bytes())
}

/// Seals an ID number for `register.person.resident_id_sealed`.
///
/// # Errors
/// As [`Vault::seal`].
pub fn seal_resident_id(vault: &Vault, index: &[u8], id: &ResidentId) -> Result<Vec<u8>, VaultError> {
    vault.seal(RESIDENT_ID, row_of(index), id.as_str().as_bytes())
}

/// Looks an entry up by the blind index of the ID number, and logs it.
pub(super) async fn entry(tx: &Tx, index: &[u8], reason: Reason<'_>) -> Result<Option<Row>> {
    let fields: Vec<String> = reason.fields.iter().map(|f| (*f).to_owned()).collect();
    tx.one(
        "SELECT * FROM register_read_person($1, $2, $3, $4, $5, $6)",
        [
            new_id::<RegisterReadId>().into(),
            index.to_vec().into(),
            reason.purpose.code().into(),
            reason.purpose.basis(Lang::Zh).into(),
            fields.into(),
            reason.case.into(),
        ],
    )
    .await
}

/// Looks a person up by the blind index of their ID number, and logs it.
///
/// # Errors
/// What the store or the vault says.
pub async fn person(tx: &Tx, index: &[u8], reason: Reason<'_>) -> Result<Option<Registered>> {
    let Some(row) = entry(tx, index, reason).await? else { return Ok(None) };
    let phone = row.phone(&tx.vault, index)?.and_then(|p| Phone::parse(&p).ok());
    Ok(Some(Registered {
        name: row.name,
        sex: row.sex,
        born_on: civil(row.born_on),
        district: row.district,
        street: row.street,
        address: row.address,
        household: row.household,
        household_role: row.household_role,
        phone,
        status: row.status,
        agency_zh: row.agency_zh,
        agency_en: row.agency_en,
        as_of: civil(row.as_of),
    }))
}

/// Whether the register knows `parent` as a parent of `child`, both by blind index.
///
/// # Errors
/// What the store says.
pub async fn is_parent(tx: &Tx, parent: &[u8], child: &[u8]) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Answer {
        known: bool,
    }
    let answer: Option<Answer> =
        tx.one("SELECT register_is_parent($1, $2) AS known", [parent.to_vec().into(), child.to_vec().into()]).await?;
    Ok(answer.is_some_and(|a| a.known))
}
