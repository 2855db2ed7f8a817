//! Performs an action on a case by its code and an input document, as forms and API clients do.

use serde_json::Value;
use server::{
    Actor, Store,
    cases::{self, ActionResult},
    error::{Error, Result},
};
use shared::Problem;

/// A request to act on a case.
#[derive(Clone, Debug)]
pub struct ActRequest<'a> {
    /// The number of the case.
    pub number: &'a str,
    /// The action's code.
    pub action: &'a str,
    /// The version of the case that the caller has seen.
    pub version: Option<i32>,
    /// The idempotency key.
    pub key: &'a str,
    /// The input as JSON; null for none.
    pub input: Value,
}

/// Performs the action; the document is parsed as its input.
///
/// # Errors
/// As [`cases::perform`].
pub async fn perform(store: &Store, actor: &Actor, request: ActRequest<'_>) -> Result<ActionResult> {
    let ActRequest { number, action, version, key, input } = request;
    let document = if input.is_null() { Value::Object(serde_json::Map::new()) } else { input };
    cases::perform_document(store, actor, (number, action), version, key, document).await
}

/// Unwraps the problem that a user would see.
///
/// # Errors
/// The problem.
///
/// # Panics
/// On any other error.
#[allow(clippy::panic, reason = "a test may panic")]
pub fn or_problem<T>(result: Result<T>) -> Result<T, Problem> {
    match result {
        Ok(done) => Ok(done),
        Err(Error::Problem(problem)) => Err(problem),
        Err(other) => panic!("{other}"),
    }
}
