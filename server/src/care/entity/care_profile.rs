//! The table `care_profile`: care profiles (照护档案).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, OrganisationId, PersonId};

/// A care profile (照护档案), sealed under the person's key.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_profile")]
pub struct Model {
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The centre that answers their calls.
    pub centre_id: OrganisationId,
    /// `shared::care::profile::Profile`.
    pub sealed: Vec<u8>,
    /// When it last changed.
    pub updated_at: DbInstant,
    /// Who changed it.
    pub updated_by: Option<AccountId>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The dispatch centre.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::CentreId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
    /// The person.
    #[sea_orm(
        belongs_to = "crate::registry::entity::person::Entity",
        from = "Column::PersonId",
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
