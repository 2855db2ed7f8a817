//! The table `care_heartbeat`: heartbeats of background processes.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::care::board::HeartbeatSource;

/// The last heartbeat of a background process.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_heartbeat")]
pub struct Model {
    /// Which process.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: HeartbeatSource,
    /// When.
    pub at: DbInstant,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
