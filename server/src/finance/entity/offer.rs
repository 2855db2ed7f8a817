//! The table `offer`: banks' offers (报价).

use crate::store::{DbDate, DbInstant};
use sea_orm::{Condition, entity::prelude::*};
use shared::{
    finance::{DayCount, Method, codes::OfferOutcome},
    ids::{AccountId, CaseId, OfferId, OrganisationId, ProductId},
};

/// A bank's offer (报价) for a demand.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "offer")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OfferId,
    /// The case.
    pub case_id: CaseId,
    /// The bank.
    pub organisation_id: OrganisationId,
    /// The product.
    pub product_id: ProductId,
    /// The amount in fen.
    pub amount_fen: i64,
    /// The term in months.
    pub months: i32,
    /// The repayment method.
    pub method: Method,
    /// The annual rate in 0.000 000 01.
    pub annual_rate: i64,
    /// The day-count convention.
    pub day_count: DayCount,
    /// Months without principal.
    pub grace_months: i32,
    /// The fee taken when the loan is paid out, in fen.
    pub service_fee_fen: i64,
    /// Guarantee, appraisal and insurance paid that day, in fen.
    pub guarantee_fen: i64,
    /// Further conditions.
    pub conditions: String,
    /// The last day on which it can be accepted.
    pub valid_until: DbDate,
    /// The bank officer who made it.
    pub made_by: AccountId,
    /// When.
    pub made_at: DbInstant,
    /// How it ended; none while it is open.
    pub outcome: Option<OfferOutcome>,
    /// When it ended.
    pub ended_at: Option<DbInstant>,
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
    /// The product.
    #[sea_orm(belongs_to = "super::bank_product::Entity", from = "Column::ProductId", to = "super::bank_product::Column::Id")]
    BankProduct,
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

impl Related<super::bank_product::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::BankProduct.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Offers for a demand that have not ended.
    #[must_use]
    pub fn open_of(case: CaseId) -> Condition {
        Condition::all().add(Column::CaseId.eq(case)).add(Column::Outcome.is_null())
    }
}
