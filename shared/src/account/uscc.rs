//! The unified social credit code (统一社会信用代码, GB 32100-2015) of firms and other organisations.
//!
//! One character for the registering authority, one for the category, six for the region, nine for the organisation
//! (the last of them its own check character, GB 11714-1997) and one check character over the whole.

use super::region;
use crate::FieldErrorKind;

/// GB 32100-2015, table 3: the digits and capital letters without I, O, S, V and Z, in the order of their values.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// GB 32100-2015, 5.5: weights of the first 17 characters (3^(i-1) mod 31).
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// GB 11714-1997, 3.3: weights of the eight characters of the organisation.
const INNER_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// GB 32100-2015, table 1 and its amendments: the registering authorities. A is the military, N agriculture, Y others.
const AUTHORITIES: &str = "123456789ANY";
/// The region of bodies that the State itself registers (中央).
const STATE: &str = "100000";

/// Why a text is not a unified social credit code. The checks run in the order of the variants, and the first failure is
/// reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UsccFault {
    /// Not 18 characters of the alphabet, no known authority, or letters in the region.
    #[error("a unified social credit code has 18 digits or capital letters without I, O, S, V and Z")]
    Format,
    /// Characters 3 to 8 were never a region code (GB/T 2260), nor the State's own 100000.
    #[error("characters 3 to 8 never were a region code")]
    Region,
    /// Character 17 does not follow from characters 9 to 16 (GB 11714).
    #[error("the organisation's own check character does not fit")]
    InnerCheck,
    /// Character 18 does not follow from the others.
    #[error("the check character does not fit")]
    CheckDigit,
}

impl UsccFault {
    /// The code in machine-readable responses.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Region => "region",
            Self::InnerCheck => "inner_check",
            Self::CheckDigit => "check_digit",
        }
    }
}

impl From<UsccFault> for FieldErrorKind {
    fn from(fault: UsccFault) -> Self {
        match fault {
            UsccFault::Format => Self::UsccFormat,
            UsccFault::Region => Self::UsccRegion,
            UsccFault::InnerCheck => Self::UsccInnerCheck,
            UsccFault::CheckDigit => Self::UsccCheckDigit,
        }
    }
}

/// A valid unified social credit code. Such codes are public by law and never masked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc(String);

impl Uscc {
    /// Reads a code as people type it: surrounding spaces and small letters are accepted.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`UsccFault`].
    pub fn parse(text: &str) -> Result<Self, UsccFault> {
        let text = text.trim().to_ascii_uppercase();
        if text.len() != 18 || !text.chars().all(|c| ALPHABET.contains(c)) || !text.starts_with(|c| AUTHORITIES.contains(c)) {
            return Err(UsccFault::Format);
        }
        check_region(&text)?;
        let part = |range| text.get(range).ok_or(UsccFault::Format);
        if inner_check(part(8..16)?) != part(16..17)?.chars().next() {
            return Err(UsccFault::InnerCheck);
        }
        if outer_check(part(0..17)?) != part(17..18)?.chars().next() {
            return Err(UsccFault::CheckDigit);
        }
        Ok(Self(text))
    }

    /// Makes a code from authority, category, region (six characters) and organisation (eight characters).
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn compose(authority: char, category: char, region: &str, organisation: &str) -> Result<Self, UsccFault> {
        let inner = inner_check(organisation).ok_or(UsccFault::Format)?;
        let body = format!("{authority}{category}{region}{organisation}{inner}");
        let outer = outer_check(&body).ok_or(UsccFault::Format)?;
        Self::parse(&format!("{body}{outer}"))
    }

    /// The code, 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The region of the registering authority (登记管理机关行政区划码), six characters.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// The organisation's own code (组织机构代码, GB 11714), nine characters.
    #[must_use]
    pub fn organisation(&self) -> &str {
        self.0.get(8..17).unwrap_or_default()
    }
}

/// Agricultural collectives (N) may carry letters among the first eight characters, which then name no region of
/// GB/T 2260; all others have six digits there.
fn check_region(text: &str) -> Result<(), UsccFault> {
    let code = text.get(2..8).ok_or(UsccFault::Format)?;
    if !code.bytes().all(|b| b.is_ascii_digit()) {
        return if text.starts_with('N') { Ok(()) } else { Err(UsccFault::Format) };
    }
    if code == STATE || region::was_ever_in_force(code) { Ok(()) } else { Err(UsccFault::Region) }
}

/// GB 11714: 11 minus the weighted sum mod 11; 10 is written X, 11 is written 0. `None` unless eight of 0-9, A-Z.
fn inner_check(organisation: &str) -> Option<char> {
    let mut sum = 0;
    for (character, weight) in organisation.chars().zip(INNER_WEIGHTS) {
        sum += character.to_digit(36)? * weight;
    }
    if organisation.len() != INNER_WEIGHTS.len() {
        return None;
    }
    match 11 - sum % 11 {
        10 => Some('X'),
        11 => Some('0'),
        digit => char::from_digit(digit, 10),
    }
}

