//! Moments and dates: `jiff` in the program, `time` in the database driver.

use sea_orm::{DbErr, DeriveValueType, FromQueryResult, TryFromU64, prelude::Expr, sea_query::SimpleExpr};
use time::OffsetDateTime;

/// A moment of a `timestamptz` column, read and written as [`jiff::Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
#[sea_orm(try_getable_array)]
pub struct DbInstant(OffsetDateTime);

impl DbInstant {
    /// The moment.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        moment(self.0)
    }
}

impl From<DbInstant> for jiff::Timestamp {
    fn from(at: DbInstant) -> Self {
        at.timestamp()
    }
}

impl From<jiff::Timestamp> for DbInstant {
    fn from(at: jiff::Timestamp) -> Self {
        // Every moment of jiff lies within the years of `time`.
        Self(OffsetDateTime::from_unix_timestamp_nanos(at.as_nanosecond()).unwrap_or(OffsetDateTime::UNIX_EPOCH))
    }
}

impl From<OffsetDateTime> for DbInstant {
    fn from(at: OffsetDateTime) -> Self {
        Self(at)
    }
}

impl From<DbInstant> for OffsetDateTime {
    fn from(at: DbInstant) -> Self {
        at.0
    }
}

impl std::fmt::Display for DbInstant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.timestamp().fmt(f)
    }
}

/// A day of a `date` column, read and written as [`jiff::civil::Date`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
#[sea_orm(try_getable_array)]
pub struct DbDate(time::Date);

impl DbDate {
    /// The day.
    #[must_use]
    pub fn date(self) -> jiff::civil::Date {
        civil(self.0)
    }
}

impl From<DbDate> for jiff::civil::Date {
    fn from(day: DbDate) -> Self {
        day.date()
    }
}

impl From<jiff::civil::Date> for DbDate {
    fn from(day: jiff::civil::Date) -> Self {
        Self(stored(day))
    }
}

impl From<time::Date> for DbDate {
    fn from(day: time::Date) -> Self {
        Self(day)
    }
}

impl From<DbDate> for time::Date {
    fn from(day: DbDate) -> Self {
        day.0
    }
}

impl std::fmt::Display for DbDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.date().fmt(f)
    }
}

/// Keys of rows may hold moments and days, but the database never makes them.
macro_rules! never_generated {
    ($($name:ident),+) => {$(
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

never_generated!(DbInstant, DbDate);

/// The city's clock in a transaction.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Now {
    /// The moment, by the database's clock.
    pub at: OffsetDateTime,
    today: time::Date,
}

impl Now {
    /// Today in China Standard Time.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        civil(self.today)
    }
}

/// The city's clock (`huimin_now()`) in a query.
#[must_use]
pub fn db_now() -> SimpleExpr {
    Expr::cust("huimin_now()")
}

/// The city's day in China Standard Time (`huimin_today()`) in a query.
#[must_use]
pub fn db_today() -> SimpleExpr {
    Expr::cust("huimin_today()")
}

/// A date of the driver as jiff's.
#[must_use]
pub fn civil(date: time::Date) -> jiff::civil::Date {
    let year = i16::try_from(date.year()).unwrap_or(i16::MAX);
    let month = i8::try_from(u8::from(date.month())).unwrap_or(1);
    jiff::civil::Date::new(year, month, i8::try_from(date.day()).unwrap_or(1)).unwrap_or(jiff::civil::Date::MAX)
}

/// A date of jiff as the driver's.
#[must_use]
pub fn stored(date: jiff::civil::Date) -> time::Date {
    let month = u8::try_from(date.month()).ok().and_then(|m| time::Month::try_from(m).ok()).unwrap_or(time::Month::January);
    time::Date::from_calendar_date(i32::from(date.year()), month, u8::try_from(date.day()).unwrap_or(1))
        .unwrap_or(time::Date::MAX)
}

/// A moment of the driver as jiff's.
#[must_use]
pub fn moment(at: OffsetDateTime) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(at.unix_timestamp_nanos()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{Value, sea_query::ValueType};

    #[test]
    fn moments_and_days_survive_the_way_to_the_database_and_back() {
        for text in ["2026-02-28T15:59:59.123456Z", "1999-12-31T16:00:00Z", "0001-01-01T00:00:00Z"] {
            let at: jiff::Timestamp = text.parse().unwrap();
            let value: Value = DbInstant::from(at).into();
            assert_eq!(<DbInstant as ValueType>::unwrap(value).timestamp(), at);
        }
        for text in ["2024-02-29", "1900-01-01", "9999-12-31"] {
            let day: jiff::civil::Date = text.parse().unwrap();
            let value: Value = DbDate::from(day).into();
            assert_eq!(<DbDate as ValueType>::unwrap(value).date(), day);
        }
    }
}
