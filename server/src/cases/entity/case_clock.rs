//! The table `case_clock`: clocks (时限) of cases.

use crate::store::{DbDate, DbInstant};
use sea_orm::entity::prelude::*;
use shared::{cases::ClockName, ids::CaseId};

/// A clock (时限) in working days.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_clock")]
pub struct Model {
    /// The case.
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: CaseId,
    /// Which clock.
    #[sea_orm(primary_key, auto_increment = false)]
    pub clock: ClockName,
    /// The day on which it was started; not counted.
    pub started_on: DbDate,
    /// Legal length in working days.
    pub legal_days: i32,
    /// Promised length in working days.
    pub promised_days: i32,
    /// Working days counted up to the last pause.
    pub counted_days: i32,
    /// The day since which it runs; none: paused or stopped.
    pub running_since: Option<DbDate>,
    /// When it was stopped.
    pub stopped_on: Option<DbDate>,
    /// The legal date; none while paused, stopped or pending.
    pub legal_due: Option<DbDate>,
    /// The promised date.
    pub promised_due: Option<DbDate>,
    /// The calendar year that is not published yet.
    pub pending_year: Option<i32>,
    /// When staff were warned.
    pub warned_at: Option<DbInstant>,
    /// When 80 % of the legal days are used up.
    pub warn_on: Option<DbDate>,
    /// The year whose calendar is missing in `counted_days`.
    pub counted_pending_year: Option<i32>,
    /// When staff were notified that it is overdue.
    pub overdue_at: Option<DbInstant>,
}

/// Joins to other tables.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The case.
    #[sea_orm(belongs_to = "super::case::Entity", from = "Column::CaseId", to = "super::case::Column::Id")]
    Case,
}

impl Related<super::case::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Case.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
