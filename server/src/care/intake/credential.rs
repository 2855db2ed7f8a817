//! Credentials of devices: what lets a browser without a session, or a button on a wrist, call for its person.
//!
//! A credential can raise, locate and cancel its own person's calls, and nothing else. The table keeps a hash of its
//! secret; it ends after its time, when it is taken back, and with the account it was given to.

use crate::{
    Store,
    account::actor::{Actor, Task},
    error::Result,
    store::Tx,
    vault::sha256,
};
use sea_orm::FromQueryResult;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Days a browser's credential lasts.
pub const BROWSER_DAYS: i32 = 365;
/// Days a button's credential lasts: as long as such a device does.
pub const BUTTON_DAYS: i32 = 3653;
/// Most characters of a label.
const LABEL_MOST: usize = 60;

/// What kind of device it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// A browser in which somebody signed in.
    Browser,
    /// A button that is worn or hangs on a wall (呼叫器).
    Button,
}

impl DeviceKind {
    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Button => "button",
        }
    }
}

/// A device that has shown its credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its key.
    pub id: Uuid,
    /// For whom it calls.
    pub person: Uuid,
    /// The account whose browser it is.
    pub account: Option<Uuid>,
    /// What it is.
    pub kind: DeviceKind,
}

#[derive(FromQueryResult)]
struct Row {
    person_id: Uuid,
    account_id: Option<Uuid>,
    kind: String,
    secret_hash: Vec<u8>,
}

/// What is kept of a secret.
pub(crate) fn hash(secret: &str) -> Vec<u8> {
    sha256(&[b"huimin.device", secret.as_bytes()])
}

/// The parts of a credential: the device's key and its secret.
fn parts(token: &str) -> Option<(Uuid, &str)> {
    let (id, secret) = token.split_once('.')?;
    Some((Uuid::try_parse(id).ok()?, secret)).filter(|(_, secret)| (32..=200).contains(&secret.len()))
}

/// The device a credential names, whether or not the credential still holds.
#[must_use]
pub fn device_of(token: &str) -> Option<Uuid> {
    parts(token).map(|(id, _)| id)
}

/// The device whose credential this is; none when it is unknown, ended, taken back, or its account is disabled.
///
/// # Errors
/// What the store says.
pub async fn find(store: &Store, token: &str) -> Result<Option<Device>> {
    let Some((id, secret)) = parts(token) else { return Ok(None) };
    let tx = store.read(&Actor::system(Task::Emergency)).await?;
    let row: Option<Row> = tx
        .one(
            "SELECT d.person_id, d.account_id, d.kind, d.secret_hash
               FROM care_device d JOIN person p ON p.id = d.person_id LEFT JOIN account a ON a.id = d.account_id
              WHERE d.id = $1 AND d.revoked_at IS NULL AND d.expires_at > huimin_now() AND p.erased_at IS NULL AND a.disabled_at IS NULL",
            [id.into()],
        )
        .await?;
    Ok(row.filter(|row| hash(secret).ct_eq(&row.secret_hash).into()).map(|row| Device {
        id,
        person: row.person_id,
        account: row.account_id,
        kind: if row.kind == DeviceKind::Button.code() { DeviceKind::Button } else { DeviceKind::Browser },
    }))
}

/// A new device of a person; gives back its credential, which is nowhere else.
pub(crate) async fn register(
    tx: &Tx,
    person: Uuid,
    account: Option<Uuid>,
    kind: DeviceKind,
    label: &str,
) -> Result<(Uuid, String)> {
    let (id, secret) = (Uuid::now_v7(), hex::encode(rand::random::<[u8; 32]>()));
    let days = if kind == DeviceKind::Button { BUTTON_DAYS } else { BROWSER_DAYS };
    let label: String = label.chars().filter(|c| !c.is_control()).take(LABEL_MOST).collect();
    tx.run(
        "INSERT INTO care_device (id, person_id, account_id, kind, label, secret_hash, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, huimin_now() + make_interval(days => $7))",
        [id.into(), person.into(), account.into(), kind.code().into(), label.into(), hash(&secret).into(), days.into()],
    )
    .await?;
    Ok((id, format!("{}.{secret}", id.simple())))
}

/// Gives the browser of whoever is signed in its credential, unless `held` is one of theirs already; one of somebody
/// else that it holds is taken back, for a browser calls for one person. None for who is not known by name, and for
/// staff, whose browsers are shared.
///
/// # Errors
/// What the store says.
pub async fn give_browser(store: &Store, actor: &Actor, held: Option<&str>, label: &str) -> Result<Option<String>> {
    let (Some(account), Some(person), true) = (actor.account, actor.person, actor.memberships.is_empty()) else {
        return Ok(None);
    };
    let before = match held {
        Some(token) => find(store, token).await?,
        None => None,
    };
    if before.as_ref().is_some_and(|d| d.person == person && d.account == Some(account)) {
        return Ok(None);
    }
    let tx = store.write(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    if let Some(before) = before.filter(|d| d.kind == DeviceKind::Browser) {
        tx.run("UPDATE care_device SET revoked_at = huimin_now() WHERE id = $1", [before.id.into()]).await?;
    }
    let (_, token) = register(&tx, person, Some(account), DeviceKind::Browser, label).await?;
    tx.commit().await?;
    Ok(Some(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_credential_is_not_asked_of_the_store() {
        let id = Uuid::from_u128(7);
        let token = format!("{}.{}", id.simple(), "a".repeat(64));
        assert_eq!(device_of(&token), Some(id));
        for wrong in ["", ".", "x.y", &id.simple().to_string(), &format!("{}.short", id.simple())] {
            assert_eq!(device_of(wrong), None, "{wrong}");
        }
    }
}
