//! The table `care_press`: presses (按下) of emergency buttons.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    care::press::Source,
    ids::{AccountId, CaseId, DeviceId, PressId},
};

/// A press (按下) of an emergency button.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_press")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PressId,
    /// The call it belongs to.
    pub case_id: Option<CaseId>,
    /// The hash of the secret with which the caller follows the call.
    pub secret_hash: Vec<u8>,
    /// Its source.
    pub source: Source,
    /// The device.
    pub device_id: Option<DeviceId>,
    /// The signed-in account.
    pub account_id: Option<AccountId>,
    /// When.
    pub at: DbInstant,
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
    /// The case.
    #[sea_orm(
        belongs_to = "crate::cases::entity::case::Entity",
        from = "Column::CaseId",
        to = "crate::cases::entity::case::Column::Id"
    )]
    Case,
    /// The device.
    #[sea_orm(belongs_to = "super::care_device::Entity", from = "Column::DeviceId", to = "super::care_device::Column::Id")]
    CareDevice,
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl Related<crate::cases::entity::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
    }
}

impl Related<super::care_device::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::CareDevice.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
