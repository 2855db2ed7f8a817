//! The record of administration (管理记录): who invited, ended, reset, added and renamed. Written in the transaction of
//! the act, never changed; read by auditors, who watch over those who give the roles.

use super::{actor::Actor, gate::Access};
use crate::{AppState, error::Result, store::Tx};
use sea_orm::FromQueryResult;
use shared::account::{Permission, Role};
use time::OffsetDateTime;
use uuid::Uuid;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Invited somebody to a role.
    Invited,
    /// Ended a role.
    RoleEnded,
    /// Took away a lost authenticator, and the password with it.
    AuthenticatorReset,
    /// Added an organisation.
    OrganisationAdded,
    /// Renamed an organisation.
    OrganisationRenamed,
}

impl Act {
    const fn code(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::RoleEnded => "role_ended",
            Self::AuthenticatorReset => "authenticator_reset",
            Self::OrganisationAdded => "organisation_added",
            Self::OrganisationRenamed => "organisation_renamed",
        }
    }
}

/// Whom or what an act was about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About {
    pub(super) account: Option<Uuid>,
    pub(super) organisation: Option<Uuid>,
    pub(super) role: Option<Role>,
}

/// Writes it down, as done by the actor of the transaction.
pub(super) async fn note(tx: &Tx, actor: &Actor, act: Act, about: About) -> Result<()> {
    tx.run(
        "INSERT INTO administration (id, actor_id, action, account_id, organisation_id, role) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            Uuid::now_v7().into(),
            actor.account.into(),
            act.code().into(),
            about.account.into(),
            about.organisation.into(),
            about.role.map(Role::code).into(),
        ],
    )
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
