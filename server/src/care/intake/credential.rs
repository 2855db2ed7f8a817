//! Credentials of devices: they let a browser without a session, or an emergency button, raise an emergency
//! call for the person they belong to.
//!
//! A credential can raise calls for its own person, follow them, add a location or details, cancel them and report that the person is
//! well, and nothing else. The table stores a hash of its secret. It ends when it expires, when it is revoked, when its account is disabled,
//! and when its person is erased.

use crate::care::entity::care_device;
use crate::{
    Store,
    access::actor::{Actor, Task},
    error::Result,
    store::{Tx, db_now, new_id},
    vault::sha256,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, raw_sql};
pub use shared::care::device::DeviceKind;
use shared::ids::{AccountId, DeviceId, PersonId};
use subtle::ConstantTimeEq;

/// Days the credential of a browser lasts.
pub const BROWSER_DAYS: i32 = 365;
/// Days the credential of a button lasts: about the life of such a device.
pub const BUTTON_DAYS: i32 = 3653;
/// Maximum length of a label in characters.
const MAX_LABEL_CHARS: usize = 60;

/// A device that has presented its credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The person it calls for.
    pub person: PersonId,
    /// The account whose browser it is.
    pub account: Option<AccountId>,
    /// Its kind.
    pub kind: DeviceKind,
}

#[derive(FromQueryResult)]
struct DeviceRow {
    person_id: PersonId,
    account_id: Option<AccountId>,
    kind: DeviceKind,
    secret_hash: Vec<u8>,
}

/// The hash under which a secret is stored.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    sha256(&[b"huimin.device", secret.as_bytes()])
}

/// The parts of a credential: the id of the device and its secret.
fn parts(token: &str) -> Option<(DeviceId, &str)> {
    let (id, secret) = token.split_once('.')?;
    Some((id.parse().ok()?, secret)).filter(|(_, secret)| (32..=200).contains(&secret.len()))
}

/// The device a credential names, whether or not the credential is still valid.
#[must_use]
pub fn device_of(token: &str) -> Option<DeviceId> {
    parts(token).map(|(id, _)| id)
}

/// The device of a credential; none when it is unknown, expired or revoked, its account is disabled, or its
/// person is erased.
///
/// # Errors
/// Errors of the database.
pub async fn find(store: &Store, token: &str) -> Result<Option<Device>> {
    let Some((id, secret)) = parts(token) else { return Ok(None) };
    let tx = store.read(&Actor::system(Task::Emergency)).await?;
    let row: Option<DeviceRow> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT d.person_id, d.account_id, d.kind, d.secret_hash
               FROM care_device d JOIN person p ON p.id = d.person_id LEFT JOIN account a ON a.id = d.account_id
              WHERE d.id = {id} AND d.revoked_at IS NULL AND d.expires_at > huimin_now() AND p.erased_at IS NULL AND a.disabled_at IS NULL"
        ))
        .await?;
    Ok(row.filter(|row| hash(secret).ct_eq(&row.secret_hash).into()).map(|row| Device {
        id,
        person: row.person_id,
        account: row.account_id,
        kind: row.kind,
    }))
}

/// Registers a device of a person and returns its id and its credential, of which only a hash is stored.
pub(crate) async fn register(
    tx: &Tx,
    person: PersonId,
    account: Option<AccountId>,
    kind: DeviceKind,
    label: &str,
) -> Result<(DeviceId, String)> {
    let (id, secret) = (new_id::<DeviceId>(), hex::encode(rand::random::<[u8; 32]>()));
    let days = match kind {
        DeviceKind::Button => BUTTON_DAYS,
        DeviceKind::Browser => BROWSER_DAYS,
    };
    let label: String = label.chars().filter(|c| !c.is_control()).take(MAX_LABEL_CHARS).collect();
    let secret_hash = hash(&secret);
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_device (id, person_id, account_id, kind, label, secret_hash, expires_at)
         VALUES ({id}, {person}, {account}, {kind}, {label}, {secret_hash}, huimin_now() + make_interval(days => {days}))"
    ))
    .await?;
    Ok((id, format!("{}.{secret}", id.uuid().simple())))
}

/// Issues a credential to the browser of a signed-in resident, unless the credential that the browser holds (`held`) is
/// already theirs. A browser calls for one person, so its earlier credential is revoked. None for accounts without
/// a verified name, and for staff, whose browsers are shared.
///
/// # Errors
/// Errors of the database.
pub async fn issue_to_browser(store: &Store, actor: &Actor, held: Option<&str>, label: &str) -> Result<Option<String>> {
    let (Some(account), Some(person), true) = (actor.account, actor.person, actor.memberships.is_empty()) else {
        return Ok(None);
    };
    let held_device = match held {
        Some(token) => find(store, token).await?,
        None => None,
    };
    if held_device.as_ref().is_some_and(|d| d.person == person && d.account == Some(account)) {
        return Ok(None);
    }
    let tx = store.write(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    if let Some(held_device) = held_device.filter(|d| d.kind == DeviceKind::Browser) {
        care_device::Entity::update_many()
            .col_expr(care_device::Column::RevokedAt, db_now())
            .filter(care_device::Column::Id.eq(held_device.id))
            .exec(&tx)
            .await?;
    }
    let (_, token) = register(&tx, person, Some(account), DeviceKind::Browser, label).await?;
    tx.commit().await?;
    Ok(Some(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn malformed_tokens_are_rejected() {
        let id = DeviceId(Uuid::from_u128(7));
        let token = format!("{}.{}", id.0.simple(), "a".repeat(64));
        assert_eq!(device_of(&token), Some(id));
        for wrong in ["", ".", "x.y", &id.0.simple().to_string(), &format!("{}.short", id.0.simple())] {
            assert_eq!(device_of(wrong), None, "{wrong}");
        }
    }
}
