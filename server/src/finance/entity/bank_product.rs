//! The table `bank_product`: banks' products (信贷产品).

use sea_orm::entity::prelude::*;
use shared::{
    finance::{DayCount, Method},
    ids::{OrganisationId, ProductId},
};

/// A bank's product (信贷产品). Amounts in fen, rates in 0.000 000 01 a year.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bank_product")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProductId,
    /// The bank.
    pub organisation_id: OrganisationId,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The least amount in fen.
    pub min_fen: i64,
    /// The greatest amount in fen.
    pub max_fen: i64,
    /// The shortest term in months.
    pub min_months: i32,
    /// The longest term in months.
    pub max_months: i32,
    /// The repayment methods.
    pub methods: Vec<Method>,
    /// The day-count convention.
    pub day_count: DayCount,
    /// The least annual rate in 0.000 000 01.
    pub min_rate: i64,
    /// The greatest annual rate in 0.000 000 01.
    pub max_rate: i64,
    /// What may be lent in all, in fen.
    pub quota_fen: i64,
    /// Reserved by open and accepted offers, in fen.
    pub reserved_fen: i64,
    /// Paid out, in fen.
    pub used_fen: i64,
    /// Whether offers can be made on it.
    pub offered: bool,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The organisation.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
