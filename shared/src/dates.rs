//! Dates as text: reading the stored form, and writing a date in words.

use crate::texts::{Lang, services as text};
use jiff::civil::Date;

/// Reads a date in the stored form `2026-01-31`; `None` for any other text.
#[must_use]
pub fn iso_date(value: &str) -> Option<Date> {
    let mut parts = value.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |s: &str, len: usize| s.len() == len && s.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A date in words, e.g. `31 January 2026`; a text that is not a stored date is returned unchanged.
#[must_use]
pub fn date_text(value: &str, lang: Lang) -> String {
    let Some(date) = iso_date(value) else { return value.to_owned() };
    let month = text::find(lang, &format!("month_{}", date.month())).unwrap_or_default();
    text::date(lang, text::DayMonthYear { day: date.day(), month, year: date.year() })
}
