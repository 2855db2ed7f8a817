//! The clocks of a case, as rows: the arithmetic is [`shared::cases::clock`]'s.
//!
//! A day in a year whose calendar is not published is never guessed. A due date that lies there is pending; days that
//! cannot be counted yet when a clock is paused or stopped are counted again from the events, once the calendar is
//! there ([`recount`]): the record knows what was done on which day, so nothing needs to be kept aside.

use crate::{
    error::{Error, Result},
    store::{Tx, civil, stored},
};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use shared::{
    cases::{Clock, ClockFault, ClockOp, ClockView, Flow, Standing, WorkCalendar},
    ids::CaseId,
};
use std::collections::BTreeMap;

const CALENDAR: WorkCalendar = WorkCalendar::PUBLISHED;

/// Legal and promised working days of a clock that an event starts.
pub(crate) type Limit = (Clock, i32, i32);

#[derive(FromQueryResult)]
struct ClockRow {
    clock: String,
    started_on: time::Date,
    legal_days: i32,
    promised_days: i32,
    counted_days: i32,
    running_since: Option<time::Date>,
    stopped_on: Option<time::Date>,
    counted_pending: Option<i32>,
}

/// A clock as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    standing: Standing,
    /// The year for want of whose calendar the counted days are not the whole.
    pending: Option<i16>,
}

type Clocks = BTreeMap<String, Kept>;

fn days(stored: i32) -> Result<u32> {
    u32::try_from(stored).map_err(|_| Error::Broken(format!("{stored} working days")))
}

fn year(stored: i32) -> Result<i16> {
    i16::try_from(stored).map_err(|_| Error::Broken(format!("the year {stored}")))
}

impl ClockRow {
    fn read(self) -> Result<(String, Kept)> {
        let standing = Standing {
            started_on: civil(self.started_on),
            legal_days: days(self.legal_days)?,
            promised_days: days(self.promised_days)?,
            counted_days: days(self.counted_days)?,
            running_since: self.running_since.map(civil),
            stopped_on: self.stopped_on.map(civil),
        };
        Ok((self.clock, Kept { standing, pending: self.counted_pending.map(year).transpose()? }))
    }
}

async fn rows(tx: &Tx, case: CaseId) -> Result<Vec<(String, Kept)>> {
    let rows: Vec<ClockRow> = tx
        .all(
            "SELECT clock, started_on, legal_days, promised_days, counted_days, running_since, stopped_on, counted_pending
             FROM case_clock WHERE case_id = $1 ORDER BY started_on, clock",
            [case.into()],
        )
        .await?;
    rows.into_iter().map(ClockRow::read).collect()
}

/// Ends or pauses a clock on a day up to which its days cannot be counted yet: those that can be are.
fn halt(kept: &Kept, on: Date, stopped_on: Option<Date>, missing: i16) -> Kept {
    let known = kept.standing.counted(CALENDAR, on.min(CALENDAR.published_until())).unwrap_or(kept.standing.counted_days);
    let standing = Standing { counted_days: known, running_since: None, stopped_on, ..kept.standing.clone() };
    Kept { standing, pending: Some(kept.pending.unwrap_or(missing)) }
}

