//! The citizen identity number (公民身份号码, GB 11643-1999): region, date of birth, sequence, check digit.

use super::region;
use crate::{FieldErrorKind, coded_enum};
use jiff::civil::{Date, date};
use std::fmt;

/// GB 11643-1999, 4.4: weights of the first 17 digits (2^(18-i) mod 11).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// GB 11643-1999, 4.4: the check digit for each remainder of 11.
const CHECK_DIGITS: &str = "10X98765432";
/// Earliest year of birth; an earlier one is a typing error.
const FIRST_BIRTH: Date = date(1880, 1, 1);

/// Why a text is not a citizen identity number. The checks run in the order of the variants, and the first failure is
/// reported: a wrong region or date also breaks the check digit, and naming the wrong part is more helpful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum IdFault {
    /// Not 17 digits followed by a digit or X.
    #[error("an identity number is 17 digits followed by a digit or X")]
    Format,
    /// The first six digits were never a region code (GB/T 2260; 810000, 820000 and 830000 on residence permits).
    #[error("the first six digits never were a region code")]
    Region,
    /// Digits 7 to 14 are not a date, or a date before 1880 or after the given day.
    #[error("the date of birth does not exist")]
    Date,
    /// The check digit is wrong.
    #[error("the check digit does not fit")]
    CheckDigit,
}

impl IdFault {
    /// The code in machine-readable responses.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Region => "region",
            Self::Date => "date",
            Self::CheckDigit => "check_digit",
        }
    }
}

impl From<IdFault> for FieldErrorKind {
    fn from(fault: IdFault) -> Self {
        match fault {
            IdFault::Format => Self::ResidentIdFormat,
            IdFault::Region => Self::ResidentIdRegion,
            IdFault::Date => Self::ResidentIdDate,
            IdFault::CheckDigit => Self::ResidentIdCheckDigit,
        }
    }
}

coded_enum! {
    /// Sex (性别), as in the identity number and the register.
    pub enum Sex {
        /// Female (女): the 17th digit is even.
        Female = "female",
        /// Male (男): the 17th digit is odd.
        Male = "male",
    }
}

/// A valid citizen identity number. It is personal data: without `Display` and serialisation, and masked in debug output.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId {
    text: String,
    born_on: Date,
}

impl ResidentId {
    /// Parses a number; surrounding spaces and a small x are accepted. Dates of birth in the future are accepted, because
    /// there is no clock here; see [`Self::parse_on`].
    ///
    /// # Errors
    /// The first failed check, in the order of [`IdFault`].
    pub fn parse(text: &str) -> Result<Self, IdFault> {
        let text = text.trim().to_ascii_uppercase();
        let (body, check) = text.split_at_checked(17).ok_or(IdFault::Format)?;
        let digits = body.bytes().all(|b| b.is_ascii_digit());
        if !digits || !matches!(check.as_bytes(), [b'0'..=b'9' | b'X']) {
            return Err(IdFault::Format);
        }
        if !body.get(..6).is_some_and(region::was_ever_in_force) {
            return Err(IdFault::Region);
        }
        let born_on = body.get(6..14).and_then(read_date).ok_or(IdFault::Date)?;
        if check_digit(body) != check.chars().next() {
            return Err(IdFault::CheckDigit);
        }
        Ok(Self { text, born_on })
    }

    /// As [`Self::parse`], and refuses dates of birth after `today`.
    ///
    /// # Errors
    /// As [`Self::parse`]; [`IdFault::Date`] for a date of birth after `today`.
    pub fn parse_on(text: &str, today: Date) -> Result<Self, IdFault> {
        let id = Self::parse(text)?;
        if id.born_on > today { Err(IdFault::Date) } else { Ok(id) }
    }

    /// Composes a number: region of six digits, date of birth, sequence from 0 to 999 (odd: male, even: female).
    ///
    /// # Errors
    /// As [`Self::parse`]; [`IdFault::Format`] for a sequence above 999.
    pub fn compose(region: &str, born_on: Date, sequence: u16) -> Result<Self, IdFault> {
        let body = format!("{region}{:04}{:02}{:02}{sequence:03}", born_on.year(), born_on.month(), born_on.day());
        let check = check_digit(&body).ok_or(IdFault::Format)?;
        Self::parse(&format!("{body}{check}"))
    }

