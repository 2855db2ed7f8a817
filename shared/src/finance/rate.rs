//! Annual rates: decimals with eight places, stored as integers, so that they are exact.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Decimal places.
const PLACES: usize = 8;
/// One, in the smallest unit.
const ONE: i64 = 100_000_000;
/// Ten, that is 1000 % a year: a larger value is percent entered as a fraction.
const MAX: i64 = 10 * ONE;

/// Why a text is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RateFault {
    /// Not digits with at most eight decimal places (six in percent).
    #[error("must be a decimal from 0 on with at most 8 digits behind the point, such as 0.0345")]
    Format,
    /// Above 10.
    #[error("must be at most 10, that is 1000 % a year")]
    TooLarge,
}

/// An annual rate from 0 to 10 (1000 %).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i64);

impl Rate {
    /// From units of 0.000 000 01, as stored.
    ///
    /// # Errors
    /// [`RateFault`] when it is negative or too large.
    pub const fn from_units(units: i64) -> Result<Self, RateFault> {
        match units {
            ..0 => Err(RateFault::Format),
            0..=MAX => Ok(Self(units)),
            _ => Err(RateFault::TooLarge),
        }
    }

    /// In units of 0.000 000 01.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The number of units that make one.
    #[must_use]
    pub const fn one() -> i64 {
        ONE
    }

    /// Parses a decimal such as `0.0345`.
    ///
    /// # Errors
    /// [`RateFault`].
    pub fn parse(text: &str) -> Result<Self, RateFault> {
        Self::from_units(decimal(text, PLACES)?)
    }

    /// Parses a percentage as typed, such as `3.45` or `3.45%`.
    ///
    /// # Errors
    /// [`RateFault`].
    pub fn parse_percent(text: &str) -> Result<Self, RateFault> {
        let text = text.trim().trim_end_matches(['%', '％']).trim_end();
        Self::from_units(decimal(text, PLACES - 2)?)
    }

    /// In percent with at least two decimal places, without the sign: `3.45`, `4.00`, `0.125`.
    #[must_use]
    pub fn percent(self) -> String {
        let (whole, part) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let part = format!("{part:06}");
        let kept = part.trim_end_matches('0').len().max(2);
        format!("{whole}.{}", part.get(..kept).unwrap_or(&part))
    }
}

/// Parses a decimal with limited decimal places, in units of the last place.
fn decimal(text: &str, places: usize) -> Result<i64, RateFault> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let ends_in_point = text.ends_with('.');
    if whole.is_empty() || ends_in_point || !digits(whole) || !digits(part) || part.len() > places {
        return Err(RateFault::Format);
    }
    format!("{whole}{part:0<places$}").parse().map_err(|_| RateFault::TooLarge)
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:08}", self.0 / ONE, self.0 % ONE);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Rate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_and_written() {
        for (text, units, written, percent) in [
            ("0.0345", 3_450_000, "0.0345", "3.45"),
            ("0", 0, "0", "0.00"),
            ("1", ONE, "1", "100.00"),
            ("0.00125", 125_000, "0.00125", "0.125"),
            ("10.00000000", MAX, "10", "1000.00"),
            ("0.00000001", 1, "0.00000001", "0.000001"),
        ] {
            let rate = Rate::parse(text).unwrap();
            assert_eq!((rate.units(), rate.to_string().as_str(), rate.percent().as_str()), (units, written, percent));
        }
        assert_eq!(Rate::parse_percent(" 3.45 % ").map(Rate::units), Ok(3_450_000));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", ".1", "1.", "-0.01", "+1", "0.000000001", "3.45%", "0,03", "1e-2", "０.1"] {
            assert_eq!(Rate::parse(text), Err(RateFault::Format), "{text}");
        }
        for text in ["10.00000001", "99999999999999999999999999"] {
            assert_eq!(Rate::parse(text), Err(RateFault::TooLarge), "{text}");
        }
        assert_eq!(Rate::from_units(-1), Err(RateFault::Format));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(units in 0..=MAX) {
            let rate = Rate::from_units(units).unwrap();
            prop_assert_eq!(Rate::parse(&rate.to_string()), Ok(rate));
            prop_assert_eq!(Rate::parse_percent(&rate.percent()), Ok(rate));
        }
    }
}
