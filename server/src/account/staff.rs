//! Staff (工作人员): who holds which role in which organisation, until somebody ends it.

pub use super::invitations::{Accepted, InvitationView, accept_invitation, create_administrator, invitation, invite};

use super::{
    actor::Actor,
    administration::{About, Act, note},
    gate::Access,
};
use crate::{AppState, error::Result};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    account::{Permission, Role},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// Who may manage staff.
pub(super) const MANAGE: Access = Access::Staff(Permission::ManageStaff);

/// A membership as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffView {
    /// Names it in [`end_membership`].
    pub membership: Uuid,
    /// The account.
    pub account: Uuid,
    /// The name.
    pub staff_name: String,
    /// The role.
    pub role: Role,
    /// Where, in Chinese.
    pub organisation_zh: String,
    /// Where, in English.
    pub organisation_en: String,
    /// Since when.
    pub since: OffsetDateTime,
    /// Whether there is an authenticator.
    pub has_totp: bool,
}

/// Everybody who holds a role now.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but administrators.
pub async fn list(city: &AppState, actor: &Actor) -> Result<Vec<StaffView>> {
    #[derive(FromQueryResult)]
    struct Row {
        membership: Uuid,
        account: Uuid,
        staff_name: Option<String>,
        role: String,
        organisation_zh: String,
        organisation_en: String,
        since: OffsetDateTime,
        has_totp: bool,
    }
    city.store.gate.enter(MANAGE, actor)?;
    let tx = city.store.read(actor).await?;
    let rows: Vec<Row> = tx
        .all(
            "SELECT m.id AS membership, a.id AS account, a.staff_name, m.role, o.name_zh AS organisation_zh,
                    o.name_en AS organisation_en, m.created_at AS since, a.totp_sealed IS NOT NULL AS has_totp
             FROM membership m JOIN account a ON a.id = m.account_id JOIN organisation o ON o.id = m.organisation_id
             WHERE m.ended_at IS NULL ORDER BY o.kind, o.code, m.role, a.staff_name, m.id",
            [],
        )
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|r| {
            Some(StaffView {
                role: Role::parse(&r.role)?,
                membership: r.membership,
                account: r.account,
                staff_name: r.staff_name.unwrap_or_default(),
                organisation_zh: r.organisation_zh,
                organisation_en: r.organisation_en,
                since: r.since,
                has_totp: r.has_totp,
            })
        })
        .collect())
}

/// Ends a membership and the sessions of its account.
///
/// # Errors
/// [`Problem::NotFound`]; [`Complaint::LastAdministrator`] on `membership`: somebody must be able to invite the next.
pub async fn end_membership(city: &AppState, actor: &Actor, membership: Uuid) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Ended {
        id: Uuid,
        account_id: Uuid,
        organisation_id: Uuid,
        role: String,
    }
    city.store.gate.enter(MANAGE, actor)?;
    let tx = city.store.write(actor).await?;
    // Locked in one order, so that two administrators cannot end each other at once.
    let locked: Vec<Ended> = tx
        .all(
            "SELECT id, account_id, organisation_id, role FROM membership
             WHERE ended_at IS NULL AND (id = $1 OR role = $2) ORDER BY id FOR UPDATE",
            [membership.into(), Role::Administrator.code().into()],
        )
        .await?;
    let ended = locked.iter().find(|m| m.id == membership).ok_or(Problem::NotFound)?;
    let is_administrator = |m: &Ended| m.role == Role::Administrator.code();
    if is_administrator(ended) && locked.iter().filter(|m| is_administrator(m)).count() < 2 {
        return Err(Problem::field("membership", Complaint::LastAdministrator).into());
    }
    let about =
        About { account: Some(ended.account_id), organisation: Some(ended.organisation_id), role: Role::parse(&ended.role) };
    // First, because whoever ends their own role may write nothing afterwards.
    note(&tx, actor, Act::RoleEnded, about).await?;
    tx.run("UPDATE membership SET ended_at = huimin_now() WHERE id = $1", [membership.into()]).await?;
    tx.run("DELETE FROM session WHERE account_id = $1", [ended.account_id.into()]).await?;
    tx.commit().await
}
