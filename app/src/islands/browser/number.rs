//! Fractional numbers, parsed and formatted by the browser: Rust's float parsing and formatting would take a tenth of the
//! weight budget of a page.

/// Formats it as JavaScript does: `30.545`, `20`.
#[must_use]
pub fn format_number(number: f64) -> String {
    js_sys::Number::from(number).to_string_with_radix(10).map(String::from).unwrap_or_default()
}

/// Parses the number at the start of a text, if any.
#[must_use]
pub fn parse_number(text: &str) -> Option<f64> {
    Some(js_sys::Number::parse_float(text)).filter(|n| !n.is_nan())
}
