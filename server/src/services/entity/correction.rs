//! The table `correction`: requests for correction (补正).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, CaseId};

/// A request for correction (补正).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "correction")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// Which round, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub round: i32,
    /// The member of staff who asked.
    pub asked_by: AccountId,
    /// When.
    pub asked_at: DbInstant,
    /// Paths of the fields to correct.
    pub fields: Vec<String>,
    /// The note of each field, under the person's key.
    pub notes_sealed: Vec<u8>,
    /// When the correction was sent.
    pub answered_at: Option<DbInstant>,
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
