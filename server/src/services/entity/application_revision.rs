//! The table `application_revision`: sent answers of applications.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, CaseId};

/// A sent set of answers; later ones come from corrections.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application_revision")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// Which, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i32,
    /// The answers, under the person's key.
    pub answers_sealed: Vec<u8>,
    /// The account that sent it.
    pub made_by: AccountId,
    /// When.
    pub made_at: DbInstant,
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
