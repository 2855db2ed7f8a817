//! The devices that may call for a person (呼叫设备): the person or a delegate lists and revokes them, and registers buttons.

use super::credential::{DeviceKind, device_of, register};
use crate::care::entity::care_device;
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    error::Result,
    store::{DbInstant, db_now},
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::ExprTrait as _,
};
use shared::{
    FieldErrorKind, Problem,
    ids::{DeviceId, PersonId},
};

/// Most devices of one person with a valid credential.
const DEVICES_MOST: u32 = 30;

/// A device as its person sees it.
#[derive(Clone, Debug)]
pub struct DeviceView {
    /// Its id, for [`revoke`].
    pub id: DeviceId,
    /// Its kind.
    pub kind: DeviceKind,
    /// Its label.
    pub label: String,
    /// When it was registered.
    pub created_at: DbInstant,
    /// When its credential expires.
    pub expires_at: DbInstant,
    /// When it last called.
    pub used_at: Option<DbInstant>,
    /// When its last test press was received.
    pub tested_at: Option<DbInstant>,
    /// Whether it is the browser of this request.
    pub current: bool,
}

/// The devices of a person whose credential is valid.
fn valid_devices(person: PersonId) -> Select<care_device::Entity> {
    care_device::Entity::find()
        .filter(care_device::Column::PersonId.eq(person))
        .filter(care_device::Column::RevokedAt.is_null())
        .filter(care_device::Column::ExpiresAt.into_expr().gt(db_now()))
}

/// The devices that may call for the person the actor acts as. `held` is the credential of the browser of this request.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn list(store: &Store, actor: &Actor, held: Option<&str>) -> Result<Vec<DeviceView>> {
    store.gate.enter(Access::Verified, actor)?;
    let current = held.and_then(device_of);
    let devices = valid_devices(actor.subject()?)
        .order_by_desc(care_device::Column::Kind)
        .order_by_desc(care_device::Column::Id)
        .limit(u64::from(DEVICES_MOST))
        .all(&store.read(actor).await?)
        .await?;
    Ok(devices
        .into_iter()
        .map(|device| DeviceView {
            current: current == Some(device.id),
            id: device.id,
            kind: device.kind,
            label: device.label,
            created_at: device.created_at,
            expires_at: device.expires_at,
            used_at: device.used_at,
            tested_at: device.tested_at,
        })
        .collect())
}

/// Registers a button and returns its credential, which is shown only this once.
///
/// # Errors
/// [`Problem::Invalid`] on `label`; [`FieldErrorKind::TooMany`] devices.
pub async fn register_button(store: &Store, actor: &Actor, label: &str) -> Result<(DeviceId, String)> {
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    let label = label.trim();
    if label.is_empty() {
        return Err(Problem::field("label", FieldErrorKind::Required).into());
    }
    let tx = store.write(actor).await?;
    if valid_devices(person).count(&tx).await? >= u64::from(DEVICES_MOST) {
        return Err(Problem::field("label", FieldErrorKind::TooMany { max: DEVICES_MOST }).into());
    }
    let registered = register(&tx, person, None, DeviceKind::Button, label).await?;
    tx.commit().await?;
    Ok(registered)
}

/// Revokes the credential of a device.
///
/// # Errors
/// [`Problem::NotFound`] for a device of another person, or one that was revoked before.
pub async fn revoke(store: &Store, actor: &Actor, id: DeviceId) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let tx = store.write(actor).await?;
    let revoked = care_device::Entity::update_many()
        .col_expr(care_device::Column::RevokedAt, db_now())
        .filter(care_device::Column::Id.eq(id))
        .filter(care_device::Column::PersonId.eq(actor.subject()?))
        .filter(care_device::Column::RevokedAt.is_null())
        .exec(&tx)
        .await?
        .rows_affected;
    if revoked == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}
