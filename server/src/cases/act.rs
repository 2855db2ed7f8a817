//! Acting on a case: the only way to change one.
//!
//! [`perform`] finds the row of the Flow, asks the gate, checks the guard, runs the registered handler and writes the
//! change ([`super::write`]), all in one transaction.

use super::{
    case_row::find_locked,
    change::{Change, Done, Request},
    idempotency::{Reservation, reserve_key},
    input::AnyInput,
    life::Lives,
    number, rules, write,
};
use crate::{
    Store,
    account::actor::Actor,
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
pub async fn perform(store: &Store, actor: &Actor, request: Request<'_>) -> Result<Done> {
    let tx = store.write(actor).await?;
    let done = perform_in(&tx, actor, &request).await?;
    tx.commit().await?;
    Ok(done)
}

/// Performs the action of a posted form: its input is read from the fields.
///
/// # Errors
/// As [`perform`]; [`Problem::Invalid`] for fields that the input cannot hold.
pub async fn perform_posted(
    store: &Store,
    actor: &Actor,
    (number, action): (&str, &str),
    version: Option<i32>,
    key: &str,
    fields: &PostedFields,
) -> Result<Done> {
    let tx = store.write(actor).await?;
    let input = read_input_of(Lives::of(&tx)?, number, action, nest_fields(fields)?)?;
    let done = perform_in(&tx, actor, &Request { number, version, key, input: &*input }).await?;
    tx.commit().await?;
    Ok(done)
}

/// Reads the input of an action on the case with this number from a document.
///
/// # Errors
/// [`Problem::NotFound`] for an action that cases of this kind do not have; [`Problem::Invalid`].
pub fn read_input_of(lives: Lives, number: &str, action: &str, document: Value) -> Result<Box<dyn AnyInput>, Problem> {
    let life = lives.by_number(number).ok_or(Problem::NotFound)?;
    let handler = life.handlers.iter().find(|h| h.action.0 == action).ok_or(Problem::NotFound)?;
    (handler.read)(document)
}

/// As [`perform`], inside a transaction that does more.
pub(crate) async fn perform_in(tx: &Tx, actor: &Actor, request: &Request<'_>) -> Result<Done> {
    let action = request.input.action();
    let lives = Lives::of(tx)?;
    if !number::is_shaped(request.number) || !lives.0.iter().any(|life| life.handler(action).is_some()) {
        return Err(Problem::NotFound.into());
    }
    let route = format!("case {} {}", request.number, action.0);
    let body = (request.version, request.input.to_json()?);
    let reservation = match reserve_key(tx, actor, &route, request.key, &body).await? {
        Reservation::Replayed(done) => return Ok(done),
        Reservation::New(reservation) => reservation,
    };
    let case = find_locked(tx, actor, request.number).await?;
    let step = rules::find_step(tx, actor, &case, request).await?;
    let change = Change { tx, actor, case: &case, step, now: tx.now().await? };
    let handler = lives.life(&case.kind)?.handler(step.action);
    let handler = handler.ok_or_else(|| Error::Broken(format!("no handler for {}", step.action.0)))?;
    let effect = (handler.run)(&change, request.input).await?;
    let done = write::write_change(&change, &effect).await?;
    reservation.store_response(tx, &done).await?;
    Ok(done)
}
