//! The sessions (登录设备) of an account, listed and ended by their owner.

use super::entity::session;
use crate::access::actor::Actor;
use crate::vault::sha256;
use crate::{AppState, error::Result};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, prelude::Expr, sea_query::ExprTrait as _};
use shared::{FieldErrorKind, Problem};
use time::OffsetDateTime;
use tower_sessions::session::Id;

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The hash of its id, for [`revoke`].
    pub id: String,
    /// The user agent of the browser.
    pub user_agent: String,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was last prolonged.
    pub seen_at: OffsetDateTime,
    /// Whether it is the session of the request.
    pub current: bool,
}

/// The sessions of the signed-in account, newest first.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn list(state: &AppState, actor: &Actor, current: Option<&Id>) -> Result<Vec<SessionView>> {
    let account = actor.signed_in()?;
    let current = current.map(id_hash);
    let tx = state.store.read(actor).await?;
    let rows = session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::ExpiresAt.into_expr().gt(Expr::cust("now()")))
        .order_by_desc(session::Column::SeenAt)
        .order_by_asc(session::Column::IdHash)
        .all(&tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionView {
            current: current.as_ref() == Some(&row.id_hash),
            id: hex::encode(&row.id_hash),
            user_agent: row.user_agent,
            created_at: row.created_at.into(),
            seen_at: row.seen_at.into(),
        })
        .collect())
}

/// Ends one session of the signed-in account.
///
/// # Errors
/// [`Problem::NotFound`] for a session of another account or one that has ended.
pub async fn revoke(state: &AppState, actor: &Actor, id: &str) -> Result<()> {
    let account = actor.signed_in()?;
    let hash = hex::decode(id).map_err(|_| Problem::field("id", FieldErrorKind::Unknown))?;
    let tx = state.store.write(actor).await?;
    let ended = session::Entity::delete_of(account).filter(session::Column::IdHash.eq(hash)).exec(&tx).await?;
    if ended.rows_affected == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}

/// Ends every other session of the signed-in account and returns how many.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn revoke_others(state: &AppState, actor: &Actor, current: Option<&Id>) -> Result<u64> {
    let account = actor.signed_in()?;
    let keep = current.map(id_hash).unwrap_or_default();
    let tx = state.store.write(actor).await?;
    let ended = session::Entity::delete_of(account).filter(session::Column::IdHash.ne(keep)).exec(&tx).await?;
    tx.commit().await?;
    Ok(ended.rows_affected)
}

/// The stored hash of a session id: a copy of the table opens no session.
#[must_use]
pub fn id_hash(id: &Id) -> Vec<u8> {
    sha256(&[b"huimin.session", &id.0.to_be_bytes()])
}
