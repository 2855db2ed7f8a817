//! Normalization of typed values: full-width digits, spaces in numbers, `2026年1月5日`.
//!
//! A value that cannot be read stays as typed, so that the person sees it again with the error.

use crate::{dates::iso_date, services::form::Kind};

/// The values of a part as stored: one for most kinds (the last, as of a hidden input before a tick box),
/// each once for those that take several.
#[must_use]
pub fn normalize_values(kind: Kind, values: &[String]) -> Vec<String> {
    if !matches!(kind, Kind::SomeOf | Kind::File) {
        return values.last().map(|v| normalize_value(kind, v)).into_iter().collect();
    }
    let mut once: Vec<String> = Vec::new();
    for value in values {
        if !once.contains(value) {
            once.push(value.clone());
        }
    }
    once
}

fn normalize_value(kind: Kind, value: &str) -> String {
    match kind {
        Kind::ShortText => value.split_whitespace().collect::<Vec<_>>().join(" "),
        Kind::Number => without(&half_width(value), &[',', ' ']),
        Kind::Money => scaled(&plain_money(value), 2).map_or_else(|| value.to_owned(), yuan),
        Kind::Date => written_date(value).unwrap_or_else(|| value.to_owned()),
        Kind::ResidentId | Kind::Uscc => without(&half_width(value), &[' ', '-']).to_uppercase(),
        Kind::Phone => {
            let plain = without(&half_width(value), &[' ', '-']);
            plain.strip_prefix("+86").map(str::to_owned).unwrap_or(plain)
        }
        Kind::BankAccount => without(&half_width(value), &[' ', '-']),
        Kind::Email => half_width(value),
        _ => value.to_owned(),
    }
}

/// A typed amount of money without separators and signs of the currency.
pub(super) fn plain_money(value: &str) -> String {
    without(&half_width(value), &[',', ' ', '¥', '元'])
}

/// The fen of a stored amount of money.
#[must_use]
pub fn money_fen(value: &str) -> Option<i64> {
    scaled(value, 2)
}

/// An amount in yuan with two decimals, as stored.
#[must_use]
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// A decimal number as a whole number of its smallest places: `12.5` with two places is 1250. `None` where it is not
/// a number, has more places, or is too large.
#[must_use]
pub fn scaled(text: &str, places: u8) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let spare = usize::from(places).checked_sub(decimals.len())?;
    let dangling = digits.ends_with('.') || whole.is_empty();
    if dangling || !all_digits(whole) || !all_digits(decimals) {
        return None;
    }
    let number: i64 = format!("{whole}{decimals}{}", "0".repeat(spare)).parse().ok()?;
    Some(if negative { -number } else { number })
}

/// Whether it is a decimal number, but with more decimal places than these.
pub(super) fn has_more_places(text: &str, places: u8) -> bool {
    text.rsplit_once('.').is_some_and(|(whole, decimals)| {
        let digits = decimals.bytes().all(|b| b.is_ascii_digit());
        digits && decimals.len() > usize::from(places) && scaled(whole, 0).is_some()
    })
}

fn written_date(value: &str) -> Option<String> {
    let plain = half_width(value).replace(['年', '月', '/', '.'], "-").replace(['日', ' '], "");
    let mut parts = plain.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let written = format!("{year:0>4}-{month:0>2}-{day:0>2}");
    (parts.next().is_none() && year.len() == 4).then_some(written).filter(|w| iso_date(w).is_some())
}

/// Full-width letters, digits and signs (U+FF01 to U+FF5E, U+FFE5, U+3000) as their ASCII equivalents.
fn half_width(value: &str) -> String {
    let narrow = |c: char| match c {
        '\u{3000}' => ' ',
        '\u{FFE5}' => '¥',
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    };
    value.chars().map(narrow).collect()
}

fn without(value: &str, dropped: &[char]) -> String {
    value.chars().filter(|c| !dropped.contains(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(kind: Kind, value: &str) -> String {
        normalize_values(kind, &[value.to_owned()]).concat()
    }

    #[test]
    fn people_write_in_many_ways() {
        assert_eq!(one(Kind::Money, "￥１,234.5元"), "1234.50");
        assert_eq!(one(Kind::Money, "many"), "many");
        assert_eq!(one(Kind::Date, "2026年1月5日"), "2026-01-05");
        assert_eq!(one(Kind::Date, "2026/02/30"), "2026/02/30");
        assert_eq!(one(Kind::Phone, "+86 138-0000-0000"), "13800000000");
        assert_eq!(one(Kind::ResidentId, "11010519491231002x"), "11010519491231002X");
        assert_eq!(one(Kind::ShortText, "a\nb   c"), "a b c");
        assert_eq!(normalize_values(Kind::SomeOf, &["a".to_owned(), "b".to_owned(), "a".to_owned()]), ["a", "b"]);
        assert_eq!(normalize_values(Kind::YesNo, &["no".to_owned(), "yes".to_owned()]), ["yes"]);
    }

    #[test]
    fn numbers_are_read_exactly() {
        assert_eq!(scaled("12.5", 2), Some(1250));
        assert_eq!(scaled("-0.01", 2), Some(-1));
        assert_eq!(scaled("7", 0), Some(7));
        for bad in ["", ".", "1.", ".5", "1.234", "1e3", "--1", "１", "99999999999999999999"] {
            assert_eq!(scaled(bad, 2), None, "{bad}");
        }
        for (text, more) in
            [("1.234", true), ("-0.125", true), ("1.23", false), ("1.2.345", false), (".123", false), ("1.2x4", false)]
        {
            assert_eq!(has_more_places(text, 2), more, "{text}");
        }
        assert_eq!(yuan(-105), "-1.05");
        assert_eq!(iso_date("2026-2-3"), None);
        assert_eq!(iso_date("2026-02-29"), None);
    }

    proptest! {
        #[test]
        fn tidying_twice_changes_nothing(value in "\\PC{0,30}", kind in prop::sample::select(vec![
            Kind::ShortText, Kind::Number, Kind::Money, Kind::Date, Kind::ResidentId, Kind::Uscc, Kind::Phone, Kind::Email,
            Kind::BankAccount, Kind::SomeOf, Kind::LongText,
        ])) {
            let first = normalize_values(kind, &[value]);
            prop_assert_eq!(normalize_values(kind, &first), first);
        }

        #[test]
        fn money_reads_back(fen in -1_000_000_000_000_i64..1_000_000_000_000) {
            prop_assert_eq!(money_fen(&yuan(fen)), Some(fen));
        }
    }
}
