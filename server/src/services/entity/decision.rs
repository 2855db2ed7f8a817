//! The table `decision`: decisions on applications.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    ids::{AccountId, CaseId},
    services::outcome::DecisionOutcome,
};

/// A proposed decision and its approval by another person.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// Which round, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub round: i32,
    /// The outcome.
    pub outcome: DecisionOutcome,
    /// The refusal code of the item.
    pub reason_code: Option<String>,
    /// The sentence to the applicant, under the person's key.
    pub reason_sealed: Vec<u8>,
    /// The proposer.
    pub proposed_by: AccountId,
    /// When it was proposed.
    pub proposed_at: DbInstant,
    /// The approver.
    pub decided_by: Option<AccountId>,
    /// When it was decided.
    pub decided_at: Option<DbInstant>,
    /// Whether it was sent back.
    pub sent_back: bool,
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
