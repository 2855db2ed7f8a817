//! The devices that may call for somebody (呼叫设备): seen and taken back by them, or by family with a mandate; buttons
//! are registered here.

use crate::care::intake::credential::{DeviceKind, device_of, register};
use crate::{
    Store,
    account::{actor::Actor, gate::Access},
    error::Result,
};
use sea_orm::FromQueryResult;
use shared::{Complaint, Problem};
use time::OffsetDateTime;
use uuid::Uuid;

/// Most devices of one person that hold a credential.
const MOST: i64 = 30;

/// A device as its person sees it.
#[derive(Clone, Debug)]
pub struct DeviceView {
    /// Names it in [`revoke`].
    pub id: Uuid,
    /// What it is.
    pub kind: DeviceKind,
    /// What it is called.
    pub label: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Until when.
    pub expires_at: OffsetDateTime,
    /// When it last called.
    pub used_at: Option<OffsetDateTime>,
    /// When its test press last came.
    pub tested_at: Option<OffsetDateTime>,
    /// Whether it is the browser that asks.
    pub current: bool,
}

/// The devices that may call for the person the actor acts as. `held`: the credential of the browser that asks.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn list(store: &Store, actor: &Actor, held: Option<&str>) -> Result<Vec<DeviceView>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        kind: String,
        label: String,
        created_at: OffsetDateTime,
        expires_at: OffsetDateTime,
        used_at: Option<OffsetDateTime>,
        tested_at: Option<OffsetDateTime>,
    }
    store.gate.enter(Access::Verified, actor)?;
    let current = held.and_then(device_of);
    let rows: Vec<Row> = store
        .read(actor)
        .await?
        .all(
            "SELECT id, kind, label, created_at, expires_at, used_at, tested_at FROM care_device
              WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > huimin_now() ORDER BY kind DESC, id DESC LIMIT $2",
            [actor.subject()?.into(), MOST.into()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| DeviceView {
            current: current == Some(row.id),
            kind: if row.kind == DeviceKind::Button.code() { DeviceKind::Button } else { DeviceKind::Browser },
            id: row.id,
            label: row.label,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            tested_at: row.tested_at,
        })
        .collect())
}

/// Registers a button; its credential is told once, here.
///
/// # Errors
/// [`Problem::Invalid`] on `label`; [`Complaint::TooMany`] devices.
pub async fn register_button(store: &Store, actor: &Actor, label: &str) -> Result<(Uuid, String)> {
    #[derive(FromQueryResult)]
    struct Row {
        held: i64,
    }
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    let label = label.trim();
    if label.is_empty() {
        return Err(Problem::field("label", Complaint::Required).into());
    }
    let tx = store.write(actor).await?;
    let row: Option<Row> = tx
        .one(
            "SELECT count(*) AS held FROM care_device WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > huimin_now()",
            [person.into()],
        )
        .await?;
    if row.is_some_and(|r| r.held >= MOST) {
        return Err(Problem::field("label", Complaint::TooMany { max: u32::try_from(MOST).unwrap_or_default() }).into());
    }
    let made = register(&tx, person, None, DeviceKind::Button, label).await?;
    tx.commit().await?;
    Ok(made)
}

/// Takes a device's credential back: from now on it is nobody's.
///
/// # Errors
/// [`Problem::NotFound`] for one that is not theirs, or was taken back before.
pub async fn revoke(store: &Store, actor: &Actor, id: Uuid) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let tx = store.write(actor).await?;
    let ended = tx
        .run(
            "UPDATE care_device SET revoked_at = huimin_now() WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL",
            [id.into(), actor.subject()?.into()],
        )
        .await?;
    if ended == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}
