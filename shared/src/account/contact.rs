//! Mobile numbers, e-mail addresses and bank accounts. All three are personal data: masked in debug output and without
//! `Display`.

use crate::{
    FieldErrorKind,
    masking::{mask_bank_account, mask_email, mask_phone},
};
use std::fmt;

/// Maximum length of an e-mail address in characters (RFC 5321, 4.5.3.1.3: a path of 256 octets with its brackets).
const EMAIL_MOST: u32 = 254;
/// Maximum number of characters before the at sign (RFC 5321, 4.5.3.1.1).
const LOCAL_MOST: usize = 64;
/// Maximum length of a label of a domain name (RFC 1035, 2.3.4).
const LABEL_MOST: usize = 63;

/// A mobile number (手机号码) of the mainland: 11 digits, the first a 1 (电信网编号计划, 2017). New number
/// segments are assigned every year, so the segment is not checked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

impl Phone {
    /// Parses a number; a prefix `+86` or `0086`, spaces and dashes are accepted.
    ///
    /// # Errors
    /// [`FieldErrorKind::Required`] for empty input, [`FieldErrorKind::NotAPhone`] for other invalid input.
    pub fn parse(text: &str) -> Result<Self, FieldErrorKind> {
        let digits = without_gaps(text)?;
        let national = digits.strip_prefix("+86").or_else(|| digits.strip_prefix("0086")).unwrap_or(&digits);
        if national.len() == 11 && national.starts_with('1') && all_digits(national) {
            Ok(Self(national.to_owned()))
        } else {
            Err(FieldErrorKind::NotAPhone)
        }
    }

    /// The 11 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits, with which the status of a case can be queried without signing in.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.0.get(7..).unwrap_or_default()
    }

    /// `138****1234`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_phone(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// An e-mail address (电子邮箱) in lower case, so that one mailbox is one account. Only the common form of
/// RFC 5322 is accepted: no quotes, no comments, a domain name with a dot.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// Parses an address; surrounding spaces and capitals are accepted.
    ///
    /// # Errors
    /// [`FieldErrorKind::Required`] for empty input, [`FieldErrorKind::TooLong`] beyond 254 characters, else
    /// [`FieldErrorKind::NotAnEmail`].
    pub fn parse(text: &str) -> Result<Self, FieldErrorKind> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldErrorKind::Required);
        }
        if text.chars().nth(usize::try_from(EMAIL_MOST).unwrap_or(usize::MAX)).is_some() {
            return Err(FieldErrorKind::TooLong { max: EMAIL_MOST });
        }
        match text.rsplit_once('@') {
            Some((local, domain)) if local_part(local) && domain_name(domain) => Ok(Self(text.to_ascii_lowercase())),
            _ => Err(FieldErrorKind::NotAnEmail),
        }
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the at sign.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// `l***@example.cn`, with a fixed number of stars.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_email(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({})", self.masked())
    }
}

/// The number of a bank account or card (银行账号): 12 to 19 digits. Accounts of firms have no check digit, so none
/// is checked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BankAccount(String);

impl BankAccount {
    /// Parses a number; spaces and dashes are accepted.
    ///
    /// # Errors
    /// [`FieldErrorKind::Required`] for empty input, [`FieldErrorKind::NotABankAccount`] for other invalid input.
    pub fn parse(text: &str) -> Result<Self, FieldErrorKind> {
        let digits = without_gaps(text)?;
        if (12..=19).contains(&digits.len()) && all_digits(&digits) {
            Ok(Self(digits))
        } else {
            Err(FieldErrorKind::NotABankAccount)
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits.
    #[must_use]
    pub fn last_four(&self) -> &str {
        self.0.len().checked_sub(4).and_then(|start| self.0.get(start..)).unwrap_or_default()
    }

    /// `****1234`: hides the bank and the length.
    #[must_use]
    pub fn masked(&self) -> String {
        mask_bank_account(&self.0)
    }
}

impl fmt::Debug for BankAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BankAccount({})", self.masked())
    }
}

/// The text without spaces and dashes; empty input has an error of its own.
fn without_gaps(text: &str) -> Result<String, FieldErrorKind> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if text.is_empty() { Err(FieldErrorKind::Required) } else { Ok(text) }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// RFC 5322 dot-atom: runs of atom characters separated by single dots.
fn local_part(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    text.len() <= LOCAL_MOST && text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(letter))
}

