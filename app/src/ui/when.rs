//! Formatting of days and times in the city's time zone.

use leptos::prelude::*;
use shared::{Lang, dates::date_text, texts::ui as t};
use std::fmt::Display;
use time::{OffsetDateTime, UtcOffset};

/// Formats a day given in ISO 8601.
#[must_use]
pub fn day(date: impl Display, lang: Lang) -> String {
    date_text(&date.to_string(), lang)
}

/// Formats a time to the minute. All of China uses Beijing time, UTC+8 without summer time.
#[must_use]
pub fn moment(at: OffsetDateTime, lang: Lang) -> String {
    let there = UtcOffset::from_hms(8, 0, 0).map_or(at, |offset| at.to_offset(offset));
    let time = format!("{:02}:{:02}", there.hour(), there.minute());
    t::moment(lang, t::DayTime { day: day(there.date(), lang), time })
}

/// Formats a time given in seconds since 1970.
#[must_use]
pub fn second(at: i64, lang: Lang) -> String {
    OffsetDateTime::from_unix_timestamp(at).map_or_else(|_| String::new(), |at| moment(at, lang))
}

/// Formats a time of a record.
#[must_use]
pub fn stamp(at: jiff::Timestamp, lang: Lang) -> String {
    second(at.as_second(), lang)
}

/// Formats the day of a time of a record.
#[must_use]
pub fn stamp_day(at: jiff::Timestamp, lang: Lang) -> String {
    day(jiff::tz::Offset::constant(8).to_datetime(at).date(), lang)
}

/// A time with its machine-readable form.
#[component]
pub fn When(
    /// The time.
    at: OffsetDateTime,
    /// The language.
    lang: Lang,
) -> impl IntoView {
    let stamp = at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    view! { <time datetime=stamp>{moment(at, lang)}</time> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_time_zone_of_the_city() {
        let at = time::macros::datetime!(2026-01-31 16:05:59 UTC);
        assert_eq!(moment(at, Lang::Zh), "2026年2月1日 00:05");
        assert_eq!(moment(at, Lang::En), "1 February 2026, 00:05");
        assert_eq!(day("2026-01-31", Lang::Zh), "2026年1月31日");
    }
}
