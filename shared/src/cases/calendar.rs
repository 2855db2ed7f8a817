//! The working-day calendar (工作日历) of the State Council: weekends, days off (放假) and make-up workdays (调休上班).
//!
//! The years are in `data/holidays-*.toml` with their sources. A year that is not published is never guessed: a result
//! that depends on it names the missing year.

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

/// One holiday of a notice: its days off and the weekend days worked for them.
#[derive(Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The name in Chinese.
    pub zh: &'static str,
    /// The name in English.
    pub en: &'static str,
    /// The first day off.
    pub first: Date,
    /// The last day off.
    pub last: Date,
    /// The weekend days worked in exchange.
    pub make_up: &'static [Date],
}

/// The calendar of one year, from one notice.
#[derive(Debug, PartialEq, Eq)]
pub struct Year {
    /// The calendar year.
    pub year: i16,
    /// The number of the notice (文号).
    pub source: &'static str,
    /// Its holidays in the order of the notice.
    pub holidays: &'static [Holiday],
}

include!(concat!(env!("OUT_DIR"), "/calendar.rs"));

/// A day lies in a year whose calendar is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[error("there is no working-day calendar of {year}")]
pub struct CalendarMissing {
    /// The first such year.
    pub year: i16,
}

/// Working days, by the years it holds.
#[derive(Clone, Copy, Debug)]
pub struct WorkCalendar {
    years: &'static [Year],
}

impl WorkCalendar {
    /// All years whose notices were published when this was built.
    pub const PUBLISHED: Self = Self { years: YEARS };

    /// The first two of them, 2025 and 2026, for tests: adding a year does not change their results, even if its notice covers
    /// days of the year before.
    #[cfg(test)]
    pub(crate) const OF_TESTS: Self = Self { years: YEARS.split_at(2).0 };

    /// A calendar of these years only, ascending and without gaps.
    #[must_use]
    pub const fn of(years: &'static [Year]) -> Self {
        Self { years }
    }

    /// The published years.
    #[must_use]
    pub const fn years(self) -> &'static [Year] {
        self.years
    }

    /// The first published day; the last possible day if there is none.
    #[must_use]
    pub fn published_from(self) -> Date {
        self.years.first().and_then(|y| Date::new(y.year, 1, 1).ok()).unwrap_or(Date::MAX)
    }

    /// The last published day; the first possible day if there is none.
    #[must_use]
    pub fn published_until(self) -> Date {
        self.years.last().and_then(|y| Date::new(y.year, 12, 31).ok()).unwrap_or(Date::MIN)
    }

    /// Whether people work on that day: on weekdays that are not off, and on make-up days.
    ///
    /// # Errors
    /// [`CalendarMissing`] if the year of the day is not published.
    pub fn is_workday(self, day: Date) -> Result<bool, CalendarMissing> {
        self.knows(day)?;
        if self.holidays().any(|h| h.make_up.contains(&day)) {
            return Ok(true);
        }
        Ok(day.weekday().to_monday_zero_offset() < 5 && self.holiday(day).is_none())
    }

    /// The holiday for which this day is off.
    #[must_use]
    pub fn holiday(self, day: Date) -> Option<&'static Holiday> {
        self.holidays().find(|h| (h.first..=h.last).contains(&day))
    }

    /// The working day on which a time limit of so many days ends that an event of the day `from` starts. The day of
    /// the event is not counted (Civil Code, art. 201; Administrative Licensing Law, art. 82: working days). A limit
    /// of no days ends on the day itself.
    ///
    /// # Errors
    /// [`CalendarMissing`] with the first unpublished year, be it that of the event or one the limit reaches into.
    pub fn due(self, from: Date, days: u32) -> Result<Date, CalendarMissing> {
        self.knows(from)?;
        let (mut day, mut left) = (from, days);
        while left > 0 {
            day = next(day)?;
            left -= u32::from(self.is_workday(day)?);
        }
        Ok(day)
    }

    /// How many working days lie after `from` up to and with `to`; none if `to` is not later.
    ///
    /// # Errors
    /// [`CalendarMissing`] with the first unpublished year among the days looked at.
    pub fn count(self, from: Date, to: Date) -> Result<u32, CalendarMissing> {
        let (mut day, mut count) = (from, 0);
        while day < to {
            day = next(day)?;
            count += u32::from(self.is_workday(day)?);
        }
        Ok(count)
    }

    fn knows(self, day: Date) -> Result<(), CalendarMissing> {
        let year = day.year();
        if self.years.iter().any(|y| y.year == year) { Ok(()) } else { Err(CalendarMissing { year }) }
    }

    /// Of all years, because a notice may cover the last days of the year before.
    fn holidays(self) -> impl Iterator<Item = &'static Holiday> {
        self.years.iter().flat_map(|y| y.holidays)
    }
}

