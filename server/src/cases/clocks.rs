//! The clocks (时限) of a case as stored in `case_clock`; the arithmetic is in [`shared::cases::clock`].
//!
//! China publishes its calendar of working days year by year. Days of a year whose calendar is not published are never
//! guessed. A due date in such a year is pending. When a clock is paused or stopped and its days cannot be counted yet,
//! they are counted again from the events of the case as soon as the calendar is published ([`recount`]).

use super::entity::case_clock;
use crate::{
    error::{Error, Result},
    store::{DbDate, Tx},
};
use jiff::civil::Date;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, prelude::Expr, raw_sql, sea_query::OnConflict,
};
use shared::{
    cases::{Clock, ClockFault, ClockName, ClockOp, ClockRecord, ClockView, Flow, WorkCalendar},
    ids::CaseId,
};
use std::collections::BTreeMap;

const CALENDAR: WorkCalendar = WorkCalendar::PUBLISHED;

/// A clock that an event starts, with its legal and its promised working days.
pub(crate) type Limit = (Clock, i32, i32);

/// A clock as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
struct StoredClock {
    record: ClockRecord,
    /// The first year without a calendar; days in it are not counted yet.
    pending: Option<i16>,
}

type Clocks = BTreeMap<String, StoredClock>;

fn days(stored: i32) -> Result<u32> {
    u32::try_from(stored).map_err(|_| Error::Broken(format!("{stored} working days")))
}

fn year(stored: i32) -> Result<i16> {
    i16::try_from(stored).map_err(|_| Error::Broken(format!("the year {stored}")))
}

fn from_row(row: &case_clock::Model) -> Result<(String, StoredClock)> {
    let record = ClockRecord {
        started_on: row.started_on.date(),
        legal_days: days(row.legal_days)?,
        promised_days: days(row.promised_days)?,
        counted_days: days(row.counted_days)?,
        running_since: row.running_since.map(DbDate::date),
        stopped_on: row.stopped_on.map(DbDate::date),
    };
    Ok((row.clock.code().to_owned(), StoredClock { record, pending: row.counted_pending_year.map(year).transpose()? }))
}

fn to_i32(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}

async fn load(tx: &Tx, case: CaseId) -> Result<Vec<(String, StoredClock)>> {
    let rows = case_clock::Entity::find()
        .filter(case_clock::Column::CaseId.eq(case))
        .order_by_asc(case_clock::Column::StartedOn)
        .order_by_asc(case_clock::Column::Clock)
        .all(tx)
        .await?;
    rows.iter().map(from_row).collect()
}

/// Stops or pauses a clock on a day in a year without a calendar: counts the days up to the last published year.
fn halt_pending(stored: &StoredClock, on: Date, stopped_on: Option<Date>, missing: i16) -> StoredClock {
    let known = stored.record.counted(CALENDAR, on.min(CALENDAR.published_until())).unwrap_or(stored.record.counted_days);
    let record = ClockRecord { counted_days: known, running_since: None, stopped_on, ..stored.record.clone() };
    StoredClock { record, pending: Some(stored.pending.unwrap_or(missing)) }
}

/// Applies one operation to the clocks on a day.
fn apply_op(clocks: &mut Clocks, op: ClockOp, limits: &[Limit], on: Date) -> Result<()> {
    let name = op.clock().0;
    let fault = |fault: &dyn std::fmt::Display| Error::Broken(format!("{op:?} on {on}: {fault}"));
    let stored = |clocks: &Clocks, name: &str| clocks.get(name).cloned().ok_or_else(|| fault(&"it was never started"));
    let begin = |on: Date| -> Result<StoredClock> {
        let (_, legal, promised) = limits.iter().find(|l| l.0.0 == name).ok_or_else(|| fault(&"no limits were given"))?;
        let (legal, promised) = (days(*legal)?, days(*promised)?);
        if !(1..=legal).contains(&promised) {
            return Err(fault(&format!("{promised} promised of {legal} legal days")));
        }
        Ok(StoredClock { record: ClockRecord::start(on, legal, promised), pending: None })
    };
    let halted = |stored: &StoredClock, done: Result<ClockRecord, ClockFault>, stopped_on: Option<Date>| match done {
        Ok(record) => Ok(StoredClock { record, pending: stored.pending }),
        Err(ClockFault::Calendar(missing)) => Ok(halt_pending(stored, on, stopped_on, missing.year)),
        Err(other) => Err(fault(&other)),
    };
    let after = match op {
        ClockOp::Start(_) => begin(on)?,
        ClockOp::StartAsOf(_, other) => {
            // Starts on the day since which the other clock runs.
            begin(stored(clocks, other.0)?.record.running_since.ok_or_else(|| fault(&"the other clock does not run"))?)?
        }
        ClockOp::Pause(_) => {
            let stored = stored(clocks, name)?;
            halted(&stored, stored.record.clone().pause(CALENDAR, on), None)?
        }
        ClockOp::Resume(_) => {
            let StoredClock { record, pending } = stored(clocks, name)?;
            StoredClock { record: record.resume(on).map_err(|e| fault(&e))?, pending }
        }
        ClockOp::Stop(_) => {
            let stored = stored(clocks, name)?;
            halted(&stored, stored.record.clone().stop(CALENDAR, on), Some(on))?
        }
    };
    clocks.insert(name.to_owned(), after);
    Ok(())
}

