//! The error type of every server function: a [`Problem`], also recorded for the HTTP response.

use leptos::{
    prelude::use_context,
    server_fn::{
        codec::JsonEncoding,
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
use serde::{Deserialize, Serialize};
use shared::{Complaint, Problem};
use std::sync::{Arc, Mutex, PoisonError};

/// The problem that ended a server function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionError(pub Problem);

/// Context value in which a server function records the problem it ended with.
#[derive(Clone, Debug, Default)]
pub(super) struct ProblemSlot(Arc<Mutex<Option<Problem>>>);

impl ProblemSlot {
    /// Takes the recorded problem.
    pub(super) fn take(&self) -> Option<Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Context value with the id of the request, as in its log lines.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// Records the problem of the running server function.
fn record_problem(problem: &Problem) {
    if let Some(ProblemSlot(slot)) = use_context::<ProblemSlot>() {
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem.clone());
    }
}

/// The id of the request of the running server function.
fn request_id() -> String {
    use_context::<RequestId>().map(|r| r.0).unwrap_or_default()
}

impl ActionError {
    /// Wraps the problem and records it, because it decides the HTTP response (see [`super::call`]).
    #[must_use]
    pub fn new(problem: Problem) -> Self {
        record_problem(&problem);
        Self(problem)
    }

    /// Converts a service error where the form does not show the `hidden` fields: errors of these are reported for the form
    /// as a whole.
    #[must_use]
    pub fn without_fields(error: server::Error, hidden: &[&str]) -> Self {
        let mut problem = error.into_problem(&request_id());
        if let Problem::Invalid { errors } = &mut problem {
            errors.iter_mut().filter(|e| hidden.contains(&e.field.as_str())).for_each(|e| e.field.clear());
        }
        Self::new(problem)
    }
}

impl From<Problem> for ActionError {
    fn from(problem: Problem) -> Self {
        Self::new(problem)
    }
}

impl From<server::Error> for ActionError {
    fn from(error: server::Error) -> Self {
        Self::new(error.into_problem(&request_id()))
    }
}

impl FromServerFnError for ActionError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::new(Problem::field("", Complaint::Unknown))
            }
            _ => Self::new(Problem::Unavailable { retry_after: 5 }),
        }
    }
}
