//! The arithmetic of a clock (时限) in working days that can be paused: days counted, days passed, due dates. Pure; the days
//! come from the caller.
//!
//! **Which days count.** A clock counts the days that the office has used. The day of an event that starts or resumes it is
//! not counted; counting begins with the next day. The day of an event that pauses or stops it is counted. So the day on
//! which the office asks for a correction counts for the office, and the day on which the applicant answers does not. The
//! office cannot gain the day on which it asks; a request asked and answered on one day changes nothing; and every working
//! day since the start is either counted or paused, never both and never neither.
//!
//! **Overdue** is counted in working days, too: a limit that ends on a Friday is overdue from the Monday on, by one day.

use super::calendar::{CalendarMissing, WorkCalendar};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A clock, as stored in the table `case_clock`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockRecord {
    /// The day of the event that started it; not counted itself.
    pub started_on: Date,
    /// The legal limit (法定时限) in working days.
    pub legal_days: u32,
    /// The promised limit (承诺时限) in working days, at most the legal one.
    pub promised_days: u32,
    /// Working days counted up to the last pause or the end, that day included.
    pub counted_days: u32,
    /// The day of the event since which it runs; `None` while it is paused and after its end.
    pub running_since: Option<Date>,
    /// The day of the event that ended it.
    pub stopped_on: Option<Date>,
}

/// When something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// On this day. If the limit had been used up before a pause, on the day since which the clock runs again.
    On(Date),
    /// Not known until the calendar of this year is published.
    Pending {
        /// The year whose calendar is missing.
        year: i16,
    },
    /// Not known while the clock is paused.
    StandsStill,
    /// None: the clock has ended.
    Stopped,
}

impl Due {
    /// The day, if there is one.
    #[must_use]
    pub const fn day(self) -> Option<Date> {
        match self {
            Self::On(day) => Some(day),
            Self::Pending { .. } | Self::StandsStill | Self::Stopped => None,
        }
    }

    /// The year whose calendar it waits for.
    #[must_use]
    pub const fn pending_year(self) -> Option<i16> {
        match self {
            Self::Pending { year } => Some(year),
            Self::On(_) | Self::StandsStill | Self::Stopped => None,
        }
    }
}

/// Why an operation does not fit the state of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockFault {
    /// It is running already.
    #[error("the clock runs already")]
    Runs,
    /// It is paused already.
    #[error("the clock stands still already")]
    StandsStill,
    /// It has ended.
    #[error("the clock has ended")]
    Stopped,
    /// The days up to the event cannot be counted yet.
    #[error(transparent)]
    Calendar(#[from] CalendarMissing),
}

impl ClockRecord {
    /// Starts a clock by an event of this day.
    #[must_use]
    pub const fn start(on: Date, legal_days: u32, promised_days: u32) -> Self {
        Self { started_on: on, legal_days, promised_days, counted_days: 0, running_since: Some(on), stopped_on: None }
    }

    /// Pauses it by an event of this day, which is still counted.
    ///
    /// # Errors
    /// [`ClockFault`] if it does not run, or if days up to this one lie in an unpublished year.
    pub fn pause(self, calendar: WorkCalendar, on: Date) -> Result<Self, ClockFault> {
        self.not_stopped()?;
        if self.running_since.is_none() {
            return Err(ClockFault::StandsStill);
        }
        Ok(Self { counted_days: self.counted(calendar, on)?, running_since: None, ..self })
    }

    /// Resumes it by an event of this day, which is not counted.
    ///
    /// # Errors
    /// [`ClockFault`] if it is not paused.
    pub fn resume(self, on: Date) -> Result<Self, ClockFault> {
        self.not_stopped()?;
        if self.running_since.is_some() {
            return Err(ClockFault::Runs);
        }
        Ok(Self { running_since: Some(on), ..self })
    }

    /// Stops it by an event of this day, which is counted if it runs.
    ///
    /// # Errors
    /// [`ClockFault`] if it has ended before, or if days up to this one lie in an unpublished year.
    pub fn stop(self, calendar: WorkCalendar, on: Date) -> Result<Self, ClockFault> {
        self.not_stopped()?;
        Ok(Self { counted_days: self.counted(calendar, on)?, running_since: None, stopped_on: Some(on), ..self })
    }

