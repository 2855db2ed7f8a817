//! The table `care_contact`: emergency contacts (紧急联系人).

use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, ContactId, PersonId};

/// An emergency contact (紧急联系人).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_contact")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ContactId,
    /// The person whose contact it is.
    pub person_id: PersonId,
    /// Their place in the order, from 1.
    pub place: i16,
    /// The account of the contact, if any.
    pub account_id: Option<AccountId>,
    /// Whether they hold a key of the home.
    pub key_holder: bool,
    /// `shared::care::profile::Contact`, under the person's key.
    pub sealed: Vec<u8>,
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

impl Related<crate::registry::entity::person::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Person.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
