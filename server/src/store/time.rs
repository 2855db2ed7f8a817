//! Timestamps and dates: `jiff` in the program, `time` in the database driver.

use sea_orm::{DbErr, DeriveValueType, FromQueryResult, TryFromU64, prelude::Expr, sea_query::SimpleExpr};
use time::OffsetDateTime;

/// A value of a `timestamptz` column, read and written as [`jiff::Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
#[sea_orm(try_getable_array)]
pub struct DbInstant(OffsetDateTime);

impl DbInstant {
    /// As a timestamp of jiff.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        to_timestamp(self.0)
    }
}

impl From<DbInstant> for jiff::Timestamp {
    fn from(at: DbInstant) -> Self {
        at.timestamp()
    }
}

impl From<jiff::Timestamp> for DbInstant {
    fn from(at: jiff::Timestamp) -> Self {
        // `time` covers the whole range of jiff.
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

/// A value of a `date` column, read and written as [`jiff::civil::Date`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
#[sea_orm(try_getable_array)]
pub struct DbDate(time::Date);

impl DbDate {
    /// As a date of jiff.
    #[must_use]
    pub fn date(self) -> jiff::civil::Date {
        to_civil_date(self.0)
    }
}

impl From<DbDate> for jiff::civil::Date {
    fn from(day: DbDate) -> Self {
        day.date()
    }
}

impl From<jiff::civil::Date> for DbDate {
    fn from(day: jiff::civil::Date) -> Self {
        Self(to_db_date(day))
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

/// Timestamps and dates may be part of a primary key, but the database never generates them.
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

/// The current time and date of the city's clock in a transaction.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Now {
    /// The current time.
    pub at: OffsetDateTime,
    today: time::Date,
}

impl Now {
    /// Today in China Standard Time.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        to_civil_date(self.today)
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

/// Converts a date of the driver to jiff.
#[must_use]
pub fn to_civil_date(date: time::Date) -> jiff::civil::Date {
    let year = i16::try_from(date.year()).unwrap_or(i16::MAX);
    let month = i8::try_from(u8::from(date.month())).unwrap_or(1);
    jiff::civil::Date::new(year, month, i8::try_from(date.day()).unwrap_or(1)).unwrap_or(jiff::civil::Date::MAX)
}

/// Converts a date of jiff to the driver.
#[must_use]
pub fn to_db_date(date: jiff::civil::Date) -> time::Date {
    let month = u8::try_from(date.month()).ok().and_then(|m| time::Month::try_from(m).ok()).unwrap_or(time::Month::January);
    time::Date::from_calendar_date(i32::from(date.year()), month, u8::try_from(date.day()).unwrap_or(1))
        .unwrap_or(time::Date::MAX)
}

/// Converts a timestamp of the driver to jiff.
#[must_use]
pub fn to_timestamp(at: OffsetDateTime) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(at.unix_timestamp_nanos()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::{Value, sea_query::ValueType};

    #[test]
    fn timestamps_and_dates_survive_a_round_trip_to_the_database() {
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
