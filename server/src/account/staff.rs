//! Staff (工作人员): the roles held in organisations.

pub use super::invitations::{Accepted, InvitationView, accept_invitation, create_administrator, invitation, invite};

use super::{
    administration::{About, Act, record_act},
    entity::{membership, session},
};
use crate::access::{actor::Actor, gate::MANAGE};
use crate::{
    AppState,
    error::Result,
    store::{DbInstant, db_now},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, raw_sql};
use shared::{
    FieldErrorKind, Problem,
    account::Role,
    ids::{AccountId, MembershipId},
};
use time::OffsetDateTime;

/// A membership as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffView {
    /// Its id, for [`end_membership`].
    pub membership: MembershipId,
    /// The account.
    pub account: AccountId,
    /// The name.
    pub staff_name: String,
    /// The role.
    pub role: Role,
    /// The organisation in Chinese.
    pub organisation_zh: String,
    /// The organisation in English.
    pub organisation_en: String,
    /// When the role was given.
    pub since: OffsetDateTime,
    /// Whether the account has an authenticator.
    pub has_totp: bool,
}

/// Every role held now. Roles of a newer version are left out.
///
/// # Errors
/// [`Problem::Forbidden`] unless the actor is an administrator.
pub async fn list(state: &AppState, actor: &Actor) -> Result<Vec<StaffView>> {
    #[derive(FromQueryResult)]
    struct Row {
        membership: MembershipId,
        account: AccountId,
        staff_name: Option<String>,
        role: String,
        organisation_zh: String,
        organisation_en: String,
        since: DbInstant,
        has_totp: bool,
    }
    state.store.gate.enter(MANAGE, actor)?;
    let tx = state.store.read(actor).await?;
    let rows: Vec<Row> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT m.id AS membership, a.id AS account, a.staff_name, m.role, o.name_zh AS organisation_zh,
                    o.name_en AS organisation_en, m.created_at AS since, a.totp_sealed IS NOT NULL AS has_totp
             FROM membership m JOIN account a ON a.id = m.account_id JOIN organisation o ON o.id = m.organisation_id
             WHERE m.ended_at IS NULL ORDER BY o.kind, o.code, m.role, a.staff_name, m.id"
        ))
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
                since: r.since.into(),
                has_totp: r.has_totp,
            })
        })
        .collect())
}

/// Ends a membership and the sessions of its account.
///
/// # Errors
/// [`Problem::NotFound`]; [`FieldErrorKind::LastAdministrator`] on `membership`: one administrator must remain.
pub async fn end_membership(state: &AppState, actor: &Actor, membership: MembershipId) -> Result<()> {
    state.store.gate.enter(MANAGE, actor)?;
    let tx = state.store.write(actor).await?;
    // Locked in the order of their ids, so that two administrators cannot end each other's role at the same time.
    let either =
        Condition::any().add(membership::Column::Id.eq(membership)).add(membership::Column::Role.eq(Role::Administrator));
    let locked = membership::Entity::find()
        .filter(membership::Column::EndedAt.is_null())
        .filter(either)
        .order_by_asc(membership::Column::Id)
        .lock_exclusive()
        .all(&tx)
        .await?;
    let ended = locked.iter().find(|m| m.id == membership).ok_or(Problem::NotFound)?;
    let administrators = locked.iter().filter(|m| m.role == Role::Administrator).count();
    if ended.role == Role::Administrator && administrators < 2 {
        return Err(Problem::field("membership", FieldErrorKind::LastAdministrator).into());
    }
    let about = About { account: Some(ended.account_id), organisation: Some(ended.organisation_id), role: Some(ended.role) };
    // Recorded first: administrators who end their own role may not write afterwards.
    record_act(&tx, actor, Act::RoleEnded, about).await?;
    membership::Entity::update_many()
        .col_expr(membership::Column::EndedAt, db_now())
        .filter(membership::Column::Id.eq(membership))
        .exec(&tx)
        .await?;
    session::Entity::delete_of(ended.account_id).exec(&tx).await?;
    tx.commit().await
}
