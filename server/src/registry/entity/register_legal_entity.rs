//! The table `register.legal_entity`: the legal-entity register (法人库) of the demo city.

use crate::store::DbDate;
use sea_orm::entity::prelude::*;
use shared::registry::status::{EntityStatus, TaxGrade};

/// An entry of the legal-entity register. The serving role reads it through functions only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_entity", schema_name = "register")]
pub struct Model {
    /// The unified social credit code (统一社会信用代码, GB 32100).
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// The name of the firm.
    pub name: String,
    /// The blind index of the legal representative's ID number.
    pub representative_index: Vec<u8>,
    /// When the firm was registered.
    pub registered_on: DbDate,
    /// The district (GB/T 2260).
    pub district: String,
    /// The section of GB/T 4754.
    pub industry: String,
    /// The registered address.
    pub address: String,
    /// The registered capital in fen.
    pub capital_fen: i64,
    /// Whether it is in business.
    pub status: EntityStatus,
    /// The tax credit grade (纳税信用等级).
    pub tax_grade: TaxGrade,
    /// Taxes paid in the last year, in fen.
    pub tax_paid_fen: i64,
    /// Employees with social insurance.
    pub insured: i32,
    /// The day on which the entry was confirmed.
    pub as_of: DbDate,
}

/// Joins to other tables: none.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