/// Writes a clock. If `restarted`, warnings about its deadline can be sent again.
async fn save(tx: &Tx, case: CaseId, clock: &str, stored: &StoredClock, restarted: bool) -> Result<()> {
    use case_clock::Column;
    let StoredClock { record, pending } = stored;
    let name: ClockName = clock.parse().map_err(|e| Error::Broken(format!("clock {clock}: {e}")))?;
    let due = [record.legal_due(CALENDAR), record.promised_due(CALENDAR), record.warn_on(CALENDAR)];
    // `counted_pending_year`: the counted days lack days of that year. `pending_year`: also if only the due dates lie in it.
    let pending_year = pending.or(due.iter().find_map(|d| d.pending_year()));
    let [legal_due, promised_due, warn_on] = due.map(|d| if pending.is_some() { None } else { d.day().map(DbDate::from) });
    let row = case_clock::ActiveModel {
        case_id: Set(case),
        clock: Set(name),
        started_on: Set(record.started_on.into()),
        legal_days: Set(to_i32(record.legal_days)),
        promised_days: Set(to_i32(record.promised_days)),
        counted_days: Set(to_i32(record.counted_days)),
        running_since: Set(record.running_since.map(DbDate::from)),
        stopped_on: Set(record.stopped_on.map(DbDate::from)),
        legal_due: Set(legal_due),
        promised_due: Set(promised_due),
        warn_on: Set(warn_on),
        pending_year: Set(pending_year.map(i32::from)),
        counted_pending_year: Set(pending.map(i32::from)),
        ..Default::default()
    };
    let mut replace = OnConflict::columns([Column::CaseId, Column::Clock]);
    replace.update_columns([
        Column::StartedOn,
        Column::LegalDays,
        Column::PromisedDays,
        Column::CountedDays,
        Column::RunningSince,
        Column::StoppedOn,
        Column::LegalDue,
        Column::PromisedDue,
        Column::WarnOn,
        Column::PendingYear,
        Column::CountedPendingYear,
    ]);
    if restarted {
        replace.value(Column::WarnedAt, Expr::cust("NULL")).value(Column::OverdueAt, Expr::cust("NULL"));
    }
    case_clock::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// Applies the clock operations of a step of the Flow. `limits`: those of the clocks it starts. The case must be locked.
///
/// # Errors
/// [`Error::Broken`] when a clock is started without limits, or an operation does not fit the state of the clock; both are
/// errors in the table of steps.
pub(super) async fn apply(tx: &Tx, case: CaseId, ops: &[ClockOp], limits: &[Limit], today: Date) -> Result<()> {
    if ops.is_empty() {
        return Ok(());
    }
    let mut clocks: Clocks = load(tx, case).await?.into_iter().collect();
    for op in ops {
        apply_op(&mut clocks, *op, limits, today)?;
    }
    for op in ops {
        if let Some(stored) = clocks.get(op.clock().0) {
            save(tx, case, op.clock().0, stored, matches!(op, ClockOp::Start(_) | ClockOp::StartAsOf(..))).await?;
        }
    }
    Ok(())
}

/// The clocks of a case as a page shows them on a day, in the order they were started.
///
/// # Errors
/// Errors of the store.
pub async fn clock_views(tx: &Tx, case: CaseId, today: Date) -> Result<Vec<ClockView>> {
    let view = |(clock, stored): (String, StoredClock)| ClockView::of(&clock, &stored.record, stored.pending, CALENDAR, today);
    Ok(load(tx, case).await?.into_iter().map(view).collect())
}

/// Computes the clocks of a case from its events, after a calendar was published. The case must be locked.
pub(super) async fn recount(tx: &Tx, case: CaseId, flow: &Flow) -> Result<()> {
    let before = load(tx, case).await?;
    let limits = |op: &ClockOp| -> Vec<Limit> {
        let row = before.iter().find(|(clock, _)| clock == op.clock().0);
        row.map(|(_, k)| (op.clock(), to_i32(k.record.legal_days), to_i32(k.record.promised_days))).into_iter().collect()
    };
    let events: Vec<(String, String, DbDate)> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT from_state, action, (at AT TIME ZONE 'Asia/Shanghai')::date FROM event WHERE case_id = {case} ORDER BY seq"
        ))
        .await?;
    let mut clocks = Clocks::new();
    for (from_state, action, on) in events {
        for op in flow.clock_ops(&from_state, &action) {
            apply_op(&mut clocks, *op, &limits(op), on.date())?;
        }
    }
    for (clock, stored) in &clocks {
        save(tx, case, clock, stored, false).await?;
    }
    set_due(tx, case).await
}

