//! The table `cases`: cases (办件) of every kind.

use crate::store::{DbDate, DbInstant};
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, CaseId, OrganisationId, PersonId};

/// A case (办件). Changed only by `server::cases`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cases")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseId,
    /// Its number.
    pub number: String,
    /// The kind: which Flow it follows.
    pub kind: String,
    /// Its title in Chinese; never personal.
    pub title_zh: String,
    /// Its title in English.
    pub title_en: String,
    /// The person it is about.
    pub subject_id: PersonId,
    /// The account that filed it; none: a device or an unknown caller.
    pub applicant_id: Option<AccountId>,
    /// The organisation that decides it.
    pub organisation_id: OrganisationId,
    /// The state; the Flow defines the states, see `CaseRow::state_as`.
    pub state: String,
    /// Grows with every change but appends.
    pub version: i32,
    /// The assignee.
    pub assignee_id: Option<AccountId>,
    /// When it was opened.
    pub opened_at: DbInstant,
    /// When it last changed.
    pub changed_at: DbInstant,
    /// When it ended.
    pub closed_at: Option<DbInstant>,
    /// The promised date of the clock that runs; none while none does or it is pending.
    pub due_on: Option<DbDate>,
    /// How many events it has.
    pub events: i32,
    /// The hash of the last event.
    pub head: Vec<u8>,
    /// Organisations that take part (协办单位).
    pub joined: Vec<OrganisationId>,
    /// Accounts called to help.
    pub helpers: Vec<AccountId>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The organisation that decides it.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
    /// The person it is about.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::SubjectId",
        to = "crate::registry::entity::person::Column::Id"
    )]
    Person,
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The case with this number.
    #[must_use]
    pub fn by_number(number: &str) -> Select<Self> {
        Self::find().filter(Column::Number.eq(number))
    }
}
