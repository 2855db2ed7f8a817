//! Operator warnings (运行提醒): failures of system tasks that need attention.

use crate::access::{actor::Actor, gate::MANAGE};
use crate::{AppState, error::Result, notices::entity::operator_warning};
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use time::OffsetDateTime;

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The kind, perhaps followed by a colon and the object.
    pub code: String,
    /// The message, as in the log.
    pub detail: String,
    /// Since when it is present.
    pub since: OffsetDateTime,
}

/// The latest 200 warnings, newest first.
///
/// # Errors
/// [`shared::Problem::Forbidden`] unless the actor is an administrator.
pub async fn list(state: &AppState, actor: &Actor) -> Result<Vec<Warning>> {
    state.store.gate.enter(MANAGE, actor)?;
    let tx = state.store.read(actor).await?;
    let rows = operator_warning::Entity::find()
        .order_by_desc(operator_warning::Column::Since)
        .order_by_asc(operator_warning::Column::Code)
        .limit(200)
        .all(&tx)
        .await?;
    Ok(rows.into_iter().map(|row| Warning { code: row.code, detail: row.detail, since: row.since.into() }).collect())
}
