//! The table `rating`: ratings (评价) of services.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::CaseId;

/// A rating (评价).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// From 1 to 5.
    pub score: i32,
    /// The comment, under the person's key.
    pub comment_sealed: Vec<u8>,
    /// When.
    pub at: DbInstant,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The case.
    #[sea_orm(belongs_to = "super::application::Entity", from = "Column::CaseId", to = "super::application::Column::CaseId")]
    Application,
}

impl Related<super::application::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Application.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
