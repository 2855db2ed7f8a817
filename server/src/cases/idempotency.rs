//! A repeated write is one write: the client makes a key, and (actor, route, key) is done once.

use crate::{account::actor::Actor, error::Result, store::Tx, vault::sha256};
use sea_orm::FromQueryResult;
use serde::{Serialize, de::DeserializeOwned};
use shared::{Complaint, Problem};

/// What an earlier call with this key left.
#[derive(FromQueryResult)]
struct Earlier {
    body_hash: Vec<u8>,
    outcome: serde_json::Value,
}

/// A claim on a key inside a transaction: kept by [`Claim::keep`], gone with the transaction if it fails, so that
/// correcting and sending again works.
#[derive(Debug)]
pub struct Claim {
    actor: String,
    route: String,
    key: String,
}

/// Either a claim, or the outcome of the same call made before.
#[derive(Debug)]
pub enum Turn<T> {
    /// Do it now.
    First(Claim),
    /// It was done; this came out.
    Repeat(T),
}

/// Claims the key for this actor and route. Parallel calls with one key wait for each other.
///
/// # Errors
/// [`Problem::SignInFirst`] for nobody; [`Problem::KeyReused`] when the key was used with another body; [`Problem::Invalid`] for a key that is not 8 to 80
/// visible ASCII characters.
pub async fn claim<T: DeserializeOwned>(
    tx: &Tx,
    actor: &Actor,
    route: &str,
    key: &str,
    body: &impl Serialize,
) -> Result<Turn<T>> {
    // Of letters that cannot disagree with the column about its length, and that every store takes.
    if !(8..=80).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::field("key", Complaint::Required).into());
    }
    let who = match (actor.account, actor.task) {
        (Some(account), _) => account.to_string(),
        (None, Some(task)) => task.code().to_owned(),
        (None, None) => return Err(Problem::SignInFirst.into()),
    };
    let body_hash = sha256(&[&serde_json::to_vec(body)?]);
    let claimed = tx
        .run(
            "INSERT INTO idempotency (actor, route, key, body_hash, outcome) VALUES ($1, $2, $3, $4, 'null') ON CONFLICT DO NOTHING",
            [who.clone().into(), route.into(), key.into(), body_hash.clone().into()],
        )
        .await?;
    if claimed == 1 {
        return Ok(Turn::First(Claim { actor: who, route: route.to_owned(), key: key.to_owned() }));
    }
    let earlier: Option<Earlier> = tx
        .one(
            "SELECT body_hash, outcome FROM idempotency WHERE actor = $1 AND route = $2 AND key = $3",
            [who.into(), route.into(), key.into()],
        )
        .await?;
    let earlier = earlier.ok_or(Problem::KeyReused)?;
    if earlier.body_hash != body_hash {
        return Err(Problem::KeyReused.into());
    }
    Ok(Turn::Repeat(serde_json::from_value(earlier.outcome)?))
}

impl Claim {
    /// Keeps the outcome for repeats; it becomes durable with the transaction.
    ///
    /// # Errors
    /// What the store says.
    pub async fn keep(self, tx: &Tx, outcome: &impl Serialize) -> Result<()> {
        tx.run(
            "UPDATE idempotency SET outcome = $4 WHERE actor = $1 AND route = $2 AND key = $3",
            [self.actor.into(), self.route.into(), self.key.into(), serde_json::to_value(outcome)?.into()],
        )
        .await?;
        Ok(())
    }
}