/// Does one thing to the clocks on a day.
fn turn(clocks: &mut Clocks, op: ClockOp, limits: &[Limit], on: Date) -> Result<()> {
    let name = op.clock().0;
    let fault = |fault: &dyn std::fmt::Display| Error::Broken(format!("{op:?} on {on}: {fault}"));
    let kept = |clocks: &Clocks, name: &str| clocks.get(name).cloned().ok_or_else(|| fault(&"it was never started"));
    let begin = |on: Date| -> Result<Kept> {
        let (_, legal, promised) = limits.iter().find(|l| l.0.0 == name).ok_or_else(|| fault(&"no limits were given"))?;
        let (legal, promised) = (days(*legal)?, days(*promised)?);
        if !(1..=legal).contains(&promised) {
            return Err(fault(&format!("{promised} promised of {legal} legal days")));
        }
        Ok(Kept { standing: Standing::start(on, legal, promised), pending: None })
    };
    let halted = |kept: &Kept, done: Result<Standing, ClockFault>, stopped_on: Option<Date>| match done {
        Ok(standing) => Ok(Kept { standing, pending: kept.pending }),
        Err(ClockFault::Calendar(missing)) => Ok(halt(kept, on, stopped_on, missing.year)),
        Err(other) => Err(fault(&other)),
    };
    let after = match op {
        ClockOp::Start(_) => begin(on)?,
        ClockOp::StartAsOf(_, other) => {
            begin(kept(clocks, other.0)?.standing.running_since.ok_or_else(|| fault(&"the other clock does not run"))?)?
        }
        ClockOp::Pause(_) => {
            let kept = kept(clocks, name)?;
            halted(&kept, kept.standing.clone().pause(CALENDAR, on), None)?
        }
        ClockOp::Resume(_) => {
            let Kept { standing, pending } = kept(clocks, name)?;
            Kept { standing: standing.resume(on).map_err(|e| fault(&e))?, pending }
        }
        ClockOp::Stop(_) => {
            let kept = kept(clocks, name)?;
            halted(&kept, kept.standing.clone().stop(CALENDAR, on), Some(on))?
        }
    };
    clocks.insert(name.to_owned(), after);
    Ok(())
}

