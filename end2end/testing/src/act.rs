//! Acting on a case by the name of an action and a document, as forms and machines do.

use serde_json::Value;
use server::{
    Actor, Store,
    cases::{self, Done},
    error::Result,
};

/// A request to act on a case.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The number of the case.
    pub number: &'a str,
    /// The action's code.
    pub action: &'a str,
    /// The version that was seen.
    pub version: Option<i32>,
    /// The idempotency key.
    pub key: &'a str,
    /// The input as a document.
    pub input: Value,
}

/// Performs it; the document is read as the action's input.
///
/// # Errors
/// As [`cases::perform`].
pub async fn perform(store: &Store, actor: &Actor, request: Request<'_>) -> Result<Done> {
    let Request { number, action, version, key, input } = request;
    let document = if input.is_null() { Value::Object(serde_json::Map::new()) } else { input };
    cases::perform_document(store, actor, (number, action), version, key, document).await
}
