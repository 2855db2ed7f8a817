//! A problem as the response of a handler, rendered later by the layer of [`super::render`].

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::Problem;

/// A problem that a handler returned. The render layer turns it into a page or a JSON document.
#[derive(Clone, Debug)]
pub struct ProblemResponse(pub Problem);

impl From<Problem> for ProblemResponse {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