/// The next day; the last representable day has none, so its year is reported as missing.
fn next(day: Date) -> Result<Date, CalendarMissing> {
    day.tomorrow().map_err(|_| CalendarMissing { year: day.year() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{ToSpan, civil::Weekday};
    use proptest::prelude::*;

    const CALENDAR: WorkCalendar = WorkCalendar::OF_TESTS;

    fn days() -> impl Strategy<Value = Date> {
        (0i32..730).prop_map(|n| date(2025, 1, 1).checked_add(n.days()).unwrap())
    }

    #[test]
    fn the_years_follow_each_other_and_name_their_source() {
        let published = WorkCalendar::PUBLISHED;
        let years: Vec<i16> = published.years().iter().map(|y| y.year).collect();
        assert_eq!(years.first(), Some(&2025));
        assert!(years.windows(2).all(|pair| pair[1] == pair[0] + 1));
        assert!(published.years().iter().all(|y| y.source.starts_with("国办发明电〔")));
        assert_eq!((CALENDAR.published_from(), CALENDAR.published_until()), (date(2025, 1, 1), date(2026, 12, 31)));
        let none = WorkCalendar::of(&[]);
        assert_eq!((none.published_from(), none.published_until()), (Date::MAX, Date::MIN));
    }

    #[test]
    fn make_up_days_are_weekend_days_and_no_holiday() {
        let published = WorkCalendar::PUBLISHED;
        for holiday in published.holidays() {
            assert!(holiday.first <= holiday.last, "{}", holiday.zh);
            for day in holiday.make_up {
                assert!(matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday), "{day}");
                assert_eq!(published.holiday(*day), None, "{day}");
                assert_eq!(published.is_workday(*day), Ok(true), "{day}");
            }
        }
    }

    #[test]
    fn the_years_have_as_many_working_days_as_the_notices_leave() {
        // The expected figures were counted with the package chinesecalendar 1.11.0, see data/README.md.
        let months = |year| -> Vec<u32> {
            (1..=12)
                .map(|month| {
                    let first = date(year, month, 1);
                    CALENDAR.count(first.yesterday().unwrap(), first.last_of_month()).unwrap()
                })
                .collect()
        };
        assert_eq!(months(2025), MONTHS_2025);
        assert_eq!(months(2026), MONTHS_2026);
    }

    const MONTHS_2025: [u32; 12] = [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23];
    const MONTHS_2026: [u32; 12] = [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23];

    #[test]
    fn each_kind_of_day() {
        for (day, works) in [
            (date(2025, 9, 26), true),   // Friday
            (date(2025, 9, 27), false),  // Saturday
            (date(2025, 9, 28), true),   // Sunday, make-up
            (date(2025, 10, 1), false),  // Wednesday, National Day
            (date(2025, 10, 8), false),  // Wednesday, its last day off
            (date(2025, 10, 11), true),  // Saturday, make-up
            (date(2025, 10, 12), false), // Sunday
            (date(2026, 1, 4), true),    // Sunday, make-up
            (date(2026, 2, 16), false),  // Monday, Spring Festival
        ] {
            assert_eq!(CALENDAR.is_workday(day), Ok(works), "{day}");
        }
        assert_eq!(
            CALENDAR.holiday(date(2025, 10, 8)).map(|h| (h.zh, h.en)),
            Some(("国庆节、中秋节", "National Day and Mid-Autumn Festival"))
        );
    }

    #[test]
    fn limits_end_where_the_calendar_says() {
        for (from, days, due) in [
            (date(2025, 9, 26), 7, date(2025, 10, 13)),
            (date(2025, 9, 26), 1, date(2025, 9, 28)),
            (date(2025, 9, 26), 0, date(2025, 9, 26)),
            (date(2025, 10, 1), 1, date(2025, 10, 9)),
            (date(2025, 12, 31), 1, date(2026, 1, 4)),
            (date(2026, 12, 30), 1, date(2026, 12, 31)),
        ] {
            assert_eq!(CALENDAR.due(from, days), Ok(due), "{from} + {days}");
        }
    }

    #[test]
    fn a_missing_year_is_named() {
        assert_eq!(CALENDAR.is_workday(date(2024, 12, 31)), Err(CalendarMissing { year: 2024 }));
        assert_eq!(CALENDAR.due(date(2024, 12, 31), 1), Err(CalendarMissing { year: 2024 }));
        assert_eq!(CALENDAR.due(date(2026, 12, 31), 1), Err(CalendarMissing { year: 2027 }));
        assert_eq!(CALENDAR.due(date(2025, 1, 1), u32::MAX), Err(CalendarMissing { year: 2027 }));
        assert_eq!(CALENDAR.count(date(2026, 12, 1), date(2027, 1, 1)), Err(CalendarMissing { year: 2027 }));
        assert_eq!(next(Date::MAX), Err(CalendarMissing { year: 9999 }));
        assert_eq!(CalendarMissing { year: 2027 }.to_string(), "there is no working-day calendar of 2027");
    }

    #[test]
    fn a_notice_may_reach_into_the_year_before() {
        static REACHING: [Year; 2] = [
            Year { year: 2025, source: "", holidays: &[] },
            Year {
                year: 2026,
                source: "",
                holidays: &[Holiday {
                    zh: "",
                    en: "",
                    first: date(2025, 12, 31),
                    last: date(2026, 1, 2),
                    make_up: &[date(2025, 12, 28)],
                }],
            },
        ];
        let calendar = WorkCalendar::of(&REACHING);
        assert_eq!(calendar.is_workday(date(2025, 12, 31)), Ok(false));
        assert_eq!(calendar.is_workday(date(2025, 12, 28)), Ok(true));
    }

    proptest! {
        #[test]
        fn a_limit_ends_on_the_working_day_that_counts_so_many(from in days(), length in 1u32..500) {
            if let Ok(due) = CALENDAR.due(from, length) {
                prop_assert_eq!(CALENDAR.is_workday(due), Ok(true));
                prop_assert_eq!(CALENDAR.count(from, due), Ok(length));
                prop_assert_eq!(CALENDAR.count(from, due.yesterday().unwrap()), Ok(length - 1));
            }
        }

        #[test]
        fn counts_add_up(mut three in prop::collection::vec(days(), 3)) {
            three.sort();
            let count = |a: usize, b: usize| CALENDAR.count(three[a], three[b]).unwrap();
            prop_assert_eq!(count(0, 1) + count(1, 2), count(0, 2));
            prop_assert_eq!(count(2, 0), 0);
        }
    }
}
