//! The table `finance_consent`: consents (授权) of firms.

use crate::store::{DbDate, DbInstant};
use sea_orm::{Condition, entity::prelude::*};
use shared::{
    Lang,
    finance::codes::{ConsentEnd, ConsentPurpose, DataCategory},
    ids::{AccountId, CaseId, ConsentId, OrganisationId},
};

/// A consent (授权): one bank, one category of data, one purpose, for one demand.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "finance_consent")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsentId,
    /// The case.
    pub case_id: CaseId,
    /// The bank.
    pub organisation_id: OrganisationId,
    /// The category of data.
    pub category: DataCategory,
    /// For what.
    pub purpose: ConsentPurpose,
    /// The SHA-256 of the text that was shown.
    pub text_hash: Vec<u8>,
    /// The language of the text.
    pub lang: Lang,
    /// The account that consented.
    pub given_by: AccountId,
    /// When.
    pub given_at: DbInstant,
    /// The last day on which it holds.
    pub expires_on: DbDate,
    /// When it ended.
    pub ended_at: Option<DbInstant>,
    /// Why it ended.
    pub end_reason: Option<ConsentEnd>,
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

impl Entity {
    /// Consents to a demand that have not ended. One whose last day is over counts until the deadline task ends it.
    #[must_use]
    pub fn open_of(case: CaseId) -> Condition {
        Condition::all().add(Column::CaseId.eq(case)).add(Column::EndedAt.is_null())
    }
}
