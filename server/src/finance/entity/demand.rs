//! The table `demand`: financing demands (融资需求).

use crate::store::DbDate;
use sea_orm::entity::prelude::*;
use shared::{
    finance::codes::{Collateral, LoanPurpose},
    ids::{CaseId, EnterpriseId},
};

/// A financing demand (融资需求): what every bank may see of it while it is open.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "demand")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// The firm.
    pub enterprise_id: EnterpriseId,
    /// The amount in fen.
    pub amount_fen: i64,
    /// The term in months.
    pub months: i32,
    /// What the loan is for.
    pub purpose: LoanPurpose,
    /// The collateral.
    pub collateral: Collateral,
    /// The district (GB/T 2260).
    pub district: String,
    /// The section of GB/T 4754.
    pub industry: String,
    /// When the firm was registered.
    pub registered_on: DbDate,
    /// When it was paid out.
    pub disbursed_on: Option<DbDate>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The case.
    #[sea_orm(
        belongs_to = "crate::cases::entity::case::Entity",
        from = "Column::CaseId",
        to = "crate::cases::entity::case::Column::Id"
    )]
    Case,
    /// The firm.
    #[sea_orm(belongs_to = "super::enterprise::Entity", from = "Column::EnterpriseId", to = "super::enterprise::Column::Id")]
    Enterprise,
}

impl Related<crate::cases::entity::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
    }
}

impl Related<super::enterprise::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Enterprise.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
