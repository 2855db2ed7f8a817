//! The record of administration (管理记录): who invited, ended, reset, added and renamed. Written in the transaction of
//! the act, never changed; read by auditors, who watch over those who give the roles.

pub(super) use super::entity::administration::AdministrativeAct as Act;
use super::{actor::Actor, entity::administration, gate::Access};
use crate::{
    AppState,
    error::Result,
    store::{Tx, new_id},
};
use sea_orm::{ActiveValue::Set, EntityTrait, FromQueryResult};
use shared::{
    account::{Permission, Role},
    ids::{AccountId, OrganisationId},
};
use time::OffsetDateTime;

/// Whom or what an act was about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About {
    pub(super) account: Option<AccountId>,
    pub(super) organisation: Option<OrganisationId>,
    pub(super) role: Option<Role>,
}

/// Writes it down, as done by the actor of the transaction.
pub(super) async fn note(tx: &Tx, actor: &Actor, act: Act, about: About) -> Result<()> {
    administration::Entity::insert(administration::ActiveModel {
        id: Set(new_id()),
        actor_id: Set(actor.account),
        action: Set(act),
        account_id: Set(about.account),
        organisation_id: Set(about.organisation),
        role: Set(about.role),
        ..Default::default()
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}

/// A line of the record.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Line {
    /// When.
    pub at: OffsetDateTime,
    /// Who; none for whoever operates the machine.
    pub by: Option<String>,
    /// The code of what was done: `texts/account.toml` has its words under `administration_…`.
    pub action: String,
    /// Whom it was about.
    pub about: Option<String>,
    /// The role, as stored.
    pub role: Option<String>,
    /// The organisation as it is called now, in Chinese.
    pub organisation_zh: Option<String>,
    /// The same in English.
    pub organisation_en: Option<String>,
}

/// The newest first, at most 200.
///
/// # Errors
/// [`shared::Problem::Forbidden`] for anybody but auditors.
pub async fn list(city: &AppState, actor: &Actor) -> Result<Vec<Line>> {
    city.store.gate.enter(Access::Staff(Permission::ReadAudit), actor)?;
    let tx = city.store.read(actor).await?;
    tx.all(
        "SELECT r.at, huimin_staff_name(r.actor_id) AS by, r.action, huimin_staff_name(r.account_id) AS about, r.role,
                o.name_zh AS organisation_zh, o.name_en AS organisation_en
         FROM administration r LEFT JOIN organisation o ON o.id = r.organisation_id ORDER BY r.at DESC, r.id DESC LIMIT 200",
        [],
    )
    .await
}
