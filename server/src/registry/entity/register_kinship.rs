//! The table `register.kinship`: registered kinship (亲属关系).

use sea_orm::entity::prelude::*;

/// A parent and a child as registered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kinship", schema_name = "register")]
pub struct Model {
    /// The blind index of the parent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub parent_index: Vec<u8>,
    /// The blind index of the child.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_index: Vec<u8>,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
