//! The error of a page handler as a response, rendered later by the layer of [`super::render`].

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use server::http::refusal::status_of;
use shared::Problem;
use std::sync::Arc;

/// The error of a page handler. The render layer turns it into a page or a JSON document; language and request id are added
/// there.
#[derive(Clone, Debug)]
pub struct ProblemResponse(Cause);

#[derive(Clone, Debug)]
enum Cause {
    Problem(Problem),
    /// Not logged yet. Shared because extensions of a response must be `Clone`.
    Error(Arc<server::Error>),
}

impl ProblemResponse {
    /// The problem to show. An internal error is logged under the id of the request.
    #[must_use]
    pub fn into_problem(self, request_id: &str) -> Problem {
        let internal = || Problem::Internal { reference: request_id.to_owned() };
        match self.0 {
            Cause::Problem(problem) => problem,
            Cause::Error(error) => Arc::into_inner(error).map_or_else(internal, |error| error.into_problem(request_id)),
        }
    }
}

impl From<Problem> for ProblemResponse {
    fn from(problem: Problem) -> Self {
        Self(Cause::Problem(problem))
    }
}

impl From<server::Error> for ProblemResponse {
    fn from(error: server::Error) -> Self {
        Self(Cause::Error(Arc::new(error)))
    }
}

impl IntoResponse for ProblemResponse {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            Cause::Problem(problem) => status_of(problem),
            Cause::Error(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
