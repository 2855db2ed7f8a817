//! How an account of the demo is written, whoever it is for.

use super::{id_of, sql_error};
use crate::{
    account::contact::Contact,
    error::Result,
    vault::{Vault, sha256},
};
use data_encoding::BASE32_NOPAD;
use shared::{
    account::{Email, Phone},
    ids::{AccountId, PersonId},
};
use sqlx::PgConnection;
use std::collections::HashSet;
use uuid::Uuid;

/// The password of every account of the demo. It opens nothing where the demo flag is not set.
pub const PASSWORD: &str = "Donghu-Lotus-4201-Demo";

/// An account to be written.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) email: Email,
    pub(super) phone: Option<Phone>,
    pub(super) person: Option<PersonId>,
    /// How staff are named; residents have none, and no second factor.
    pub(super) staff_name: Option<String>,
    /// Elder mode (长辈版).
    pub(super) elder: bool,
}

impl Account {
    /// The account with this mailbox of the demo's domain.
    pub(super) fn new(email: Email) -> Self {
        Self { id: id_of("account", email.as_str()), email, phone: None, person: None, staff_name: None, elder: false }
    }
}

/// The second factor of a member of staff: the same in every demo, so that it can be printed in the README.
pub(super) fn totp_secret(email: &Email) -> Vec<u8> {
    sha256(&[b"huimin.demo.totp|", email.as_str().as_bytes()]).into_iter().take(20).collect()
}

/// The same as people type it into their app.
pub(super) fn totp_text(email: &Email) -> String {
    BASE32_NOPAD.encode(&totp_secret(email))
}

/// Which accounts of the demo are there, so that a second run does nothing.
pub(super) async fn there(connection: &mut PgConnection) -> Result<HashSet<AccountId>> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM account WHERE demo").fetch_all(connection).await.map_err(sql_error)?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Writes an account with this password hash.
pub(super) async fn write(connection: &mut PgConnection, vault: &Vault, a: &Account, password_hash: &str) -> Result<()> {
    let email = Contact::Email(a.email.clone());
    let phone = a.phone.clone().map(Contact::Phone);
    let totp = match &a.staff_name {
        Some(_) => Some(vault.seal("account.totp", a.id, &totp_secret(&a.email))?),
        None => None,
    };
    sqlx::query(
        "INSERT INTO account (id, phone_sealed, phone_index, email_sealed, email_index, password_hash, person_id, staff_name,
             totp_sealed, elder, demo) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true)",
    )
    .bind(a.id.uuid())
    .bind(phone.as_ref().map(|p| p.seal(vault, a.id)).transpose()?)
    .bind(phone.as_ref().map(|p| p.index(vault)))
    .bind(email.seal(vault, a.id)?)
    .bind(email.index(vault))
    .bind(password_hash)
    .bind(a.person.map(PersonId::uuid))
    .bind(&a.staff_name)
    .bind(totp)
    .bind(a.elder)
    .execute(connection)
    .await
    .map_err(sql_error)?;
    Ok(())
}
