//! The table `application`: applications (办件) for service items.

use sea_orm::entity::prelude::*;
use shared::ids::{CaseId, PersonId};

/// The service side of an application.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// The service item.
    pub item_code: String,
    /// The version of the item.
    pub item_version: i32,
    /// The person it is about.
    pub person_id: PersonId,
    /// Whether it has not ended.
    pub open: bool,
    /// Whether several may be open at once.
    pub repeatable: bool,
    /// The routing rule that chose the organisation.
    pub routing_rule: String,
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

impl Related<crate::cases::entity::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
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
