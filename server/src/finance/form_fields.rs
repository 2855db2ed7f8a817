//! Fields of the finance forms: amounts, months, rates, choices and texts as typed.

use shared::{
    FieldErrorKind,
    finance::{
        Fen, Rate,
        money::{FenFault, parse_yuan, yuan},
    },
};
use std::str::FromStr;

/// An amount in yuan within limits.
pub(super) fn amount(text: &str, least: Fen, most: Fen) -> Result<Fen, FieldErrorKind> {
    if text.trim().is_empty() {
        return Err(FieldErrorKind::Required);
    }
    match parse_yuan(text) {
        Ok(fen) if fen < least => Err(FieldErrorKind::BelowLeast { least: yuan(least) }),
        Ok(fen) if fen <= most => Ok(fen),
        Ok(_) | Err(FenFault::TooLarge) => Err(FieldErrorKind::AboveMost { most: yuan(most) }),
        Err(FenFault::Decimals) => Err(FieldErrorKind::TooManyDecimals { max: 2 }),
        Err(FenFault::Format) => Err(FieldErrorKind::NotANumber),
    }
}

/// A number of months within limits.
pub(super) fn months(text: &str, least: u32, most: u32) -> Result<u32, FieldErrorKind> {
    if text.trim().is_empty() {
        return Err(FieldErrorKind::Required);
    }
    match text.trim().parse::<i64>() {
        Ok(months) if months < i64::from(least) => Err(FieldErrorKind::BelowLeast { least: least.to_string() }),
        Ok(months) => u32::try_from(months)
            .ok()
            .filter(|months| *months <= most)
            .ok_or_else(|| FieldErrorKind::AboveMost { most: most.to_string() }),
        Err(_) => Err(FieldErrorKind::NotAWholeNumber),
    }
}

/// An annual rate in percent within limits; no upper limit when `most` is none.
pub(super) fn rate(text: &str, least: Rate, most: Option<Rate>) -> Result<Rate, FieldErrorKind> {
    if text.is_empty() {
        return Err(FieldErrorKind::Required);
    }
    let rate = Rate::parse_percent(text).map_err(|_| FieldErrorKind::NotACreditRate)?;
    match most {
        _ if rate < least => Err(FieldErrorKind::BelowLeast { least: format!("{} %", least.percent()) }),
        Some(most) if rate > most => Err(FieldErrorKind::AboveMost { most: format!("{} %", most.percent()) }),
        _ => Ok(rate),
    }
}

/// One of a fixed set of codes.
pub(super) fn choice<T: FromStr>(code: &str) -> Result<T, FieldErrorKind> {
    code.parse().map_err(|_| if code.is_empty() { FieldErrorKind::Required } else { FieldErrorKind::NotAnOption })
}

/// A trimmed text with a number of characters within limits.
pub(super) fn text(typed: &str, least: u32, most: u32) -> Result<String, FieldErrorKind> {
    let typed = typed.trim();
    match u32::try_from(typed.chars().count()).unwrap_or(u32::MAX) {
        0 if least > 0 => Err(FieldErrorKind::Required),
        n if n < least => Err(FieldErrorKind::TooShort { min: least }),
        n if n > most => Err(FieldErrorKind::TooLong { max: most }),
        _ => Ok(typed.to_owned()),
    }
}

/// A field that may be empty, with the value of an empty one.
pub(super) fn optional<T>(
    typed: &str,
    empty: T,
    read: impl FnOnce(&str) -> Result<T, FieldErrorKind>,
) -> Result<T, FieldErrorKind> {
    if typed.is_empty() { Ok(empty) } else { read(typed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_whole_numbers_within_limits() {
        assert_eq!(months(" 12 ", 1, 360), Ok(12));
        for text in ["12.5", "一年"] {
            assert_eq!(months(text, 1, 360), Err(FieldErrorKind::NotAWholeNumber), "{text}");
        }
        assert_eq!(months("-1", 1, 360), Err(FieldErrorKind::BelowLeast { least: "1".to_owned() }));
        assert_eq!(months("5000000000", 1, 360), Err(FieldErrorKind::AboveMost { most: "360".to_owned() }));
    }

    #[test]
    fn an_amount_has_at_most_two_decimal_places() {
        assert_eq!(amount("12.34", 1, 10_000), Ok(1_234));
        assert_eq!(amount("12.345", 1, 10_000), Err(FieldErrorKind::TooManyDecimals { max: 2 }));
        assert_eq!(amount("many", 1, 10_000), Err(FieldErrorKind::NotANumber));
    }
}
