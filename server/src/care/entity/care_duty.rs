//! The table `care_duty`: duty (值班) as stated against the rota.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::AccountId;

/// The duty statement of a member of staff, which overrides the rota, and when they were last active.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_duty")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Whether on duty; none: by the rota.
    pub on_duty: Option<bool>,
    /// Until when that holds; none: until stated otherwise.
    pub until: Option<DbInstant>,
    /// When they were last active.
    pub seen_at: Option<DbInstant>,
    /// When they did not confirm their presence.
    pub absent_at: Option<DbInstant>,
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
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
