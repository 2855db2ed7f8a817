//! Reading of requests: accepted media type, request id, ids in forms and addresses, and required fields.

use axum::http::{HeaderMap, HeaderValue, header};
use shared::{FieldError, FieldErrorKind, Problem};

/// Parses a row id from a form or an address.
///
/// # Errors
/// [`Problem::NotFound`] for a malformed id, since no row has it.
pub fn parse_id<Id: std::str::FromStr>(text: &str) -> Result<Id, Problem> {
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

/// The page of a form: the path of `Referer`. For requests that change anything, the origin check has verified its site.
#[must_use]
pub fn form_page(referer: Option<&HeaderValue>) -> String {
    let referer = referer.and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<axum::http::Uri>().ok());
    let path = referer.and_then(|uri| uri.path_and_query().map(|p| p.as_str().to_owned()));
    path.filter(|path| !path.starts_with("//")).unwrap_or_else(|| "/".to_owned())
}

/// Reports all empty fields at once, so that a form is returned only once; `extra` is a further error.
///
/// # Errors
/// [`Problem::Invalid`] when anything is wrong.
pub fn required(fields: &[(&str, &str)], extra: Option<(&str, FieldErrorKind)>) -> Result<(), Problem> {
    let empty = fields.iter().filter(|(_, value)| value.trim().is_empty()).map(|(field, _)| (*field, FieldErrorKind::Required));
    let errors: Vec<FieldError> = empty.chain(extra).map(|(field, kind)| FieldError { field: field.to_owned(), kind }).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }) }
}
