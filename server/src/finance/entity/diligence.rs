//! The table `diligence`: due diligence (尽职调查).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, CaseId, OrganisationId};

/// The findings of a due diligence (尽职调查), within the bank.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "diligence")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// Which round, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub round: i32,
    /// The bank.
    pub organisation_id: OrganisationId,
    /// The findings.
    pub findings: String,
    /// Who submitted them.
    pub submitted_by: AccountId,
    /// When.
    pub submitted_at: DbInstant,
    /// Why they were sent back.
    pub sent_back: Option<String>,
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
