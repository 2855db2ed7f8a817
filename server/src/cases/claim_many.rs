//! Claiming several cases of a queue at once (批量领取).

use super::{
    act::perform,
    change::{ActionResult, Request},
};
use crate::{
    Store,
    access::{actor::Actor, gate::Access},
    error::{Error, Result},
};
use shared::{FieldErrorKind, Problem, account::Permission, cases::actions::Claim};

/// Most cases that can be claimed at once.
const AT_ONCE: usize = 50;

/// Claims several cases (批量领取), each in a transaction of its own: a case that a colleague claimed meanwhile does not
/// stop the others. The same key can be sent again.
///
/// # Errors
/// [`Problem::Invalid`] for more than 50 or none; errors of the store.
pub async fn claim_all(
    store: &Store,
    actor: &Actor,
    numbers: &[String],
    key: &str,
) -> Result<Vec<(String, Result<ActionResult, Problem>)>> {
    store.gate.enter(Access::Staff(Permission::WorkOnCases), actor)?;
    if numbers.is_empty() {
        return Err(Problem::field("numbers", FieldErrorKind::Required).into());
    }
    if numbers.len() > AT_ONCE {
        return Err(Problem::field("numbers", FieldErrorKind::TooMany { max: u32::try_from(AT_ONCE).unwrap_or(u32::MAX) }).into());
    }
    let mut outcome = Vec::new();
    for number in numbers {
        let request = Request { number, version: None, key, input: &Claim {} };
        let done = match perform(store, actor, request).await {
            Ok(done) => Ok(done),
            Err(Error::Problem(problem)) => Err(problem),
            Err(other) => return Err(other),
        };
        outcome.push((number.clone(), done));
    }
    Ok(outcome)
}
