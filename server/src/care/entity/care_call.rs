//! The table `care_call`: emergency calls (呼救).

use crate::store::DbInstant;
use sea_orm::entity::prelude::*;
use shared::ids::{CaseId, PolicyId};

/// The care side of an emergency call (呼救).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "care_call")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// Whether the person is known.
    pub known: bool,
    /// A number to call back, under the person's key.
    pub callback: Option<Vec<u8>>,
    /// The blind index of that number.
    pub callback_index: Option<Vec<u8>>,
    /// What the caller wrote, under the person's key.
    pub words: Option<Vec<u8>>,
    /// The last known location (`shared::care::geo::Fix`), under the person's key.
    pub place: Option<Vec<u8>>,
    /// When it was located.
    pub located_at: Option<DbInstant>,
    /// When the button was pressed first.
    pub raised_at: DbInstant,
    /// The escalation policy.
    pub policy_id: PolicyId,
    /// The step that is due next, from 0.
    pub step: i32,
    /// How often all steps were gone through.
    pub round: i32,
    /// Ringing: the next step; answered: the end of the time to make progress; none: neither.
    pub next_step_at: Option<DbInstant>,
    /// When it was answered first.
    pub first_answered_at: Option<DbInstant>,
    /// When the answer in force was given.
    pub answered_at: Option<DbInstant>,
    /// When responders were asked.
    pub dispatched_at: Option<DbInstant>,
    /// When a responder arrived.
    pub on_scene_at: Option<DbInstant>,
    /// When it ended.
    pub ended_at: Option<DbInstant>,
    /// The call it was merged into.
    pub merged_into: Option<CaseId>,
    /// When the caller reported to be well.
    pub fine_at: Option<DbInstant>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The case.
    #[sea_orm(
        belongs_to = "crate::cases::entity::case::Entity",
        from = "Column::CaseId",
        to = "crate::cases::entity::case::Column::Id"
    )]
    Case,
    /// The escalation policy.
    #[sea_orm(belongs_to = "super::care_policy::Entity", from = "Column::PolicyId", to = "super::care_policy::Column::Id")]
    CarePolicy,
}

impl Related<crate::cases::entity::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
    }
}

impl Related<super::care_policy::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::CarePolicy.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
