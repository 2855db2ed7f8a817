//! The table `care_alert`: alerts (呼叫记录) of escalation steps.

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::{
    care::escalation::Target,
    ids::{AccountId, AlertId, CaseId, ContactId},
};

/// An alert of an escalation step to one person (呼叫记录).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_alert")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AlertId,
    /// The case.
    pub case_id: CaseId,
    /// The round of the escalation.
    pub round: i32,
    /// The step of the policy, from 0.
    pub step: i32,
    /// The target of the step.
    pub target: Target,
    /// The alerted account.
    pub account_id: Option<AccountId>,
    /// The alerted contact.
    pub contact_id: Option<ContactId>,
    /// When the step was due.
    pub due_at: DbInstant,
    /// When the alert was made.
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
    /// The alerted contact.
    #[sea_orm(belongs_to = "super::care_contact::Entity", from = "Column::ContactId", to = "super::care_contact::Column::Id")]
    CareContact,
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

impl Related<super::care_contact::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::CareContact.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