    /// The full number, 18 characters. It must be shown only to those with the right to see it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The date of birth (出生日期).
    #[must_use]
    pub const fn born_on(&self) -> Date {
        self.born_on
    }

    /// The sex: the 17th digit is odd for men, even for women.
    #[must_use]
    pub fn sex(&self) -> Sex {
        let odd = self.text.as_bytes().get(16).is_some_and(|digit| digit % 2 == 1);
        if odd { Sex::Male } else { Sex::Female }
    }

    /// The region (行政区划代码) where the number was issued, six digits.
    #[must_use]
    pub fn region(&self) -> &str {
        self.text.get(..6).unwrap_or_default()
    }

    /// The last four characters, for confirmation of a number.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.text.get(14..).unwrap_or_default()
    }

    /// `420***********1234`: enough for the owner to recognise the number, while county and date of birth, which identify
    /// a person, stay hidden.
    #[must_use]
    pub fn masked(&self) -> String {
        crate::masking::mask_resident_id(&self.text)
    }
}

impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResidentId({})", self.masked())
    }
}

/// Parses a date of eight digits that is not before 1880.
fn read_date(digits: &str) -> Option<Date> {
    let (year, month_day) = digits.split_at_checked(4)?;
    let (month, day) = month_day.split_at_checked(2)?;
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    (date >= FIRST_BIRTH).then_some(date)
}

