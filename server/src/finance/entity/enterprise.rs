//! The table `enterprise`: firms (企业).

use crate::store::{DbDate, DbInstant};
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, EnterpriseId, PersonId};

/// A firm (企业) claimed by its legal representative.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enterprise")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EnterpriseId,
    /// The unified social credit code (统一社会信用代码).
    pub code: String,
    /// The name.
    pub name: String,
    /// The district (GB/T 2260).
    pub district: String,
    /// The section of GB/T 4754.
    pub industry: String,
    /// When the firm was registered.
    pub registered_on: DbDate,
    /// The legal representative.
    pub representative_id: PersonId,
    /// The account that claimed it.
    pub claimed_by: AccountId,
    /// When the register confirmed it.
    pub verified_at: DbInstant,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The legal representative.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::RepresentativeId",
        to = "crate::registry::entity::person::Column::Id"
    )]
    Person,
}

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
