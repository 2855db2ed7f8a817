//! Reads of the population register (人口库). The access log is written in the same statement, so the transaction of a read
//! must be committed even if its result is not used.

use crate::{
    Vault,
    error::Result,
    registry::entity::register_person,
    store::{Tx, new_id},
    vault::VaultError,
};
use jiff::civil::Date;
use sea_orm::raw_sql;
use shared::{
    Lang,
    account::{Phone, ResidentId, Sex},
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
    /// The purpose and its legal basis.
    pub purpose: &'static Purpose,
    /// The fields that are used: keys of [`shared::registry::facts::FACTS`], and `kinship`.
    pub fields: &'a [&'a str],
    /// The case it is read for.
    pub case: Option<CaseId>,
}

/// The entry of a person in the register.
#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    /// The name (姓名).
    pub name: String,
    /// The sex (性别).
    pub sex: Sex,
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
    /// Registered, deceased or moved away.
    pub status: ResidentStatus,
    /// The agency that keeps the entry, in Chinese.
    pub agency_zh: String,
    /// The agency in English.
    pub agency_en: String,
    /// The day on which the entry was confirmed.
    pub as_of: Date,
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered").field("status", &self.status).finish_non_exhaustive()
    }
}

pub(super) fn open_resident_id(vault: &Vault, entry: &register_person::Model) -> Result<String, VaultError> {
    vault.open_text(RESIDENT_ID, row_of(&entry.resident_id_index), &entry.resident_id_sealed)
}

pub(super) fn open_phone(vault: &Vault, entry: &register_person::Model) -> Result<Option<String>, VaultError> {
    let open = |sealed| vault.open_text(PHONE, row_of(&entry.resident_id_index), sealed);
    entry.phone_sealed.as_deref().map(open).transpose()
}

/// The blind index of an ID number, the key of registers and persons.
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

/// Reads an entry by the blind index of the ID number and logs the read.
pub(super) async fn read_entry(tx: &Tx, index: &[u8], reason: Reason<'_>) -> Result<Option<register_person::Model>> {
    let id: RegisterReadId = new_id();
    let (purpose, basis) = (*reason.purpose, reason.purpose.basis(Lang::Zh));
    let fields: Vec<String> = reason.fields.iter().map(|f| (*f).to_owned()).collect();
    let case = reason.case;
    tx.fetch_one(raw_sql!(Postgres, "SELECT * FROM register_read_person({id}, {index}, {purpose}, {basis}, {fields}, {case})"))
        .await
}

/// Reads a person by the blind index of their ID number and logs the read.
///
/// # Errors
/// If the database or the vault fails.
pub async fn read_person(tx: &Tx, index: &[u8], reason: Reason<'_>) -> Result<Option<Registered>> {
    let Some(entry) = read_entry(tx, index, reason).await? else { return Ok(None) };
    let phone = open_phone(&tx.vault, &entry)?.and_then(|p| Phone::parse(&p).ok());
    Ok(Some(Registered {
        name: entry.name,
        sex: entry.sex,
        born_on: entry.born_on.date(),
        district: entry.district,
        street: entry.street,
        address: entry.address,
        household: entry.household,
        household_role: entry.household_role,
        phone,
        status: entry.status,
        agency_zh: entry.agency_zh,
        agency_en: entry.agency_en,
        as_of: entry.as_of.date(),
    }))
}

/// Whether `parent` is registered as a parent of `child`, both by blind index.
///
/// # Errors
/// If the database fails.
pub async fn is_parent(tx: &Tx, parent: &[u8], child: &[u8]) -> Result<bool> {
    let known = tx.fetch_value(raw_sql!(Postgres, "SELECT register_is_parent({parent}, {child})")).await?;
    Ok(known.unwrap_or_default())
}
