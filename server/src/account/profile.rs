//! The profile of an account as its owner sees it, with masked personal data.

use super::entity::account;
use crate::{AppState, error::Result};
use crate::{access::actor::Actor, registry::entity::person};
use shared::{
    Lang, Problem,
    account::{Email, Phone, ResidentId},
};
use time::OffsetDateTime;

/// The person of an account after the real-name check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealName {
    /// The full name.
    pub name: String,
    /// The ID number, masked.
    pub resident_id: String,
}

/// An account as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The phone, masked.
    pub phone: Option<String>,
    /// The e-mail address, masked.
    pub email: Option<String>,
    /// The name of a member of staff as colleagues and residents see it.
    pub staff_name: Option<String>,
    /// Set by the real-name check.
    pub real_name: Option<RealName>,
    /// Whether the account has an authenticator.
    pub has_totp: bool,
    /// The language.
    pub lang: Lang,
    /// Elder mode.
    pub elder: bool,
    /// When the account was created.
    pub created_at: OffsetDateTime,
}

/// The profile of the signed-in account.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn profile(state: &AppState, actor: &Actor) -> Result<Profile> {
    let account = actor.signed_in()?;
    let tx = state.store.read(actor).await?;
    let found = account::Entity::enabled(account).find_also_related(person::Entity).one(&tx).await?;
    let (row, person) = found.ok_or(Problem::SignInFirst)?;
    // Before the second factor the session has no person, and the profile shows none.
    let person = person.filter(|person| actor.person == Some(person.id));
    let vault = &state.store.vault;
    let phone = row.phone_sealed.map(|s| vault.open_text("account.phone", account, &s)).transpose()?;
    let email = row.email_sealed.map(|s| vault.open_text("account.email", account, &s)).transpose()?;
    let real_name = match person {
        Some(person) => Some(RealName {
            name: vault.open_text("person.name", person.id, &person.name_sealed)?,
            resident_id: ResidentId::parse(&vault.open_text("person.resident_id", person.id, &person.resident_id_sealed)?)
                .map(|id| id.masked())
                .unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Profile {
        phone: phone.and_then(|p| Phone::parse(&p).ok()).map(|p| p.masked()),
        email: email.and_then(|e| Email::parse(&e).ok()).map(|e| e.masked()),
        staff_name: row.staff_name,
        real_name,
        has_totp: row.totp_sealed.is_some(),
        lang: row.lang,
        elder: row.elder,
        created_at: row.created_at.into(),
    })
}
