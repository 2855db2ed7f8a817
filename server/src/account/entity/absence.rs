//! The table `absence`: staff absences (缺勤).

use sea_orm::entity::prelude::*;
use shared::ids::{AbsenceId, AccountId};

/// A staff absence (缺勤): queues assign around it.
///
/// The days (`daterange`, unknown to the driver) are read and written in SQL.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "absence")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AbsenceId,
    /// The member of staff.
    pub account_id: AccountId,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The account.
    #[sea_orm(belongs_to = "super::account::Entity", from = "Column::AccountId", to = "super::account::Column::Id")]
    Account,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