/// Writes the due date of a case: the promised date of the clock that runs.
pub(super) async fn set_due(tx: &Tx, case: CaseId) -> Result<()> {
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE cases SET due_on = (SELECT min(promised_due) FROM case_clock WHERE case_id = {case} AND running_since IS NOT NULL)
         WHERE id = {case}"
    ))
    .await?;
    Ok(())
}

/// The latest working day that is not after `today` and lies in a published year. A clock due before that day is overdue.
pub(super) fn last_workday(today: Date) -> Date {
    let mut day = today.min(CALENDAR.published_until());
    while CALENDAR.is_workday(day) == Ok(false) {
        day = day.yesterday().unwrap_or(Date::MIN);
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use shared::services::life::{ACCEPTANCE, DECISION};

    const LIMITS: &[Limit] = &[(ACCEPTANCE, 5, 3), (DECISION, 20, 10)];

    fn after(ops: &[(ClockOp, Date)]) -> Clocks {
        let mut clocks = Clocks::new();
        for (op, on) in ops {
            apply_op(&mut clocks, *op, LIMITS, *on).unwrap();
        }
        clocks
    }

    #[test]
    fn deemed_acceptance_starts_the_decision_clock_on_the_day_of_submission() {
        let clocks = after(&[
            (ClockOp::Start(ACCEPTANCE), date(2025, 11, 3)),
            (ClockOp::StartAsOf(DECISION, ACCEPTANCE), date(2025, 11, 11)),
            (ClockOp::Stop(ACCEPTANCE), date(2025, 11, 11)),
        ]);
        assert_eq!(clocks["decision"].record, ClockRecord::start(date(2025, 11, 3), 20, 10));
        assert_eq!(clocks["acceptance"].record.stopped_on, Some(date(2025, 11, 11)));
    }

    #[test]
    fn a_pause_in_a_year_without_calendar_counts_what_it_can_and_says_what_is_missing() {
        let clocks = after(&[
            (ClockOp::Start(ACCEPTANCE), date(2026, 12, 29)),
            (ClockOp::Pause(ACCEPTANCE), date(2027, 1, 5)),
            (ClockOp::Resume(ACCEPTANCE), date(2027, 1, 6)),
            (ClockOp::Stop(ACCEPTANCE), date(2027, 1, 7)),
        ]);
        let stored = &clocks["acceptance"];
        assert_eq!((stored.record.counted_days, stored.pending), (2, Some(2027)));
        assert_eq!((stored.record.running_since, stored.record.stopped_on), (None, Some(date(2027, 1, 7))));
    }

    #[test]
    fn a_start_without_limits_and_a_pause_without_a_start_are_reported_as_errors_of_the_flow() {
        let mut clocks = Clocks::new();
        let on = date(2025, 11, 3);
        assert!(matches!(apply_op(&mut clocks, ClockOp::Start(ACCEPTANCE), &[], on), Err(Error::Broken(_))));
        assert!(matches!(apply_op(&mut clocks, ClockOp::Start(ACCEPTANCE), &[(ACCEPTANCE, 3, 5)], on), Err(Error::Broken(_))));
        assert!(matches!(apply_op(&mut clocks, ClockOp::Pause(ACCEPTANCE), LIMITS, on), Err(Error::Broken(_))));
        assert!(clocks.is_empty());
    }

    #[test]
    fn overdue_begins_on_a_working_day() {
        assert_eq!(last_workday(date(2025, 11, 9)), date(2025, 11, 7));
        assert_eq!(last_workday(date(2025, 10, 8)), date(2025, 9, 30));
        assert_eq!(last_workday(date(2025, 10, 11)), date(2025, 10, 11));
        assert_eq!(last_workday(date(2027, 3, 1)), date(2026, 12, 31));
    }
}
