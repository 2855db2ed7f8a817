//! The error type of every server function: a [`Problem`].

use leptos::{
    prelude::use_context,
    server_fn::{
        codec::JsonEncoding,
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
use serde::{Deserialize, Serialize};
use shared::{FieldErrorKind, Problem};

/// The problem that ended a server function. Leptos encodes it as the body of the response, where [`super::call`] reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionError(pub Problem);

/// Context value with the id of the request, as in its log lines.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// The id of the request of the running server function.
pub(super) fn request_id() -> String {
    use_context::<RequestId>().map(|r| r.0).unwrap_or_default()
}

impl ActionError {
    /// Converts a service error where the form does not show the `hidden` fields: errors of these are reported for the form
    /// as a whole.
    #[must_use]
    pub fn without_fields(error: server::Error, hidden: &[&str]) -> Self {
        let mut problem = error.into_problem(&request_id());
        if let Problem::Invalid { errors } = &mut problem {
            errors.iter_mut().filter(|e| hidden.contains(&e.field.as_str())).for_each(|e| e.field.clear());
        }
        Self(problem)
    }
}

impl From<Problem> for ActionError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<server::Error> for ActionError {
    fn from(error: server::Error) -> Self {
        Self(error.into_problem(&request_id()))
    }
}

impl FromServerFnError for ActionError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self(Problem::field("", FieldErrorKind::Unknown))
            }
            _ => Self(Problem::Unavailable { retry_after: 5 }),
        }
    }
}