    /// The working days the office has used up to and with `today` (计入天数).
    ///
    /// # Errors
    /// [`CalendarMissing`] if it runs and days up to `today` lie in an unpublished year.
    pub fn counted(&self, calendar: WorkCalendar, today: Date) -> Result<u32, CalendarMissing> {
        let running = self.running_since.map_or(Ok(0), |since| calendar.count(since, today))?;
        Ok(self.counted_days.saturating_add(running))
    }

    /// The working days that have passed since the start up to and with `today` or the end, pauses included (实际天数).
    ///
    /// # Errors
    /// [`CalendarMissing`] if some of them lie in an unpublished year.
    pub fn elapsed(&self, calendar: WorkCalendar, today: Date) -> Result<u32, CalendarMissing> {
        calendar.count(self.started_on, self.stopped_on.unwrap_or(today))
    }

    /// The working days it was paused: those that have passed and were not counted.
    ///
    /// # Errors
    /// As [`Self::elapsed`].
    pub fn paused(&self, calendar: WorkCalendar, today: Date) -> Result<u32, CalendarMissing> {
        Ok(self.elapsed(calendar, today)?.saturating_sub(self.counted(calendar, today)?))
    }

    /// The last day of the legal limit.
    #[must_use]
    pub fn legal_due(&self, calendar: WorkCalendar) -> Due {
        self.used_up(calendar, self.legal_days)
    }

    /// The last day of the promised limit.
    #[must_use]
    pub fn promised_due(&self, calendar: WorkCalendar) -> Due {
        self.used_up(calendar, self.promised_days)
    }

    /// The day on which 80 % of the legal days, rounded up to whole days, are used up.
    #[must_use]
    pub fn warn_on(&self, calendar: WorkCalendar) -> Due {
        self.used_up(calendar, self.legal_days - self.legal_days / 5)
    }

    /// By how many working days the legal limit is exceeded, whether it runs, is paused or has ended.
    ///
    /// # Errors
    /// As [`Self::counted`].
    pub fn overdue_days(&self, calendar: WorkCalendar, today: Date) -> Result<u32, CalendarMissing> {
        Ok(self.counted(calendar, today)?.saturating_sub(self.legal_days))
    }

    /// Whether the legal limit is exceeded. Known also in an unpublished year if it was exceeded before.
    ///
    /// # Errors
    /// [`CalendarMissing`] if that depends on days in an unpublished year.
    pub fn is_overdue(&self, calendar: WorkCalendar, today: Date) -> Result<bool, CalendarMissing> {
        let known = today.min(calendar.published_until());
        Ok(self.overdue_days(calendar, known)? > 0 || self.overdue_days(calendar, today)? > 0)
    }

    /// The day on which so many days will have been counted.
    fn used_up(&self, calendar: WorkCalendar, days: u32) -> Due {
        match (self.stopped_on, self.running_since) {
            (Some(_), _) => Due::Stopped,
            (None, None) => Due::StandsStill,
            (None, Some(since)) => match calendar.due(since, days.saturating_sub(self.counted_days)) {
                Ok(day) => Due::On(day),
                Err(missing) => Due::Pending { year: missing.year },
            },
        }
    }

