//! The record of administration (管理记录): invitations, ended roles, resets and changes of organisations. Each act is
//! recorded in its transaction and never changed; auditors read it.

use super::entity::administration;
pub(super) use super::entity::administration::AdministrativeAct as Act;
use crate::access::{actor::Actor, gate::Access};
use crate::{
    AppState,
    error::Result,
    store::{DbInstant, Tx, new_id},
};
use sea_orm::{ActiveValue::Set, EntityTrait, FromQueryResult, raw_sql};
use shared::{
    account::{Permission, Role},
    ids::{AccountId, OrganisationId},
};
use time::OffsetDateTime;

/// The objects of an act.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About {
    pub(super) account: Option<AccountId>,
    pub(super) organisation: Option<OrganisationId>,
    pub(super) role: Option<Role>,
}

/// Records an act of the actor.
pub(super) async fn record_act(tx: &Tx, actor: &Actor, act: Act, about: About) -> Result<()> {
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

/// An entry of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdministrationEntry {
    /// When it was done.
    pub at: OffsetDateTime,
    /// The administrator; none: the operator of the machine.
    pub by: Option<String>,
    /// The code of the act, perhaps of a newer version; its texts are `administration_…` in `texts/account.toml`.
    pub action: String,
    /// The account it was about, by name.
    pub about: Option<String>,
    /// The code of the role.
    pub role: Option<String>,
    /// The current name of the organisation in Chinese.
    pub organisation_zh: Option<String>,
    /// The current name in English.
    pub organisation_en: Option<String>,
}

#[derive(FromQueryResult)]
struct Row {
    at: DbInstant,
    actor: Option<String>,
    action: String,
    about: Option<String>,
    role: Option<String>,
    organisation_zh: Option<String>,
    organisation_en: Option<String>,
}

/// The latest 200 entries, newest first.
///
/// # Errors
/// [`shared::Problem::Forbidden`] unless the actor is an auditor.
pub async fn list(state: &AppState, actor: &Actor) -> Result<Vec<AdministrationEntry>> {
    state.store.gate.enter(Access::Staff(Permission::ReadAudit), actor)?;
    let tx = state.store.read(actor).await?;
    let rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT r.at, huimin_staff_name(r.actor_id) AS actor, r.action, huimin_staff_name(r.account_id) AS about, r.role,
                    o.name_zh AS organisation_zh, o.name_en AS organisation_en
             FROM administration r LEFT JOIN organisation o ON o.id = r.organisation_id ORDER BY r.at DESC, r.id DESC LIMIT 200"
        ))
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| AdministrationEntry {
            at: row.at.into(),
            by: row.actor,
            action: row.action,
            about: row.about,
            role: row.role,
            organisation_zh: row.organisation_zh,
            organisation_en: row.organisation_en,
        })
        .collect())
}
