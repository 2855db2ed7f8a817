//! The table `care_device`: devices that may call for help (呼叫设备).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    care::device::DeviceKind,
    ids::{AccountId, DeviceId, PersonId},
};

/// A device that may call for help without a session (呼叫设备).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_device")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeviceId,
    /// The person it calls for.
    pub person_id: PersonId,
    /// The account whose browser it is; none for a button.
    pub account_id: Option<AccountId>,
    /// Its kind.
    pub kind: DeviceKind,
    /// Its label, given by the owner.
    pub label: String,
    /// The hash of its secret.
    pub secret_hash: Vec<u8>,
    /// When it was made.
    pub created_at: DbInstant,
    /// Until when it is valid.
    pub expires_at: DbInstant,
    /// When it was revoked.
    pub revoked_at: Option<DbInstant>,
    /// When it last called.
    pub used_at: Option<DbInstant>,
    /// The last test press.
    pub tested_at: Option<DbInstant>,
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
