//! Rate limits, stored in Postgres so that they apply across processes: tries of a bucket are counted in a sliding window,
//! one at a time. Names of buckets contain blind indexes, never a phone number, e-mail address or IP address.

use super::{
    contact::Contact,
    entity::{one_time_code, session, throttle},
};
use crate::access::actor::Actor;
use crate::{AppState, Store, Task, Vault, error::Result};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, prelude::Expr, raw_sql};
use shared::{Problem, ids::AccountId};
use std::net::IpAddr;

/// A maximum number of tries in a number of seconds.
#[derive(Clone, Copy, Debug)]
struct Rule {
    limit: i64,
    seconds: i64,
}

/// Guesses of one secret from one address: 5 failures in 60 s, 50 in 12 h.
const GUESSES: &[Rule] = &[Rule { limit: 5, seconds: 60 }, Rule { limit: 50, seconds: 12 * 3600 }];
/// Guesses of one account from all addresses: slows a distributed attack without locking the owner out for long.
const GUESSES_FROM_ANYWHERE: Rule = Rule { limit: 30, seconds: 60 };
/// Public writes from one address.
const PUBLIC_WRITES: Rule = Rule { limit: 300, seconds: 300 };
/// The factor of the limits for an address shared by many people.
const GATEWAY_FACTOR: i64 = 10;
/// Failures without a delay; each further one doubles the delay, up to [`LONGEST_DELAY`] seconds.
const FREE_FAILURES: i64 = 5;
const LONGEST_DELAY: i64 = 900;
/// Hours after which counts, codes and sessions are deleted.
const RETENTION_HOURS: i32 = 48;

#[derive(FromQueryResult)]
struct Hits {
    /// Seconds since the begin of the time slice.
    age: i64,
    hits: i32,
}

/// Counts a try in `bucket` if there were fewer than `limit` in the last `seconds`.
///
/// # Errors
/// [`Problem::TooMany`] with the time until the next try is allowed.
pub async fn allow(store: &Store, bucket: &str, limit: u32, seconds: u32) -> Result<()> {
    count_try(store, bucket, &[Rule { limit: limit.into(), seconds: seconds.into() }], false).await
}

/// Counts a public write from an address: 300 in 300 s, ten times as many for known carrier gateways.
///
/// # Errors
/// [`Problem::TooMany`].
pub async fn public_write(state: &AppState, address: IpAddr) -> Result<()> {
    from_address(state, "write", address, PUBLIC_WRITES).await
}

/// Counts a request from an address for a code or a link: 30 in an hour.
pub(super) async fn code_request(state: &AppState, address: IpAddr) -> Result<()> {
    from_address(state, "code_from", address, Rule { limit: 30, seconds: 3600 }).await
}

async fn from_address(state: &AppState, what: &str, address: IpAddr, rule: Rule) -> Result<()> {
    let factor = if state.config.gateways.contains(&address) { GATEWAY_FACTOR } else { 1 };
    let bucket = format!("{what}:{}", address_name(&state.store.vault, address));
    count_try(&state.store, &bucket, &[Rule { limit: rule.limit * factor, ..rule }], false).await
}

/// A counted guess of a secret; it stays counted unless it was right.
pub(super) struct Guess {
    buckets: Vec<String>,
}

impl Guess {
    /// Counts a guess of the password of a contact, with or without an account, from an address.
    pub(super) async fn sign_in(store: &Store, contact: &Contact, address: IpAddr) -> Result<Self> {
        let account = hex::encode(contact.index(&store.vault));
        let own = format!("sign_in:{account}:{}", address_name(&store.vault, address));
        count_try(store, &own, GUESSES, true).await?;
        let all = format!("sign_in:{account}");
        count_try(store, &all, &[GUESSES_FROM_ANYWHERE], false).await?;
        Ok(Self { buckets: vec![own, all] })
    }

    /// Counts a guess of a secret of an account.
    pub(super) async fn of(store: &Store, what: &str, account: AccountId) -> Result<Self> {
        let bucket = format!("{what}:{account}");
        count_try(store, &bucket, GUESSES, true).await?;
        Ok(Self { buckets: vec![bucket] })
    }

    /// Deletes the counts after a right guess.
    pub(super) async fn was_right(self, store: &Store) -> Result<()> {
        let tx = store.write(&Actor::system(Task::SignIn)).await?;
        throttle::Entity::delete_many().filter(throttle::Column::Bucket.is_in(self.buckets)).exec(&tx).await?;
        tx.commit().await
    }
}

