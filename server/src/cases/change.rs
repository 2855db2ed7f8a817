//! A change of a case: the request, what its handler sees, and what the handler leaves to be written.

use super::{case_row::CaseRow, clocks, input::AnyInput};
use crate::{
    access::actor::Actor,
    error::{Error, Result},
    store::{Now, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    cases::Step,
    ids::{AccountId, OrganisationId},
};

/// A request to act on a case.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The number of the case.
    pub number: &'a str,
    /// The version the actor saw; required by steps with [`shared::cases::Guard::Version`].
    pub version: Option<i32>,
    /// The client's idempotency key.
    pub key: &'a str,
    /// The action with its typed input.
    pub input: &'a dyn AnyInput,
}

/// The result of an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionResult {
    /// The number of the case.
    pub number: String,
    /// Its state now.
    pub state: String,
    /// Its version now.
    pub version: i32,
}

/// A change as its handler sees it.
pub struct Change<'a> {
    /// The transaction of the change.
    pub tx: &'a Tx,
    /// The actor.
    pub actor: &'a Actor,
    /// The case before the change, locked.
    pub case: &'a CaseRow,
    /// The row of the flow that is taken.
    pub step: &'static Step,
    /// The city's clock.
    pub now: Now,
}

/// The assignee after a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assign {
    /// The same as before.
    #[default]
    Keep,
    /// None: the case is in the queue.
    Clear,
    /// This account.
    To(AccountId),
}

/// What a handler leaves to be written with the change.
#[derive(Debug, Default)]
pub struct Effect {
    /// Facts of the event that are readable without the person's key.
    pub facts: serde_json::Map<String, Value>,
    /// Personal content of the event: sealed under the person's key.
    pub personal: Option<Value>,
    /// The assignee after the change.
    pub assign: Assign,
    /// Organisations that take part from now on (协办单位).
    pub add_organisations: Vec<OrganisationId>,
    /// Organisations that do not take part any more.
    pub remove_organisations: Vec<OrganisationId>,
    /// Accounts that are called to help from now on.
    pub add_helpers: Vec<AccountId>,
    /// Legal and promised working days for clocks that the step starts.
    pub limits: Vec<clocks::Limit>,
}

/// The facts of an event, from a struct or a JSON object.
///
/// # Errors
/// [`Error::Broken`] for a value that is no object; when it cannot be serialized.
pub fn facts(value: impl Serialize) -> Result<serde_json::Map<String, Value>> {
    match serde_json::to_value(value)? {
        Value::Object(facts) => Ok(facts),
        other => Err(Error::Broken(format!("facts of an event that are no object: {other}"))),
    }
}
