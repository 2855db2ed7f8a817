//! Fractional numbers, parsed and formatted by the browser: Rust's float parsing and formatting would take a tenth of the
//! weight budget of a page.

/// As JavaScript writes it: `30.545`, `20`.
#[must_use]
pub fn shown(number: f64) -> String {
    js_sys::Number::from(number).to_string_with_radix(10).map(String::from).unwrap_or_default()
}

/// The number that a text begins with; none where it begins with none.
#[must_use]
pub fn read(text: &str) -> Option<f64> {
    Some(js_sys::Number::parse_float(text)).filter(|n| !n.is_nan())
}
