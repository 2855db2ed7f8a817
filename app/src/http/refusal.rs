//! The error of every server function: a [`Problem`], whatever went wrong.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use shared::{Complaint, Problem};

/// A problem on its way to whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Refusal(pub Problem);

impl Refusal {
    /// Tells the problem; on the server it also decides the HTTP answer (see `http::call`).
    #[must_use]
    pub fn new(problem: Problem) -> Self {
        super::call::note(&problem);
        Self(problem)
    }
}

impl Refusal {
    /// The problem of a service, where the form does not show these fields: what is wrong with them is said of the form
    /// as a whole.
    #[must_use]
    pub fn without_fields(error: server::Error, hidden: &[&str]) -> Self {
        let mut problem = error.into_problem(&super::call::reference());
        if let Problem::Invalid { errors } = &mut problem {
            errors.iter_mut().filter(|e| hidden.contains(&e.field.as_str())).for_each(|e| e.field.clear());
        }
        Self::new(problem)
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::new(problem)
    }
}

impl From<server::Error> for Refusal {
    fn from(error: server::Error) -> Self {
        Self::new(error.into_problem(&super::call::reference()))
    }
}

impl FromServerFnError for Refusal {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Self::new(Problem::field("", Complaint::Unknown))
            }
            // In the browser: the request did not get through. Nothing is known to have been done.
            _ => Self::new(Problem::Unavailable { retry_after: 5 }),
        }
    }
}