/// The check digit for 17 digits (ISO 7064 MOD 11-2); `None` for anything else.
fn check_digit(body: &str) -> Option<char> {
    let mut sum: usize = 0;
    for (digit, weight) in body.chars().zip(WEIGHTS) {
        sum += usize::try_from(digit.to_digit(10)? * weight).ok()?;
    }
    (body.len() == WEIGHTS.len()).then(|| CHECK_DIGITS.chars().nth(sum % 11)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dates() -> impl Strategy<Value = Date> {
        (1880i16..=2099, 1i8..=12, 1i8..=31).prop_filter_map("a real date", |(y, m, d)| Date::new(y, m, d).ok())
    }

    const REGIONS: [&str; 6] = ["420102", "420121", "110105", "659004", "830000", "420120"];

    fn ids() -> impl Strategy<Value = ResidentId> {
        (prop::sample::select(&REGIONS[..]), dates(), 0u16..1000)
            .prop_map(|(region, born, sequence)| ResidentId::compose(region, born, sequence).unwrap())
    }

    #[test]
    fn the_examples_of_the_standard_hold() {
        // GB 11643-1999, annex A: the two worked examples.
        let man = ResidentId::parse("11010519491231002X").unwrap();
        assert_eq!((man.born_on(), man.sex(), man.region()), (date(1949, 12, 31), Sex::Female, "110105"));
        let other = ResidentId::parse("440524188001010014").unwrap();
        assert_eq!((other.born_on(), other.sex()), (date(1880, 1, 1), Sex::Male));
    }

    #[test]
    fn the_worked_example_of_the_check_digit_has_a_region_that_never_was() {
        // 34052419800101001 → X is the sum worked out in most texts on the standard. No county ever had 340524.
        assert_eq!(check_digit("34052419800101001"), Some('X'));
        assert_eq!(ResidentId::parse("34052419800101001X").unwrap_err(), IdFault::Region);
    }

    #[test]
    fn spaces_around_and_a_small_x_are_forgiven() {
        assert_eq!(ResidentId::parse("  11010519491231002x\n").unwrap().as_str(), "11010519491231002X");
    }

    #[test]
    fn each_fault_is_named_and_the_first_one_counts() {
        for (text, fault) in [
            ("", IdFault::Format),
            ("11010519491231002", IdFault::Format),
            ("11010519491231002XX", IdFault::Format),
            ("11010519491231X02X", IdFault::Format),
            ("110105 9491231002X", IdFault::Format),
            ("11010519491231002Y", IdFault::Format),
            ("１1010519491231002X", IdFault::Format),
            ("1101051949123100二", IdFault::Format),
            ("110105491231002", IdFault::Format), // the 15 digits of before 1999 are no longer valid
            ("99010519491231002X", IdFault::Region),
            ("000000194912310020", IdFault::Region),
            ("100000194912310020", IdFault::Region), // the State's own region registers bodies, not people
            ("110105194902290021", IdFault::Date),
            ("110105194913310021", IdFault::Date),
            ("110105194900310021", IdFault::Date),
            ("110105187912310021", IdFault::Date),
            ("110105000012310021", IdFault::Date),
            ("110105194912310020", IdFault::CheckDigit),
        ] {
            assert_eq!(ResidentId::parse(text).unwrap_err(), fault, "{text}");
        }
    }

    #[test]
    fn a_birth_after_today_is_a_wrong_date_for_who_has_a_clock() {
        let id = ResidentId::compose("420102", date(2026, 5, 2), 1).unwrap();
        assert_eq!(ResidentId::parse_on(id.as_str(), date(2026, 5, 1)).unwrap_err(), IdFault::Date);
        assert_eq!(ResidentId::parse_on(id.as_str(), date(2026, 5, 2)).unwrap(), id);
    }

    #[test]
    fn what_cannot_be_composed_is_refused() {
        let born = date(2000, 2, 29);
        assert_eq!(ResidentId::compose("420102", born, 1000).unwrap_err(), IdFault::Format);
        assert_eq!(ResidentId::compose("42010", born, 1).unwrap_err(), IdFault::Format);
        assert_eq!(ResidentId::compose("42010X", born, 1).unwrap_err(), IdFault::Format);
        assert_eq!(ResidentId::compose("429999", born, 1).unwrap_err(), IdFault::Region);
        assert_eq!(ResidentId::compose("420102", date(1879, 12, 31), 1).unwrap_err(), IdFault::Date);
    }

    #[test]
    fn every_fault_has_a_code_and_a_field_error() {
        let faults = [IdFault::Format, IdFault::Region, IdFault::Date, IdFault::CheckDigit];
        assert_eq!(faults.map(IdFault::reason), ["format", "region", "date", "check_digit"]);
        assert_eq!(
            faults.map(FieldErrorKind::from),
            [
                FieldErrorKind::ResidentIdFormat,
                FieldErrorKind::ResidentIdRegion,
                FieldErrorKind::ResidentIdDate,
                FieldErrorKind::ResidentIdCheckDigit
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_composed_is_read_back(
            region in prop::sample::select(&REGIONS[..]), born in dates(), sequence in 0u16..1000
        ) {
            let id = ResidentId::compose(region, born, sequence).unwrap();
            prop_assert_eq!(&ResidentId::parse(id.as_str()).unwrap(), &id);
            prop_assert_eq!((id.region(), id.born_on()), (region, born));
            prop_assert_eq!(id.sex(), if sequence % 2 == 1 { Sex::Male } else { Sex::Female });
        }

        #[test]
        fn one_wrong_character_is_always_noticed(id in ids(), at in 0usize..18, digit in 0u8..=9) {
            let mut bytes = id.as_str().as_bytes().to_vec();
            prop_assume!(bytes[at] != b'0' + digit);
            bytes[at] = b'0' + digit;
            prop_assert!(ResidentId::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }

        #[test]
        fn two_neighbours_swapped_are_always_noticed(id in ids(), at in 0usize..17) {
            let mut bytes = id.as_str().as_bytes().to_vec();
            prop_assume!(bytes[at] != bytes[at + 1]);
            bytes.swap(at, at + 1);
            prop_assert!(ResidentId::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }

        #[test]
        fn no_text_makes_it_stumble(text in any::<String>()) {
            let _ = ResidentId::parse(&text);
        }

        #[test]
        fn logs_do_not_tell_who_it_is(id in ids()) {
            let shown = format!("{id:?}");
            let hidden = id.as_str().get(3..14).unwrap();
            prop_assert!(!shown.contains(hidden));
            prop_assert_eq!(id.masked().len(), 18);
            prop_assert!(id.masked().starts_with(id.as_str().get(..3).unwrap()) && id.masked().ends_with(id.last_four()));
        }
    }
}