/// Deletes expired counts, one-time codes and sessions.
///
/// # Errors
/// If the database fails.
pub async fn sweep(store: &Store) -> Result<()> {
    use sea_orm::sea_query::ExprTrait as _;
    let tx = store.write(&Actor::system(Task::Operation)).await?;
    let limit = || Expr::cust_with_values("huimin_now() - make_interval(hours => $1)", [RETENTION_HOURS]);
    // Sessions expire by the real time.
    let session_limit = Expr::cust_with_values("now() - make_interval(hours => $1)", [RETENTION_HOURS]);
    throttle::Entity::delete_many().filter(throttle::Column::WindowStart.into_expr().lt(limit())).exec(&tx).await?;
    one_time_code::Entity::delete_many().filter(one_time_code::Column::ExpiresAt.into_expr().lt(limit())).exec(&tx).await?;
    session::Entity::delete_many().filter(session::Column::ExpiresAt.into_expr().lt(session_limit)).exec(&tx).await?;
    tx.commit().await
}

/// The name of an address in a bucket. Of an IPv6 address only the network half counts, because the owner can change the rest.
fn address_name(vault: &Vault, address: IpAddr) -> String {
    let network = match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| format!("{:x}", v6.to_bits() >> 64), |v4| v4.to_string()),
    };
    hex::encode(vault.index("address", &network))
}

/// Counts a try if every rule allows it and, with `growing`, the delay after earlier failures has passed.
async fn count_try(store: &Store, bucket: &str, rules: &[Rule], growing: bool) -> Result<()> {
    let longest = rules.iter().map(|r| r.seconds).max().unwrap_or_default();
    let shortest = rules.iter().map(|r| r.seconds).min().unwrap_or_default();
    // Tries are counted in slices of a sixtieth of the shortest window.
    let slice = (shortest / 60).max(1);
    let tx = store.write(&Actor::system(Task::SignIn)).await?;
    let kept = longest + slice;
    tx.execute_sql(raw_sql!(Postgres, "SELECT pg_advisory_xact_lock(hashtextextended({bucket}, 0))")).await?;
    let taken: Vec<Hits> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT floor(extract(epoch FROM huimin_now() - window_start))::bigint AS age, hits FROM throttle
             WHERE bucket = {bucket} AND window_start > huimin_now() - make_interval(secs => {kept}::bigint) ORDER BY window_start"
        ))
        .await?;
    let wait = rules.iter().filter_map(|r| r.wait(&taken, slice)).chain(growing.then(|| delay(&taken)).flatten()).max();
    if let Some(seconds) = wait {
        return Err(Problem::TooMany { retry_after: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX) }.into());
    }
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO throttle (bucket, window_start, hits)
         VALUES ({bucket}, date_bin(make_interval(secs => {slice}::bigint), huimin_now(), timestamptz 'epoch'), 1)
         ON CONFLICT (bucket, window_start) DO UPDATE SET hits = throttle.hits + 1"
    ))
    .await?;
    tx.execute_sql(raw_sql!(
        Postgres,
        "DELETE FROM throttle WHERE bucket = {bucket} AND window_start <= huimin_now() - make_interval(secs => {kept}::bigint)"
    ))
    .await?;
    tx.commit().await
}

impl Rule {
    /// Seconds until this rule allows a try; none if it does now. `taken` begins with the oldest.
    fn wait(&self, taken: &[Hits], slice: i64) -> Option<i64> {
        let counted = taken.iter().filter(|h| h.age < self.seconds + slice);
        let sum: i64 = counted.clone().map(|h| i64::from(h.hits)).sum();
        let oldest = counted.map(|h| h.age).next()?;
        (sum >= self.limit).then_some(self.seconds + slice - oldest)
    }
}

/// Seconds left of the delay after the failures so far.
fn delay(taken: &[Hits]) -> Option<i64> {
    let failures: i64 = taken.iter().map(|h| i64::from(h.hits)).sum();
    let doublings = u32::try_from(failures - FREE_FAILURES).ok()?;
    let total = 1_i64.checked_shl(doublings.min(20)).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY);
    let left = total - taken.last()?.age;
    (left > 0).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(ages: &[i64]) -> Vec<Hits> {
        ages.iter().map(|age| Hits { age: *age, hits: 1 }).collect()
    }

    #[test]
    fn a_rule_waits_for_its_oldest_try() {
        let rule = Rule { limit: 3, seconds: 60 };
        assert_eq!(rule.wait(&hits(&[50, 10]), 1), None);
        assert_eq!(rule.wait(&hits(&[50, 10, 0]), 1), Some(11));
        assert_eq!(rule.wait(&hits(&[61, 10, 0]), 1), None);
    }

    #[test]
    fn delays_grow_and_end() {
        assert_eq!(delay(&hits(&[3, 2, 1, 0])), None);
        assert_eq!(delay(&hits(&[0; 8])), Some(8));
        assert_eq!(delay(&hits(&[3; 8])), Some(5));
        assert_eq!(delay(&hits(&[0; 49])), Some(LONGEST_DELAY));
        assert_eq!(delay(&hits(&[900; 49])), None);
    }
}
