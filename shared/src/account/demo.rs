//! The number ranges of the demo city: valid by every check but never assigned, so that a message or lookup from a demo
//! cannot reach a real person.

use super::{Email, IdFault, Phone, ResidentId, Uscc, UsccFault};
use crate::FieldErrorKind;
use jiff::civil::Date;

/// 420120 was the code of the urban area of Wuhan (武汉市市区) in GB/T 2260 until 1983, before the first identity numbers
/// were given (居民身份证试行条例, 6 April 1984) and long before the first credit codes (2015): it was in force, and no
/// number was ever given under it.
pub const REGION: &str = "420120";
/// Mobile numbers begin with 13 to 19 (电信网编号计划, 2017). 12X are short service numbers; 126 to 129 belonged to the
/// pagers and are unused: no number of 11 digits begins with them.
pub const PHONE_PREFIX: &str = "129";
/// `.example` is never delegated (RFC 2606).
pub const EMAIL_DOMAIN: &str = "demo.huimin.example";

/// An identity number of the demo city; sequence from 0 to 999, odd for men and even for women.
///
/// # Errors
/// [`IdFault::Date`] for a birth before 1880, [`IdFault::Format`] for a sequence above 999.
pub fn resident_id(born_on: Date, sequence: u16) -> Result<ResidentId, IdFault> {
    ResidentId::compose(REGION, born_on, sequence)
}

/// A phone number of the demo city for each serial number below 100,000,000.
///
/// # Errors
/// [`FieldErrorKind::NotAPhone`] for a serial number beyond.
pub fn phone(serial: u32) -> Result<Phone, FieldErrorKind> {
    Phone::parse(&format!("{PHONE_PREFIX}{serial:08}"))
}

/// An e-mail address of the demo city.
///
/// # Errors
/// As [`Email::parse`].
pub fn email(name: &str) -> Result<Email, FieldErrorKind> {
    Email::parse(&format!("{name}@{EMAIL_DOMAIN}"))
}

/// The credit code of a firm of the demo city for each serial number below 1,000,000.
///
/// # Errors
/// [`UsccFault::Format`] for a serial number beyond.
pub fn uscc(serial: u32) -> Result<Uscc, UsccFault> {
    Uscc::compose('9', '1', REGION, &format!("MA{serial:06}"))
}

/// Whether the number was made for a demo city.
#[must_use]
pub fn is_demo_id(id: &ResidentId) -> bool {
    id.region() == REGION
}

/// Whether the number was made for a demo city.
#[must_use]
pub fn is_demo_phone(phone: &Phone) -> bool {
    phone.as_str().starts_with(PHONE_PREFIX)
}

/// Whether the address was made for a demo city.
#[must_use]
pub fn is_demo_email(email: &Email) -> bool {
    email.domain() == EMAIL_DOMAIN
}

/// Whether the code was made for a demo city.
#[must_use]
pub fn is_demo_uscc(code: &Uscc) -> bool {
    code.region() == REGION
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_is_made_for_the_demo_is_known_as_such() {
        assert!(is_demo_id(&resident_id(date(1950, 6, 1), 998).unwrap()));
        assert!(is_demo_phone(&phone(7).unwrap()));
        assert_eq!(phone(7).unwrap().as_str(), "12900000007");
        assert!(is_demo_email(&email("Li.Hua").unwrap()));
        assert!(is_demo_uscc(&uscc(1).unwrap()));
    }

    #[test]
    fn real_ones_are_not() {
        assert!(!is_demo_id(&ResidentId::parse("11010519491231002X").unwrap()));
        assert!(!is_demo_phone(&Phone::parse("13812345678").unwrap()));
        assert!(!is_demo_email(&Email::parse("a@demo.huimin.example.cn").unwrap()));
        assert!(!is_demo_uscc(&Uscc::parse("91330100799655058B").unwrap()));
    }

    #[test]
    fn the_ranges_end_somewhere() {
        assert!(phone(99_999_999).is_ok());
        assert_eq!(phone(100_000_000).unwrap_err(), FieldErrorKind::NotAPhone);
        assert!(uscc(999_999).is_ok());
        assert_eq!(uscc(1_000_000).unwrap_err(), UsccFault::Format);
        assert_eq!(resident_id(date(1950, 6, 1), 1000).unwrap_err(), IdFault::Format);
        assert_eq!(email("no one").unwrap_err(), FieldErrorKind::NotAnEmail);
    }
}