/// GB 32100-2015, 5.5: (31 minus the weighted sum mod 31) mod 31, as a character of the alphabet.
fn outer_check(body: &str) -> Option<char> {
    let mut sum = 0;
    for (character, weight) in body.chars().zip(WEIGHTS) {
        sum += u32::try_from(ALPHABET.find(character)?).ok()? * weight;
    }
    let value = usize::try_from((31 - sum % 31) % 31).ok()?;
    (body.len() == WEIGHTS.len()).then(|| ALPHABET.chars().nth(value)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes() -> impl Strategy<Value = Uscc> {
        (
            prop::sample::select(&['1', '5', '9', 'A', 'Y'][..]),
            "[1-39]",
            prop::sample::select(&["420100", "100000", "110108"][..]),
            "[0-9A-HJ-NPQRTUWXY]{8}",
        )
            .prop_map(|(authority, category, region, organisation)| {
                Uscc::compose(authority, category.chars().next().unwrap(), region, &organisation).unwrap()
            })
    }

    #[test]
    fn published_codes_hold() {
        // As published by the firms: Tencent, Huawei, Alibaba (China), Sina, Xiaomi, and one with letters inside.
        for code in [
            "9144030071526726XG",
            "914403001922038216",
            "91330100799655058B",
            "91110000600037341L",
            "91110108551385082Q",
            "91350100M000100Y43",
        ] {
            assert_eq!(Uscc::parse(code).map(|c| c.as_str().to_owned()), Ok(code.to_owned()));
        }
        let code = Uscc::parse(" 9144030071526726xg ").unwrap();
        assert_eq!((code.region(), code.organisation()), ("440300", "71526726X"));
    }

    #[test]
    fn each_fault_is_named_and_the_first_one_counts() {
        for (text, fault) in [
            ("", UsccFault::Format),
            ("91330100799655058", UsccFault::Format),
            ("91330100799655058BB", UsccFault::Format),
            ("91330100I99655058B", UsccFault::Format), // I is not in the alphabet
            ("B1330100799655058B", UsccFault::Format), // no such authority
            ("01330100799655058B", UsccFault::Format),
            ("913301A0799655058B", UsccFault::Format), // letters in the region
            ("9133010079965505八", UsccFault::Format),
            ("91999900799655058B", UsccFault::Region),
            ("91330100799655068B", UsccFault::InnerCheck),
            ("91330100799655059B", UsccFault::InnerCheck),
            ("91330100799655058C", UsccFault::CheckDigit),
        ] {
            assert_eq!(Uscc::parse(text).unwrap_err(), fault, "{text}");
        }
    }

    #[test]
    fn an_inner_slip_is_named_even_if_the_outer_check_fits() {
        let body = "91330100799655059"; // the organisation's own check character is 8
        let text = format!("{body}{}", outer_check(body).unwrap());
        assert_eq!(Uscc::parse(&text), Err(UsccFault::InnerCheck));
    }

    #[test]
    fn the_state_and_collectives_have_regions_of_their_own() {
        assert!(Uscc::compose('1', '1', "100000", "00001934").is_ok());
        assert!(Uscc::compose('N', '2', "42011A", "MF000001").is_ok());
        assert!(Uscc::compose('N', '2', "420117", "MF000001").is_ok());
        assert_eq!(Uscc::compose('N', '2', "999999", "MF000001").unwrap_err(), UsccFault::Region);
        assert_eq!(Uscc::compose('9', '1', "42011A", "MF000001").unwrap_err(), UsccFault::Format);
    }

    #[test]
    fn what_cannot_be_composed_is_refused() {
        assert_eq!(Uscc::compose('9', '1', "420100", "MA0000").unwrap_err(), UsccFault::Format);
        assert_eq!(Uscc::compose('9', '1', "4201", "MA000000").unwrap_err(), UsccFault::Format);
        assert_eq!(Uscc::compose('9', '1', "420100", "MA00000I").unwrap_err(), UsccFault::Format);
        assert_eq!(Uscc::compose('9', '1', "420100", "MA00000八").unwrap_err(), UsccFault::Format);
        assert_eq!(Uscc::compose('B', '1', "420100", "MA000000").unwrap_err(), UsccFault::Format);
    }

    #[test]
    fn all_three_endings_of_the_inner_check_occur() {
        // GB 11714: the remainder 1 gives X, 0 gives 0, others 11 minus it.
        assert_eq!(inner_check("71526726"), Some('X'));
        assert_eq!(inner_check("00000000"), Some('0'));
        assert_eq!(inner_check("79965505"), Some('8'));
    }

    #[test]
    fn every_fault_has_a_code_and_a_field_error() {
        let faults = [UsccFault::Format, UsccFault::Region, UsccFault::InnerCheck, UsccFault::CheckDigit];
        assert_eq!(faults.map(UsccFault::reason), ["format", "region", "inner_check", "check_digit"]);
        assert_eq!(
            faults.map(FieldErrorKind::from),
            [
                FieldErrorKind::UsccFormat,
                FieldErrorKind::UsccRegion,
                FieldErrorKind::UsccInnerCheck,
                FieldErrorKind::UsccCheckDigit
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_composed_is_read_back(code in codes()) {
            prop_assert_eq!(&Uscc::parse(code.as_str()).unwrap(), &code);
            prop_assert_eq!(Uscc::parse(&code.as_str().to_lowercase()).unwrap(), code);
        }

        #[test]
        fn one_wrong_character_is_always_noticed(code in codes(), at in 0usize..18, with in 0usize..31) {
            let mut bytes = code.as_str().as_bytes().to_vec();
            prop_assume!(bytes[at] != ALPHABET.as_bytes()[with]);
            bytes[at] = ALPHABET.as_bytes()[with];
            prop_assert!(Uscc::parse(std::str::from_utf8(&bytes).unwrap()).is_err());
        }

        #[test]
        fn no_text_makes_it_stumble(text in any::<String>()) {
            let _ = Uscc::parse(&text);
        }
    }
}
