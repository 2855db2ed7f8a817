//! The table `operator_warning`: warnings to the operator.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;

/// A warning to the operator: overdue clocks, missing calendars, failed deliveries.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operator_warning")]
pub struct Model {
    /// The code of the warning.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Its detail.
    pub detail: String,
    /// Since when.
    pub since: DbInstant,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
