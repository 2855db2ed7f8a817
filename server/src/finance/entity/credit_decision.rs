//! The table `credit_decision`: credit decisions (授信审批).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    finance::codes::{CreditOutcome, RefusalCode},
    ids::{AccountId, CaseId, OrganisationId},
};

/// A credit decision (授信审批) of a bank.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit_decision")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// The bank.
    pub organisation_id: OrganisationId,
    /// What was decided.
    pub outcome: CreditOutcome,
    /// Why it was refused.
    pub code: Option<RefusalCode>,
    /// The sentence to the firm, for a refusal.
    pub sentence: Option<String>,
    /// The supervisor who decided.
    pub decided_by: AccountId,
    /// When.
    pub decided_at: DbInstant,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The case.
    #[sea_orm(belongs_to = "super::demand::Entity", from = "Column::CaseId", to = "super::demand::Column::CaseId")]
    Demand,
    /// The organisation.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<super::demand::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Demand.def()
    }
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
