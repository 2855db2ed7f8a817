//! Duty (值班): the rota and the statements of members, as the pages of a centre show them.

use crate::{
    ids::{AccountId, OrganisationId, RotaId},
    problem::{FieldError, FieldErrorKind, Problem},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Hours for which a member's statement overrides the rota, so that no one stays on or off duty by forgetting it.
pub const STATEMENT_HOURS: i32 = 12;

/// A member's statement about their own duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyStatement {
    /// On duty, regardless of the rota.
    On,
    /// Off duty, regardless of the rota.
    Off,
    /// By the rota.
    Rota,
}

impl DutyStatement {
    /// Reads what a form posts.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [("on", Self::On), ("off", Self::Off), ("rota", Self::Rota)].into_iter().find(|(c, _)| *c == code).map(|(_, s)| s)
    }

    /// As stored: null means by the rota.
    #[must_use]
    pub const fn stored(self) -> Option<bool> {
        match self {
            Self::On => Some(true),
            Self::Off => Some(false),
            Self::Rota => None,
        }
    }
}

/// A member of a centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// Their account.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Their role, as stored.
    pub role: String,
    /// Whether they are on duty now and counted as reachable.
    pub on_duty: bool,
    /// Since when they have not answered the presence check; not on duty then.
    pub absent_since: Option<Timestamp>,
    /// When their presence was last confirmed.
    pub seen_at: Option<Timestamp>,
    /// Their statement against the rota, and until when it holds.
    pub said: Option<(bool, Option<Timestamp>)>,
}

/// A shift (班次) of the weekly rota, in China Standard Time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Its key.
    pub id: RotaId,
    /// The account of the member.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// The day of the week; Monday is 1 (ISO 8601).
    pub weekday: i16,
    /// The first minute of the day.
    pub from_minute: i16,
    /// The minute before which it ends; 1440 is midnight.
    pub to_minute: i16,
}

/// Duty at one centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CentreDuty {
    /// The centre.
    pub centre: OrganisationId,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// Whether the reader may change its rota.
    pub leads: bool,
    /// Its members.
    pub people: Vec<Colleague>,
    /// The week, by day and hour.
    pub shifts: Vec<Shift>,
}

/// The page of duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyPage {
    /// The reader's own centres.
    pub centres: Vec<CentreDuty>,
    /// Whether the reader is on duty now.
    pub on_duty: bool,
    /// The reader's statement against the rota, and until when it holds.
    pub said: Option<(bool, Option<Timestamp>)>,
    /// Since when the reader counts as absent.
    pub absent_since: Option<Timestamp>,
}

/// A time of day as typed, `08:30` or `24:00`, in minutes since midnight.
#[must_use]
pub fn minute(text: &str) -> Option<i16> {
    let (hours, minutes) = text.trim().split_once([':', '：'])?;
    let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let fits = (0..=23).contains(&hours) && (0..=59).contains(&minutes) || (hours, minutes) == (24, 0);
    fits.then_some(hours * 60 + minutes)
}

/// Minutes since midnight as a time of day.
#[must_use]
pub fn time_of_day(minute: i16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The hours of a shift, as typed. A shift over midnight is two: it ends at 24:00 and goes on at 00:00 of the next day.
///
/// # Errors
/// [`Problem::Invalid`] naming `weekday`, `from` or `to`.
pub fn hours(weekday: &str, from: &str, to: &str) -> Result<(i16, i16, i16), Problem> {
    let mut errors = Vec::new();
    let mut add_error = |field: &str, kind| errors.push(FieldError { field: field.to_owned(), kind });
    let day = weekday.trim().parse().ok().filter(|d| (1..=7).contains(d));
    let (first, last) = (minute(from).filter(|m| *m < 1440), minute(to).filter(|m| *m > 0));
    if day.is_none() {
        add_error("weekday", FieldErrorKind::NotAnOption);
    }
    if first.is_none() {
        add_error("from", FieldErrorKind::NotATime);
    }
    match (first, last) {
        (_, None) => add_error("to", FieldErrorKind::NotATime),
        (Some(first), Some(last)) if last <= first => add_error("to", FieldErrorKind::BelowLeast { least: time_of_day(first) }),
        _ => {}
    }
    match (day, first, last) {
        (Some(day), Some(first), Some(last)) if errors.is_empty() => Ok((day, first, last)),
        _ => Err(Problem::Invalid { errors }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_read_as_people_type_them() {
        for (text, minutes) in [("00:00", 0), ("8:30", 510), ("24:00", 1440), ("20：00", 1200)] {
            assert_eq!(minute(text), Some(minutes), "{text}");
        }
        for text in ["", "8", "24:01", "12:60", "-1:00", "a:b"] {
            assert_eq!(minute(text), None, "{text}");
        }
        assert_eq!(time_of_day(510), "08:30");
    }

    #[test]
    fn a_shift_lies_within_a_day_and_errors_name_their_field() {
        assert_eq!(hours("1", "08:00", "20:00").unwrap(), (1, 480, 1200));
        assert_eq!(hours("7", "20:00", "24:00").unwrap(), (7, 1200, 1440));
        let wrong = |d, f, t| match hours(d, f, t) {
            Err(Problem::Invalid { errors }) => errors.into_iter().map(|e| e.field).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!(wrong("8", "24:00", "x"), ["weekday", "from", "to"]);
        assert_eq!(wrong("1", "20:00", "08:00"), ["to"]);
    }
}