/// A domain name with at least two labels, the last of which is not a number.
fn domain_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=LABEL_MOST).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split('.').all(label)
        && text.rsplit_once('.').is_some_and(|(_, top)| top.len() >= 2 && top.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phones_are_read_as_people_type_them() {
        for text in
            ["13812345678", " 138 1234 5678 ", "138-1234-5678", "+86 13812345678", "0086-13812345678", "+86138\u{3000}12345678"]
        {
            assert_eq!(Phone::parse(text).unwrap().as_str(), "13812345678", "{text}");
        }
    }

    #[test]
    fn what_is_no_phone_is_refused() {
        assert_eq!(Phone::parse(" - ").unwrap_err(), FieldErrorKind::Required);
        for text in
            ["1381234567", "138123456789", "23812345678", "+8513812345678", "1381234567a", "１3812345678", "8613812345678"]
        {
            assert_eq!(Phone::parse(text).unwrap_err(), FieldErrorKind::NotAPhone, "{text}");
        }
    }

    #[test]
    fn addresses_are_read_and_made_small() {
        for (text, read) in [
            ("Name@Example.CN", "name@example.cn"),
            (" a@b.co ", "a@b.co"),
            ("first.last+tag@mail.example.com", "first.last+tag@mail.example.com"),
            ("x@xn--fiqs8s.xn--fiqs8s", "x@xn--fiqs8s.xn--fiqs8s"),
        ] {
            assert_eq!(Email::parse(text).unwrap().as_str(), read);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!(Email::parse("  ").unwrap_err(), FieldErrorKind::Required);
        for text in [
            "name",
            "name@",
            "@example.cn",
            "name@example",
            "name@.cn",
            "name@example.",
            "name@example..cn",
            ".name@example.cn",
            "name.@example.cn",
            "na..me@example.cn",
            "na me@example.cn",
            "a@b@example.cn",
            "name@-example.cn",
            "name@example-.cn",
            "name@127.0.0.1",
            "name@example.c",
            "名@example.cn",
            "name@例子.cn",
            "name\u{0}@example.cn",
            "name@exa\nmple.cn",
        ] {
            assert_eq!(Email::parse(text).unwrap_err(), FieldErrorKind::NotAnEmail, "{text}");
        }
    }

    #[test]
    fn addresses_have_lengths() {
        let local = |n: usize| format!("{}@example.cn", "a".repeat(n));
        assert!(Email::parse(&local(64)).is_ok());
        assert_eq!(Email::parse(&local(65)).unwrap_err(), FieldErrorKind::NotAnEmail);
        let long = |n: usize| format!("{}@{}.cn", "a".repeat(60), ["b".repeat(62), "c".repeat(62), "d".repeat(n)].join("."));
        assert_eq!(Email::parse(&long(62)).unwrap().as_str().len(), 252);
        assert!(Email::parse(&format!("aa{}", long(62))).is_ok());
        assert_eq!(Email::parse(&format!("aaa{}", long(62))).unwrap_err(), FieldErrorKind::TooLong { max: 254 });
        assert_eq!(Email::parse(&long(64)).unwrap_err(), FieldErrorKind::NotAnEmail);
    }

    #[test]
    fn accounts_are_read_as_people_type_them() {
        assert_eq!(BankAccount::parse("6222 0200-0000 0000 000").unwrap().as_str(), "6222020000000000000");
        assert!(BankAccount::parse("123456789012").is_ok());
        assert_eq!(BankAccount::parse("").unwrap_err(), FieldErrorKind::Required);
        for text in ["12345678901", "12345678901234567890", "12345678901x"] {
            assert_eq!(BankAccount::parse(text).unwrap_err(), FieldErrorKind::NotABankAccount, "{text}");
        }
    }

    #[test]
    fn logs_show_masks_only() {
        let phone = Phone::parse("13812345678").unwrap();
        assert_eq!((phone.last_four(), format!("{phone:?}")), ("5678", "Phone(138****5678)".to_owned()));
        let email = Email::parse("lihua@example.cn").unwrap();
        assert_eq!((email.domain(), format!("{email:?}")), ("example.cn", "Email(l***@example.cn)".to_owned()));
        let account = BankAccount::parse("6222020000000001234").unwrap();
        assert_eq!((account.last_four(), format!("{account:?}")), ("1234", "BankAccount(****1234)".to_owned()));
    }

    proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(text in "(\\+86)?1[0-9 -]{10,14}|[A-Za-z.]{1,9}@[a-z.-]{1,9}|[0-9 ]{12,22}|.*") {
            if let Ok(phone) = Phone::parse(&text) {
                prop_assert_eq!(Phone::parse(phone.as_str()).unwrap(), phone);
            }
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()).unwrap(), email);
            }
            if let Ok(account) = BankAccount::parse(&text) {
                prop_assert_eq!(BankAccount::parse(account.as_str()).unwrap(), account);
            }
        }
    }
}
