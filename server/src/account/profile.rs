//! What an account shows its owner. Everything personal is masked.

use super::actor::Actor;
use crate::{AppState, error::Result};
use sea_orm::FromQueryResult;
use shared::{
    Lang, Problem,
    account::{Email, Phone, ResidentId},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// The person behind an account, once the real-name check is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealName {
    /// The name in full.
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
    /// How colleagues and residents see a member of staff.
    pub staff_name: Option<String>,
    /// Set by the real-name check.
    pub real_name: Option<RealName>,
    /// Whether there is an authenticator.
    pub has_totp: bool,
    /// The language.
    pub lang: Lang,
    /// Elder mode.
    pub elder: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

#[derive(FromQueryResult)]
struct Row {
    phone_sealed: Option<Vec<u8>>,
    email_sealed: Option<Vec<u8>>,
    staff_name: Option<String>,
    has_totp: bool,
    lang: String,
    elder: bool,
    created_at: OffsetDateTime,
    person_id: Option<Uuid>,
    name_sealed: Option<Vec<u8>>,
    resident_id_sealed: Option<Vec<u8>>,
}

/// The profile of the signed-in account.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn profile(city: &AppState, actor: &Actor) -> Result<Profile> {
    let account = actor.signed_in()?;
    let tx = city.store.read(actor).await?;
    let row: Option<Row> = tx
        .one(
            "SELECT a.phone_sealed, a.email_sealed, a.staff_name, a.totp_sealed IS NOT NULL AS has_totp, a.lang, a.elder,
                    a.created_at, p.id AS person_id, p.name_sealed, p.resident_id_sealed
             FROM account a LEFT JOIN person p ON p.id = a.person_id AND a.person_id = $2
             WHERE a.id = $1 AND a.disabled_at IS NULL",
            [account.into(), actor.person.into()],
        )
        .await?;
    let row = row.ok_or(Problem::SignInFirst)?;
    let vault = &city.store.vault;
    let phone = row.phone_sealed.map(|s| vault.open_text("account.phone", account, &s)).transpose()?;
    let email = row.email_sealed.map(|s| vault.open_text("account.email", account, &s)).transpose()?;
    let real_name = match (row.person_id, row.name_sealed, row.resident_id_sealed) {
        (Some(person), Some(name), Some(id)) => Some(RealName {
            name: vault.open_text("person.name", person, &name)?,
            resident_id: ResidentId::parse(&vault.open_text("person.resident_id", person, &id)?)
                .map(|id| id.masked())
                .unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(Profile {
        phone: phone.and_then(|p| Phone::parse(&p).ok()).map(|p| p.masked()),
        email: email.and_then(|e| Email::parse(&e).ok()).map(|e| e.masked()),
        staff_name: row.staff_name,
        real_name,
        has_totp: row.has_totp,
        lang: Lang::parse(&row.lang).unwrap_or_default(),
        elder: row.elder,
        created_at: row.created_at,
    })
}