    const fn not_stopped(&self) -> Result<(), ClockFault> {
        if self.stopped_on.is_some() { Err(ClockFault::Stopped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::date};
    use proptest::prelude::*;

    const CALENDAR: WorkCalendar = WorkCalendar::OF_TESTS;

    /// Started on Monday 3 November 2025 with 5 legal and 3 promised days; no holiday is near.
    fn five_days() -> ClockRecord {
        ClockRecord::start(date(2025, 11, 3), 5, 3)
    }

    #[test]
    fn a_clock_that_runs_through_ends_on_its_last_working_day() {
        let clock = five_days();
        assert_eq!(clock.legal_due(CALENDAR), Due::On(date(2025, 11, 10)));
        assert_eq!(clock.promised_due(CALENDAR), Due::On(date(2025, 11, 6)));
        assert_eq!(clock.warn_on(CALENDAR), Due::On(date(2025, 11, 7)));
        assert_eq!(clock.counted(CALENDAR, date(2025, 11, 3)), Ok(0));
        assert_eq!(clock.counted(CALENDAR, date(2025, 11, 9)), Ok(4));
        assert_eq!(clock.paused(CALENDAR, date(2025, 11, 9)), Ok(0));
    }

    #[test]
    fn the_day_of_asking_is_the_office_s_and_the_day_of_the_answer_is_not() {
        let paused = five_days().pause(CALENDAR, date(2025, 11, 5)).unwrap();
        assert_eq!(paused.counted_days, 2);
        assert_eq!((paused.legal_due(CALENDAR), paused.warn_on(CALENDAR)), (Due::StandsStill, Due::StandsStill));
        assert_eq!(paused.counted(CALENDAR, date(2025, 11, 12)), Ok(2));
        assert_eq!(paused.elapsed(CALENDAR, date(2025, 11, 12)), Ok(7));
        let resumed = paused.resume(date(2025, 11, 12)).unwrap();
        assert_eq!(resumed.paused(CALENDAR, date(2025, 11, 12)), Ok(5)); // 6, 7, 10, 11 and 12 November
        assert_eq!(resumed.legal_due(CALENDAR), Due::On(date(2025, 11, 17)));
        assert_eq!(resumed.promised_due(CALENDAR), Due::On(date(2025, 11, 13)));
    }

    #[test]
    fn asked_and_answered_on_one_day_stops_nothing() {
        let day = date(2025, 11, 5);
        let clock = five_days().pause(CALENDAR, day).unwrap().resume(day).unwrap();
        assert_eq!(clock.legal_due(CALENDAR), five_days().legal_due(CALENDAR));
        assert_eq!(clock.paused(CALENDAR, date(2025, 11, 10)), Ok(0));
    }

    #[test]
    fn overdue_begins_with_the_first_working_day_too_many_and_stays() {
        let clock = five_days();
        assert_eq!(clock.is_overdue(CALENDAR, date(2025, 11, 10)), Ok(false));
        assert_eq!(clock.is_overdue(CALENDAR, date(2025, 11, 11)), Ok(true));
        assert_eq!(clock.overdue_days(CALENDAR, date(2025, 11, 12)), Ok(2));
        let paused = clock.pause(CALENDAR, date(2025, 11, 11)).unwrap();
        assert_eq!(paused.is_overdue(CALENDAR, date(2025, 12, 31)), Ok(true));
        let resumed = paused.resume(date(2025, 11, 20)).unwrap();
        assert_eq!(resumed.legal_due(CALENDAR), Due::On(date(2025, 11, 20)));
        let stopped = resumed.stop(CALENDAR, date(2025, 11, 21)).unwrap();
        assert_eq!(stopped.overdue_days(CALENDAR, date(2026, 6, 1)), Ok(2));
    }

    #[test]
    fn a_clock_that_has_ended_does_not_move() {
        let clock = five_days().stop(CALENDAR, date(2025, 11, 5)).unwrap();
        assert_eq!((clock.counted_days, clock.stopped_on), (2, Some(date(2025, 11, 5))));
        assert_eq!(clock.elapsed(CALENDAR, date(2026, 3, 1)), Ok(2));
        assert_eq!(clock.legal_due(CALENDAR), Due::Stopped);
        assert_eq!(clock.clone().pause(CALENDAR, date(2025, 11, 6)), Err(ClockFault::Stopped));
        assert_eq!(clock.clone().resume(date(2025, 11, 6)), Err(ClockFault::Stopped));
        assert_eq!(clock.stop(CALENDAR, date(2025, 11, 6)), Err(ClockFault::Stopped));
    }

    #[test]
    fn a_pause_may_be_the_end() {
        let paused = five_days().pause(CALENDAR, date(2025, 11, 4)).unwrap();
        assert_eq!(paused.clone().pause(CALENDAR, date(2025, 11, 5)), Err(ClockFault::StandsStill));
        let stopped = paused.stop(CALENDAR, date(2025, 11, 14)).unwrap();
        assert_eq!((stopped.counted_days, stopped.paused(CALENDAR, date(2025, 12, 1))), (1, Ok(8)));
        assert_eq!(five_days().resume(date(2025, 11, 5)), Err(ClockFault::Runs));
    }

    #[test]
    fn a_year_that_is_not_published_leaves_it_pending() {
        let clock = ClockRecord::start(date(2026, 12, 30), 5, 1);
        assert_eq!(clock.legal_due(CALENDAR), Due::Pending { year: 2027 });
        assert_eq!(clock.legal_due(CALENDAR).pending_year(), Some(2027));
        assert_eq!(clock.legal_due(CALENDAR).day(), None);
        assert_eq!(clock.promised_due(CALENDAR).day(), Some(date(2026, 12, 31)));
        assert_eq!(clock.promised_due(CALENDAR).pending_year(), None);
        let missing = CalendarMissing { year: 2027 };
        assert_eq!(clock.counted(CALENDAR, date(2027, 1, 4)), Err(missing));
        assert_eq!(clock.is_overdue(CALENDAR, date(2027, 1, 4)), Err(missing));
        assert_eq!(clock.pause(CALENDAR, date(2027, 1, 4)), Err(ClockFault::Calendar(missing)));
        let born_later = ClockRecord::start(date(2027, 1, 4), 5, 5);
        assert_eq!(born_later.legal_due(CALENDAR), Due::Pending { year: 2027 });
    }

    #[test]
    fn what_was_overdue_before_the_unpublished_year_is_overdue_in_it() {
        let clock = ClockRecord::start(date(2026, 12, 1), 5, 5);
        assert_eq!(clock.is_overdue(CALENDAR, date(2027, 3, 1)), Ok(true));
    }

    #[test]
    fn the_warning_comes_at_four_fifths_rounded_up() {
        for (legal, used) in [(1, 1), (2, 2), (4, 4), (5, 4), (6, 5), (10, 8), (20, 16), (60, 48)] {
            let clock = ClockRecord::start(date(2025, 3, 3), legal, 1);
            assert_eq!(clock.warn_on(CALENDAR), Due::On(CALENDAR.due(date(2025, 3, 3), used).unwrap()), "{legal}");
        }
    }

    proptest! {
        /// Gaps of days between alternating pauses and resumes, with rest days and events of one day among them.
        #[test]
        fn every_working_day_is_either_counted_or_paused(
            start in 0i32..400, gaps in prop::collection::vec(0i32..30, 0..8), after in 0i32..60, stops in any::<bool>()
        ) {
            let mut day = date(2025, 1, 1).checked_add(start.days()).unwrap();
            let mut clock = ClockRecord::start(day, 20, 10);
            let (mut paused, mut paused_on) = (0, None);
            for gap in gaps {
                day = day.checked_add(gap.days()).unwrap();
                clock = match paused_on.take() {
                    None => {
                        paused_on = Some(day);
                        clock.pause(CALENDAR, day).unwrap()
                    }
                    Some(since) => {
                        paused += CALENDAR.count(since, day).unwrap();
                        clock.resume(day).unwrap()
                    }
                };
            }
            let today = day.checked_add(after.days()).unwrap();
            if let Some(since) = paused_on {
                paused += CALENDAR.count(since, today).unwrap();
            }
            if stops {
                clock = clock.stop(CALENDAR, today).unwrap();
            }
            prop_assert_eq!(clock.paused(CALENDAR, today), Ok(paused));
            prop_assert_eq!(clock.counted(CALENDAR, today).unwrap() + paused, clock.elapsed(CALENDAR, today).unwrap());
            if let Due::On(due) = clock.legal_due(CALENDAR) && clock.counted_days < clock.legal_days {
                prop_assert_eq!(clock.counted(CALENDAR, due), Ok(clock.legal_days));
                prop_assert_eq!(clock.is_overdue(CALENDAR, due), Ok(false));
            }
        }
    }
}
