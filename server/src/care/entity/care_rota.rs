//! The table `care_rota`: the weekly rota (排班).

use sea_orm::entity::prelude::*;
use shared::ids::{AccountId, OrganisationId, RotaId};

/// A shift of the weekly rota (排班), in China Standard Time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_rota")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RotaId,
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The account.
    pub account_id: AccountId,
    /// The day of the week; Monday is 1 (ISO 8601).
    pub weekday: i16,
    /// The first minute of the day.
    pub from_minute: i16,
    /// The minute before which it ends; 1440 is midnight.
    pub to_minute: i16,
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
    /// The organisation.
    #[sea_orm(
        belongs_to = "crate::account::entity::organisation::Entity",
        from = "Column::OrganisationId",
        to = "crate::account::entity::organisation::Column::Id"
    )]
    Organisation,
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<crate::account::entity::organisation::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Organisation.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
