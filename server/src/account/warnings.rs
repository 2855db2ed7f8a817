//! Operator warnings (运行提醒): what the city's own tasks could not do and somebody should look at.

use super::{actor::Actor, gate::Access};
use crate::{AppState, error::Result};
use sea_orm::FromQueryResult;
use shared::account::Permission;
use time::OffsetDateTime;

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Warning {
    /// What it is about: a kind, perhaps a colon and which one.
    pub code: String,
    /// What happened, in the words of the log.
    pub detail: String,
    /// Since when.
    pub since: OffsetDateTime,
}

/// The newest warnings first, at most 200.
///
/// # Errors
/// [`shared::Problem::Forbidden`] for anybody but administrators.
pub async fn list(city: &AppState, actor: &Actor) -> Result<Vec<Warning>> {
    city.store.gate.enter(Access::Staff(Permission::ManageStaff), actor)?;
    let tx = city.store.read(actor).await?;
    tx.all("SELECT code, detail, since FROM operator_warning ORDER BY since DESC, code LIMIT 200", []).await
}
