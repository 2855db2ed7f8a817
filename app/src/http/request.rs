//! Reading of requests: accepted media type, request id, and ids in forms and addresses.

use axum::http::{HeaderMap, header};
use shared::Problem;

/// Parses a row id from a form or an address.
///
/// # Errors
/// [`Problem::NotFound`] for a malformed id, since no row has it.
pub fn key<Id: std::str::FromStr>(text: &str) -> Result<Id, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

/// Reads the request id that the outermost layer set.
#[must_use]
pub fn request_id_of(headers: &HeaderMap) -> String {
    headers.get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// Whether the client accepts an HTML page; scripts accept JSON.
#[must_use]
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
}
