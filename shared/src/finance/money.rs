//! Money in whole fen (分), a hundredth of a yuan.

/// An amount in fen.
pub type Fen = i64;

/// The largest amount accepted: a trillion yuan, far beyond any loan, so that sums fit into an `i64`.
pub const MAX_FEN: Fen = 100_000_000_000_000;

/// Why a text is not an amount in yuan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FenFault {
    /// Not digits with perhaps a decimal point.
    #[error("an amount in yuan has digits and at most two decimal places")]
    Format,
    /// More than two decimal places.
    #[error("an amount in yuan has at most two decimal places")]
    Decimals,
    /// Above [`MAX_FEN`].
    #[error("the amount is too large")]
    TooLarge,
}

/// Parses yuan as typed: `1000000`, `1,000,000.00`, `1，000`, `84898.8`.
///
/// # Errors
/// [`FenFault`].
pub fn parse_yuan(text: &str) -> Result<Fen, FenFault> {
    let text: String = text.trim().trim_start_matches(['¥', '￥']).chars().filter(|c| !matches!(c, ',' | '，' | ' ')).collect();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) {
        return Err(FenFault::Format);
    }
    if decimals.len() > 2 {
        return Err(FenFault::Decimals);
    }
    let number: i128 = format!("{whole}{decimals:0<2}").parse().map_err(|_| FenFault::TooLarge)?;
    Fen::try_from(number).ok().filter(|fen| *fen <= MAX_FEN).ok_or(FenFault::TooLarge)
}

/// Formats an amount with the currency sign: `¥1,000,000.00`.
#[must_use]
pub fn yuan(fen: Fen) -> String {
    let minus = if fen < 0 { "−" } else { "" };
    let (whole, decimals) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    format!("{minus}¥{}.{decimals:02}", grouped(whole))
}

/// Formats an amount for a form field: `1000000` or `84898.82`.
#[must_use]
pub fn yuan_plain(fen: Fen) -> String {
    let minus = if fen < 0 { "-" } else { "" };
    let (whole, decimals) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    if decimals == 0 { format!("{minus}{whole}") } else { format!("{minus}{whole}.{decimals:02}") }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `numerator / denominator`, rounded half up to a whole number, for numerators of zero or more and positive denominators.
#[must_use]
pub(crate) const fn round_half_up(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn yuan_are_read_as_people_type_them() {
        for (text, fen) in [
            ("1000000", 100_000_000),
            (" ¥1,000,000.00 ", 100_000_000),
            ("84898.8", 8_489_880),
            ("0.01", 1),
            ("1，000", 100_000),
            ("1000000000000", MAX_FEN),
        ] {
            assert_eq!(parse_yuan(text), Ok(fen), "{text}");
        }
        for text in ["", ".5", "-1", "1.2.3", "一万", "1e6", "¥"] {
            assert_eq!(parse_yuan(text), Err(FenFault::Format), "{text}");
        }
        for text in ["1.234", "1,000.000"] {
            assert_eq!(parse_yuan(text), Err(FenFault::Decimals), "{text}");
        }
        for text in ["1000000000000.01", "99999999999999999999999999999999999999999"] {
            assert_eq!(parse_yuan(text), Err(FenFault::TooLarge), "{text}");
        }
    }

    #[test]
    fn yuan_are_written_with_groups() {
        for (fen, text) in
            [(0, "¥0.00"), (1, "¥0.01"), (123_456, "¥1,234.56"), (100_000_000, "¥1,000,000.00"), (-99_900, "−¥999.00")]
        {
            assert_eq!(yuan(fen), text);
        }
        assert_eq!(yuan(i64::MIN), "−¥92,233,720,368,547,758.08");
    }

    #[test]
    fn halves_go_up() {
        for (numerator, denominator, rounded) in [(0, 2, 0), (1, 2, 1), (1, 3, 0), (2, 3, 1), (3, 2, 2), (5, 10, 1), (49, 100, 0)]
        {
            assert_eq!(round_half_up(numerator, denominator), rounded);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(fen in 0..=MAX_FEN) {
            prop_assert_eq!(parse_yuan(&yuan(fen)), Ok(fen));
            prop_assert_eq!(parse_yuan(&yuan_plain(fen)), Ok(fen));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse_yuan(&text);
        }
    }
}
