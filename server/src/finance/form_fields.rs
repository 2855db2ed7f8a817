//! Fields of the finance forms: amounts, months, rates, choices and texts as typed.

use shared::{
    Complaint,
    finance::{
        Fen, Rate,
        money::{FenFault, parse_yuan, yuan},
    },
};
use std::str::FromStr;

/// An amount in yuan within limits.
pub(super) fn amount(text: &str, least: Fen, most: Fen) -> Result<Fen, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::Required);
    }
    match parse_yuan(text) {
        Ok(fen) if fen < least => Err(Complaint::BelowLeast { least: yuan(least) }),
        Ok(fen) if fen <= most => Ok(fen),
        Ok(_) | Err(FenFault::TooLarge) => Err(Complaint::AboveMost { most: yuan(most) }),
        Err(FenFault::Format) => Err(Complaint::NotANumber),
    }
}

/// A number of months within limits.
pub(super) fn months(text: &str, least: u32, most: u32) -> Result<u32, Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::Required);
    }
    match text.trim().parse::<u32>() {
        Ok(months) if months < least => Err(Complaint::BelowLeast { least: least.to_string() }),
        Ok(months) if months <= most => Ok(months),
        Ok(_) => Err(Complaint::AboveMost { most: most.to_string() }),
        Err(_) => Err(Complaint::NotANumber),
    }
}

/// An annual rate in percent within limits; no upper limit when `most` is none.
pub(super) fn rate(text: &str, least: Rate, most: Option<Rate>) -> Result<Rate, Complaint> {
    if text.is_empty() {
        return Err(Complaint::Required);
    }
    let rate = Rate::parse_percent(text).map_err(|_| Complaint::NotACreditRate)?;
    match most {
        _ if rate < least => Err(Complaint::BelowLeast { least: format!("{} %", least.percent()) }),
        Some(most) if rate > most => Err(Complaint::AboveMost { most: format!("{} %", most.percent()) }),
        _ => Ok(rate),
    }
}

/// One of a fixed set of codes.
pub(super) fn choice<T: FromStr>(code: &str) -> Result<T, Complaint> {
    code.parse().map_err(|_| if code.is_empty() { Complaint::Required } else { Complaint::NotAnOption })
}

/// A trimmed text with a number of characters within limits.
pub(super) fn text(typed: &str, least: u32, most: u32) -> Result<String, Complaint> {
    let typed = typed.trim();
    match u32::try_from(typed.chars().count()).unwrap_or(u32::MAX) {
        0 if least > 0 => Err(Complaint::Required),
        n if n < least => Err(Complaint::TooShort { min: least }),
        n if n > most => Err(Complaint::TooLong { max: most }),
        _ => Ok(typed.to_owned()),
    }
}

/// A field that may be empty, with the value of an empty one.
pub(super) fn optional<T>(typed: &str, empty: T, read: impl FnOnce(&str) -> Result<T, Complaint>) -> Result<T, Complaint> {
    if typed.is_empty() { Ok(empty) } else { read(typed) }
}
