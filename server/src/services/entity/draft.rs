//! The table `draft`: drafts (草稿) of applications.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, DraftId, PersonId};

/// A draft (草稿): becomes a case when sent.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "draft")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DraftId,
    /// The account that types it.
    pub account_id: AccountId,
    /// The person it is about.
    pub person_id: PersonId,
    /// The service item.
    pub item_code: String,
    /// The version of the item.
    pub item_version: i32,
    /// The answers, under the person's key.
    pub answers_sealed: Vec<u8>,
    /// Grows with every change.
    pub version: i32,
    /// When it was made.
    pub created_at: DbInstant,
    /// When it last changed.
    pub changed_at: DbInstant,
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
    /// The version of the item.
    #[sea_orm(
        belongs_to = "super::item::Entity",
        from = "(Column::ItemCode, Column::ItemVersion)",
        to = "(super::item::Column::Code, super::item::Column::Version)"
    )]
    Item,
    /// The person.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::PersonId",
        to = "crate::registry::entity::person::Column::Id"
    )]
    Person,
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<super::item::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Item.def()
    }
}

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
