//! The table `care_offer`: offers of calls to responders (派单).

use crate::store::DbInstant;
use sea_orm::{Condition, entity::prelude::*};
use shared::{
    care::responder::{Decline, Release},
    ids::{AccountId, CaseId, ResponderOfferId},
};

/// An offer of a call to a responder (派单).
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "care_offer")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResponderOfferId,
    /// The case.
    pub case_id: CaseId,
    /// The responder.
    pub responder_id: AccountId,
    /// The dispatcher; none: the system.
    pub offered_by: Option<AccountId>,
    /// When.
    pub offered_at: DbInstant,
    /// Metres in a straight line, when offered.
    pub distance_m: Option<f64>,
    /// Estimated seconds of travel, when offered.
    pub eta_s: Option<i32>,
    /// Why they were suggested.
    pub reasons: Json,
    /// Which round of offers, from 1.
    pub wave: i32,
    /// When they accepted.
    pub accepted_at: Option<DbInstant>,
    /// When they declined.
    pub declined_at: Option<DbInstant>,
    /// When they were released, or gave up.
    pub withdrawn_at: Option<DbInstant>,
    /// When they set out.
    pub set_out_at: Option<DbInstant>,
    /// When they arrived.
    pub arrived_at: Option<DbInstant>,
    /// When their part ended.
    pub done_at: Option<DbInstant>,
    /// The deadline of the next check-in.
    pub welfare_due_at: Option<DbInstant>,
    /// When the check-in was found missing.
    pub welfare_alarm_at: Option<DbInstant>,
    /// Why they declined or gave up.
    pub decline_reason: Option<Decline>,
    /// The deadline for setting out, then for arriving.
    pub due_at: Option<DbInstant>,
    /// Why they were released.
    pub withdrawn_reason: Option<Release>,
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
    /// The responder.
    #[sea_orm(
        belongs_to = "crate::account::entity::account::Entity",
        from = "Column::ResponderId",
        to = "crate::account::entity::account::Column::Id"
    )]
    Account,
}

impl Related<crate::cases::entity::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
    }
}

impl Related<crate::account::entity::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// Offers of a call that a responder accepted and that have not ended: responders who are going or there.
    #[must_use]
    pub fn going_to(case: CaseId) -> Condition {
        Condition::all()
            .add(Column::CaseId.eq(case))
            .add(Column::AcceptedAt.is_not_null())
            .add(Column::WithdrawnAt.is_null())
            .add(Column::DoneAt.is_null())
    }
}
