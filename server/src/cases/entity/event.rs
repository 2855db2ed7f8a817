//! The table `event`: events of cases.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    cases::ActorKind,
    ids::{AccountId, CaseId, EventId, PersonId},
};

/// An event of a case: append-only, chained by hash.
///
/// The transaction (`xid8`, unknown to the driver) is the database's default and read in SQL.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: EventId,
    /// The case.
    pub case_id: CaseId,
    /// Its position in the case, from 1.
    pub seq: i32,
    /// The time of the event.
    pub at: DbInstant,
    /// The acting account; none: the system.
    pub actor_id: Option<AccountId>,
    /// In which capacity the actor acted.
    pub actor_kind: ActorKind,
    /// The person whose key seals the content.
    pub person_id: PersonId,
    /// The action of the Flow.
    pub action: String,
    /// The state before; empty for the first.
    pub from_state: String,
    /// The state after.
    pub to_state: String,
    /// Canonical JSON without personal content.
    pub facts: String,
    /// Personal content under the person's key; empty if none.
    pub sealed: Vec<u8>,
    /// The hash of the event before; empty for the first.
    pub prev: Vec<u8>,
    /// The hash of this event.
    pub hash: Vec<u8>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The case.
    #[sea_orm(belongs_to = "super::case::Entity", from = "Column::CaseId", to = "super::case::Column::Id")]
    Case,
    /// The person.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::PersonId",
        to = "crate::registry::entity::person::Column::Id"
    )]
    Person,
}

impl Related<super::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
    }
}

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
