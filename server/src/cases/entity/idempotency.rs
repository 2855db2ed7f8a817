//! Idempotency keys.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;

/// A client-made key of a write that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// The account or the task.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor: String,
    /// What was called.
    #[sea_orm(primary_key, auto_increment = false)]
    pub route: String,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The hash of the request.
    pub body_hash: Vec<u8>,
    /// The answer.
    pub outcome: Json,
    /// When.
    pub at: DbInstant,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
