//! Accounts of the demo city.

use super::support::{demo_id, sql_error};
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

/// The password of every demo account. It is worthless without the demo flag.
pub const PASSWORD: &str = "Donghu-Lotus-4201-Demo";

/// A demo account to sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// The name of the person.
    pub who: String,
    /// The contact to sign in with.
    pub contact: String,
    /// The password.
    pub password: &'static str,
    /// The secret of the second factor in base 32, for staff only.
    pub totp_secret: Option<String>,
    /// The role, in both languages.
    pub role_text: String,
}

/// An account to be inserted.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) email: Email,
    pub(super) phone: Option<Phone>,
    pub(super) person: Option<PersonId>,
    /// The staff name; residents have none and no second factor.
    pub(super) staff_name: Option<String>,
    /// Elder mode (长辈版).
    pub(super) elder: bool,
}

impl Account {
    /// An account with an email address in the demo domain.
    pub(super) fn new(email: Email) -> Self {
        Self { id: demo_id("account", email.as_str()), email, phone: None, person: None, staff_name: None, elder: false }
    }
}

/// The secret of the second factor of a staff member: the same in every demo, so that it can be printed.
pub(super) fn totp_secret(email: &Email) -> Vec<u8> {
    sha256(&[b"huimin.demo.totp|", email.as_str().as_bytes()]).into_iter().take(20).collect()
}

/// The secret in the form in which it is typed into an authenticator app.
pub(super) fn totp_text(email: &Email) -> String {
    BASE32_NOPAD.encode(&totp_secret(email))
}

/// The demo accounts that exist, so that seeding again changes nothing.
pub(super) async fn existing(connection: &mut PgConnection) -> Result<HashSet<AccountId>> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM account WHERE demo").fetch_all(connection).await.map_err(sql_error)?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Inserts an account with this password hash.
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
