//! The table `idempotency`: idempotency keys.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;

/// A client-made key of a write that succeeded.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// The account or the task.
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor: String,
    /// The called route.
    #[sea_orm(primary_key, auto_increment = false)]
    pub route: String,
    /// The key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The hash of the request.
    pub body_hash: Vec<u8>,
    /// The response.
    pub outcome: Json,
    /// The time of the request.
    pub at: DbInstant,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
