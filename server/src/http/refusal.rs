//! Responses of the middleware to requests that it refuses.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shared::Problem;

/// The problem of a response made by [`refuse`], kept as an extension so that an outer layer can render it as a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Problem);

/// The HTTP status of a problem.
#[must_use]
pub fn status_of(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The JSON response of a problem; see [`Refused`].
#[must_use]
pub fn refuse(problem: Problem) -> Response {
    let status = status_of(&problem);
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
    if let Problem::TooMany { retry_after } | Problem::Unavailable { retry_after } = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
    }
    response.extensions_mut().insert(Refused(problem));
    response
}
