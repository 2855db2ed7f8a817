//! Acting on a case: the only way to change one.
//!
//! [`perform`] finds the row of the Flow, asks the gate, checks the guard, runs the registered handler and writes the
//! change ([`super::write`]), all in one transaction.

use super::{
    case_row::find_locked,
    change::{ActionResult, Change, Request},
    idempotency::{Reservation, reserve_key},
    input::AnyInput,
    life::Lives,
    number, rules, write,
};
use crate::{
    Store,
    access::actor::Actor,
    error::{Error, Result},
    store::Tx,
};
use serde_json::Value;
use shared::{
    Problem,
    cases::{PostedFields, action::nest_fields},
};

/// Performs an action, once for each idempotency key.
///
/// # Errors
/// [`Problem::NotFound`] for a case that the actor may not see; [`Problem::Forbidden`] for an action that is not theirs;
/// [`Problem::Conflict`] with the allowed actions when the state or the version does not fit; [`Problem::Invalid`] from
/// the handler; [`Problem::KeyReused`].
pub async fn perform(store: &Store, actor: &Actor, request: Request<'_>) -> Result<ActionResult> {
    let tx = store.write(actor).await?;
    let done = perform_in(&tx, actor, &request).await?;
    tx.commit().await?;
    Ok(done)
}

/// Performs the action of a posted form; the fields are read as the action's input.
///
/// # Errors
/// As [`perform_document`].
pub async fn perform_posted(
    store: &Store,
    actor: &Actor,
    case_and_action: (&str, &str),
    version: Option<i32>,
    key: &str,
    fields: &PostedFields,
) -> Result<ActionResult> {
    perform_document(store, actor, case_and_action, version, key, nest_fields(fields)?).await
}

/// Performs the action that a document asks for; the document is read as the action's input. It is read only after the
/// gate has allowed the action, so that a refused actor learns nothing but the refusal.
///
/// # Errors
/// As [`perform`]; [`Problem::Invalid`] for a document that the input cannot hold.
pub async fn perform_document(
    store: &Store,
    actor: &Actor,
    (number, action): (&str, &str),
    version: Option<i32>,
    key: &str,
    document: Value,
) -> Result<ActionResult> {
    let tx = store.write(actor).await?;
    let body = serde_json::to_string(&document)?;
    let done = perform_call(&tx, actor, Call { number, action, version, key, body, input: Input::Document(document) }).await?;
    tx.commit().await?;
    Ok(done)
}

/// As [`perform`], inside a transaction that does more.
pub(crate) async fn perform_in(tx: &Tx, actor: &Actor, request: &Request<'_>) -> Result<ActionResult> {
    let Request { number, version, key, input } = *request;
    let (action, body) = (input.action().0, input.to_json()?);
    perform_call(tx, actor, Call { number, action, version, key, body, input: Input::Typed(input) }).await
}

/// An input before its handler runs.
enum Input<'a> {
    /// Of the handler's type.
    Typed(&'a dyn AnyInput),
    /// To be read by the handler.
    Document(Value),
}

/// A request with its input in either form.
struct Call<'a> {
    number: &'a str,
    /// The action's code.
    action: &'a str,
    version: Option<i32>,
    key: &'a str,
    /// The input as JSON: what the idempotency key is bound to.
    body: String,
    input: Input<'a>,
}

async fn perform_call(tx: &Tx, actor: &Actor, call: Call<'_>) -> Result<ActionResult> {
    let lives = Lives::of(tx)?;
    if !number::is_shaped(call.number) || !lives.flows().any(|f| f.actions().iter().any(|a| a.0 == call.action)) {
        return Err(Problem::NotFound.into());
    }
    let route = format!("case {} {}", call.number, call.action);
    let reservation = match reserve_key(tx, actor, &route, call.key, &(call.version, &call.body)).await? {
        Reservation::Replayed(done) => return Ok(done),
        Reservation::New(reservation) => reservation,
    };
    let case = find_locked(tx, actor, call.number).await?;
    let step = rules::find_step(tx, actor, &case, call.action, call.version).await?;
    let change = Change { tx, actor, case: &case, step, now: tx.now().await? };
    let handler = lives.life(&case.kind)?.handler(step.action);
    let handler = handler.ok_or_else(|| Error::Broken(format!("no handler for {}", step.action.0)))?;
    let effect = match call.input {
        Input::Typed(input) => (handler.run)(&change, input).await?,
        Input::Document(document) => (handler.run)(&change, &*(handler.read)(document)?).await?,
    };
    let done = write::write_change(&change, &effect).await?;
    reservation.store_response(tx, &done).await?;
    Ok(done)
}
