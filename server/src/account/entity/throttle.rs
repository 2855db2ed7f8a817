//! The table `throttle`: rate limits across processes.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;

/// The hits of a bucket in a window of time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// The bucket: what is limited, and for which address or account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub bucket: String,
    /// When the window began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub window_start: DbInstant,
    /// How many there were.
    pub hits: i32,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
