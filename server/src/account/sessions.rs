//! The sessions (登录设备) of an account: seen and ended by their owner.

use super::actor::Actor;
use crate::{AppState, error::Result, http::session_store::id_hash};
use sea_orm::FromQueryResult;
use shared::{Complaint, Problem};
use time::OffsetDateTime;
use tower_sessions::session::Id;

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Names it in [`revoke`]; opens nothing.
    pub id: String,
    /// The browser, as it calls itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was last prolonged.
    pub seen_at: OffsetDateTime,
    /// Whether it is the one that asks.
    pub current: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id_hash: Vec<u8>,
    user_agent: String,
    created_at: OffsetDateTime,
    seen_at: OffsetDateTime,
}

/// The sessions of the signed-in account, the newest first.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn list(city: &AppState, actor: &Actor, current: Option<&Id>) -> Result<Vec<SessionView>> {
    let account = actor.signed_in()?;
    let current = current.map(id_hash);
    let tx = city.store.read(actor).await?;
    let rows: Vec<Row> = tx
        .all(
            "SELECT id_hash, user_agent, created_at, seen_at FROM session WHERE account_id = $1 AND expires_at > now()
             ORDER BY seen_at DESC, id_hash",
            [account.into()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionView {
            current: current.as_ref() == Some(&row.id_hash),
            id: hex::encode(&row.id_hash),
            user_agent: row.user_agent,
            created_at: row.created_at,
            seen_at: row.seen_at,
        })
        .collect())
}

/// Ends one session of the signed-in account.
///
/// # Errors
/// [`Problem::NotFound`] when it is not theirs or has ended.
pub async fn revoke(city: &AppState, actor: &Actor, id: &str) -> Result<()> {
    let account = actor.signed_in()?;
    let hash = hex::decode(id).map_err(|_| Problem::field("id", Complaint::Unknown))?;
    let tx = city.store.write(actor).await?;
    let ended = tx.run("DELETE FROM session WHERE account_id = $1 AND id_hash = $2", [account.into(), hash.into()]).await?;
    if ended == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}

/// Ends every session of the signed-in account but the one that asks; says how many.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn revoke_others(city: &AppState, actor: &Actor, current: Option<&Id>) -> Result<u64> {
    let account = actor.signed_in()?;
    let keep = current.map(id_hash).unwrap_or_default();
    let tx = city.store.write(actor).await?;
    let ended = tx.run("DELETE FROM session WHERE account_id = $1 AND id_hash <> $2", [account.into(), keep.into()]).await?;
    tx.commit().await?;
    Ok(ended)
}
