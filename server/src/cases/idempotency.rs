//! Idempotency keys: the client makes a key for a write, and (actor, route, key) is executed once.

use super::entity::idempotency as table;
use crate::{access::actor::Actor, error::Result, store::Tx, vault::sha256};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};
use shared::{FieldErrorKind, Problem};

/// A key reserved inside a transaction. [`KeyReservation::store_response`] makes it durable with the transaction; if the
/// transaction fails, the key is free again, so that the client can correct the request and send it with the same key.
#[derive(Debug)]
pub struct KeyReservation {
    actor: String,
    route: String,
    key: String,
}

/// A reserved key, or the response of the same request made before.
#[derive(Debug)]
pub enum Reservation<T> {
    /// The key is new: execute the request.
    New(KeyReservation),
    /// The request was executed before; this was its response.
    Replayed(T),
}

/// Reserves the key for this actor and route. Parallel requests with one key wait for each other.
///
/// # Errors
/// [`Problem::SignInFirst`] without an actor; [`Problem::KeyReused`] when the key was used with another body;
/// [`Problem::Invalid`] for a key that is not 8 to 80 visible ASCII characters.
pub async fn reserve_key<T: DeserializeOwned>(
    tx: &Tx,
    actor: &Actor,
    route: &str,
    key: &str,
    body: &impl Serialize,
) -> Result<Reservation<T>> {
    // ASCII only: its length is the same in bytes and in characters of the column.
    if !(8..=80).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::field("key", FieldErrorKind::Required).into());
    }
    let actor = match (actor.account, actor.task) {
        (Some(account), _) => account.to_string(),
        (None, Some(task)) => task.code().to_owned(),
        (None, None) => return Err(Problem::SignInFirst.into()),
    };
    let body_hash = sha256(&[&serde_json::to_vec(body)?]);
    let row = table::ActiveModel {
        actor: Set(actor.clone()),
        route: Set(route.to_owned()),
        key: Set(key.to_owned()),
        body_hash: Set(body_hash.clone()),
        outcome: Set(serde_json::Value::Null),
        ..Default::default()
    };
    let inserted =
        table::Entity::insert(row).on_conflict(OnConflict::new().do_nothing().to_owned()).exec_without_returning(tx).await?;
    if inserted == 1 {
        return Ok(Reservation::New(KeyReservation { actor, route: route.to_owned(), key: key.to_owned() }));
    }
    let earlier: Option<(Vec<u8>, serde_json::Value)> = table::Entity::find_by_id((actor, route.to_owned(), key.to_owned()))
        .select_only()
        .columns([table::Column::BodyHash, table::Column::Outcome])
        .into_tuple()
        .one(tx)
        .await?;
    let (earlier_hash, outcome) = earlier.ok_or(Problem::KeyReused)?;
    if earlier_hash != body_hash {
        return Err(Problem::KeyReused.into());
    }
    Ok(Reservation::Replayed(serde_json::from_value(outcome)?))
}

impl KeyReservation {
    /// Stores the response for repeated requests; it becomes durable with the transaction.
    ///
    /// # Errors
    /// Errors of the store.
    pub async fn store_response(self, tx: &Tx, response: &impl Serialize) -> Result<()> {
        table::Entity::update_many()
            .set(table::ActiveModel { outcome: Set(serde_json::to_value(response)?), ..Default::default() })
            .filter(table::Column::Actor.eq(self.actor))
            .filter(table::Column::Route.eq(self.route))
            .filter(table::Column::Key.eq(self.key))
            .exec(tx)
            .await?;
        Ok(())
    }
}
