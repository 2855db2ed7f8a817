//! The table `finance_read`: the log of banks reading data that the firm consented to. The SQL function `finance_read_consented`
//! writes it and `finance::demand_views` reads it with SQL; the entity is only compared with the table (tests/schema.rs).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    finance::codes::{ConsentPurpose, DataCategory},
    ids::{AccountId, CaseId, ConsentId, FinanceReadId, OrganisationId},
};

/// A read of consented data by a bank; shown to the firm.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "finance_read")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FinanceReadId,
    /// The case.
    pub case_id: CaseId,
    /// The consent that allows it.
    pub consent_id: ConsentId,
    /// The bank.
    pub organisation_id: OrganisationId,
    /// The account that read it.
    pub account_id: AccountId,
    /// The category of data.
    pub category: DataCategory,
    /// The purpose.
    pub purpose: ConsentPurpose,
    /// When.
    pub at: DbInstant,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The account.
    #[sea_orm(
        belongs_to = "crate::account::entity::account::Entity",
        from = "Column::AccountId",
        to = "crate::account::entity::account::Column::Id"
    )]
    Account,
    /// The demand.
    #[sea_orm(belongs_to = "super::demand::Entity", from = "Column::CaseId", to = "super::demand::Column::CaseId")]
    Demand,
    /// The consent that allows it.
    #[sea_orm(
        belongs_to = "super::finance_consent::Entity",
        from = "Column::ConsentId",
        to = "super::finance_consent::Column::Id"
    )]
    FinanceConsent,
    /// The organisation.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<super::demand::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Demand.def()
    }
}

impl Related<super::finance_consent::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::FinanceConsent.def()
    }
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