/// Writes a clock. `restarted`: staff are told again when its time runs out.
async fn keep(tx: &Tx, case: CaseId, clock: &str, kept: &Kept, restarted: bool) -> Result<()> {
    let Kept { standing, pending } = kept;
    let due = [standing.legal_due(CALENDAR), standing.promised_due(CALENDAR), standing.warn_on(CALENDAR)];
    let pending_year = pending.or(due.iter().find_map(|d| d.pending_year()));
    let [legal_due, promised_due, warn_on] = due.map(|d| if pending.is_some() { None } else { d.day().map(stored) });
    let whole = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
    tx.run(
        "INSERT INTO case_clock (case_id, clock, started_on, legal_days, promised_days, counted_days, running_since, stopped_on,
             legal_due, promised_due, warn_on, pending_year, counted_pending)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (case_id, clock) DO UPDATE SET started_on = $3, legal_days = $4, promised_days = $5, counted_days = $6,
             running_since = $7, stopped_on = $8, legal_due = $9, promised_due = $10, warn_on = $11, pending_year = $12,
             counted_pending = $13, warned_at = CASE WHEN $14 THEN NULL ELSE case_clock.warned_at END,
             overdue_at = CASE WHEN $14 THEN NULL ELSE case_clock.overdue_at END",
        [
            case.into(),
            clock.into(),
            stored(standing.started_on).into(),
            whole(standing.legal_days).into(),
            whole(standing.promised_days).into(),
            whole(standing.counted_days).into(),
            standing.running_since.map(stored).into(),
            standing.stopped_on.map(stored).into(),
            legal_due.into(),
            promised_due.into(),
            warn_on.into(),
            pending_year.map(i32::from).into(),
            pending.map(i32::from).into(),
            restarted.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Does to the clocks what a step of the Flow says. `limits`: those of the clocks it starts. The case must be locked.
///
/// # Errors
/// [`Error::Broken`] when a clock is started without limits, or is asked for what it cannot do: the tables are wrong then.
pub(super) async fn apply(tx: &Tx, case: CaseId, ops: &[ClockOp], limits: &[Limit], today: Date) -> Result<()> {
    if ops.is_empty() {
        return Ok(());
    }
    let mut clocks: Clocks = rows(tx, case).await?.into_iter().collect();
    for op in ops {
        turn(&mut clocks, *op, limits, today)?;
    }
    for op in ops {
        if let Some(kept) = clocks.get(op.clock().0) {
            keep(tx, case, op.clock().0, kept, matches!(op, ClockOp::Start(_) | ClockOp::StartAsOf(..))).await?;
        }
    }
    Ok(())
}

/// How the clocks of a case stand on a day, in the order they were started.
///
/// # Errors
/// What the store says.
pub async fn standing(tx: &Tx, case: CaseId, today: Date) -> Result<Vec<ClockView>> {
    let view = |(clock, kept): (String, Kept)| ClockView::of(&clock, &kept.standing, kept.pending, CALENDAR, today);
    Ok(rows(tx, case).await?.into_iter().map(view).collect())
}

/// Computes the clocks of a case anew from its events: what was pending, now that a calendar is there. The case must be
/// locked.
pub(super) async fn recount(tx: &Tx, case: CaseId, flow: &Flow) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Happened {
        from_state: String,
        action: String,
        on: time::Date,
    }
    let before = rows(tx, case).await?;
    let limits = |op: &ClockOp| -> Vec<Limit> {
        let whole = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
        let row = before.iter().find(|(clock, _)| clock == op.clock().0);
        row.map(|(_, k)| (op.clock(), whole(k.standing.legal_days), whole(k.standing.promised_days))).into_iter().collect()
    };
    let events: Vec<Happened> = tx
        .all(
            r#"SELECT from_state, action, (at AT TIME ZONE 'Asia/Shanghai')::date AS "on" FROM event WHERE case_id = $1 ORDER BY seq"#,
            [case.into()],
        )
        .await?;
    let mut clocks = Clocks::new();
    for event in events {
        for op in flow.clock_ops(&event.from_state, &event.action) {
            turn(&mut clocks, *op, &limits(op), civil(event.on))?;
        }
    }
    for (clock, kept) in &clocks {
        keep(tx, case, clock, kept, false).await?;
    }
    set_due(tx, case).await
}

/// Writes into the case when it is due: by the promised limit of the clock that runs.
pub(super) async fn set_due(tx: &Tx, case: CaseId) -> Result<()> {
    tx.run(
        "UPDATE cases SET due_on = (SELECT min(promised_due) FROM case_clock WHERE case_id = $1 AND running_since IS NOT NULL)
         WHERE id = $1",
        [case.into()],
    )
    .await?;
    Ok(())
}

/// The last working day up to this one, as far as calendars are published: what was due before it is overdue.
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
            turn(&mut clocks, *op, LIMITS, *on).unwrap();
        }
        clocks
    }

    #[test]
    fn silence_counts_from_the_day_the_materials_came_in() {
        let clocks = after(&[
            (ClockOp::Start(ACCEPTANCE), date(2025, 11, 3)),
            (ClockOp::StartAsOf(DECISION, ACCEPTANCE), date(2025, 11, 11)),
            (ClockOp::Stop(ACCEPTANCE), date(2025, 11, 11)),
        ]);
        assert_eq!(clocks["decision"].standing, Standing::start(date(2025, 11, 3), 20, 10));
        assert_eq!(clocks["acceptance"].standing.stopped_on, Some(date(2025, 11, 11)));
    }

    #[test]
    fn a_pause_in_a_year_without_calendar_counts_what_it_can_and_says_what_is_missing() {
        let clocks = after(&[
            (ClockOp::Start(ACCEPTANCE), date(2026, 12, 29)),
            (ClockOp::Pause(ACCEPTANCE), date(2027, 1, 5)),
            (ClockOp::Resume(ACCEPTANCE), date(2027, 1, 6)),
            (ClockOp::Stop(ACCEPTANCE), date(2027, 1, 7)),
        ]);
        let kept = &clocks["acceptance"];
        assert_eq!((kept.standing.counted_days, kept.pending), (2, Some(2027)));
        assert_eq!((kept.standing.running_since, kept.standing.stopped_on), (None, Some(date(2027, 1, 7))));
    }

    #[test]
    fn a_start_without_limits_and_a_pause_without_a_start_are_faults_of_the_tables() {
        let mut clocks = Clocks::new();
        let on = date(2025, 11, 3);
        assert!(matches!(turn(&mut clocks, ClockOp::Start(ACCEPTANCE), &[], on), Err(Error::Broken(_))));
        assert!(matches!(turn(&mut clocks, ClockOp::Start(ACCEPTANCE), &[(ACCEPTANCE, 3, 5)], on), Err(Error::Broken(_))));
        assert!(matches!(turn(&mut clocks, ClockOp::Pause(ACCEPTANCE), LIMITS, on), Err(Error::Broken(_))));
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
