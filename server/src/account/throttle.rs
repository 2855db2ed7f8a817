//! Limits on tries, kept in Postgres so that they hold across processes: counted over a sliding window, one try at a
//! time a bucket. Names of buckets carry blind indexes, never a phone, an e-mail or an address.

use super::{actor::Actor, contact::Contact};
use crate::{AppState, Store, Task, Vault, error::Result};
use sea_orm::FromQueryResult;
use shared::Problem;
use std::net::IpAddr;

/// At most so many tries within so many seconds.
#[derive(Clone, Copy, Debug)]
struct Rule {
    limit: i64,
    seconds: i64,
}

/// Guessing at one secret from one address: 5 failures in 60 s, 50 in 12 h (docs: trust).
const GUESSES: &[Rule] = &[Rule { limit: 5, seconds: 60 }, Rule { limit: 50, seconds: 12 * 3600 }];
/// Guessing at one account from everywhere: slows a crowd down, without letting it lock the owner out for long.
const CROWD: Rule = Rule { limit: 30, seconds: 60 };
/// Public writes of one address.
const PUBLIC_WRITES: Rule = Rule { limit: 300, seconds: 300 };
/// How much more an address may behind which many people stand.
const GATEWAY_FACTOR: i64 = 10;
/// Free failures, after which each further one doubles the delay, up to a quarter of an hour.
const FREE_FAILURES: i64 = 5;
const LONGEST_DELAY: i64 = 900;
/// Nothing is counted longer than this, in hours.
const KEPT_HOURS: i32 = 48;

#[derive(FromQueryResult)]
struct Hits {
    /// Seconds since the slice of time began.
    age: i64,
    hits: i32,
}

/// Counts a try in `bucket`, if fewer than `limit` were taken in the last `seconds`.
///
/// # Errors
/// [`Problem::TooMany`] with the time until the next is taken.
pub async fn allow(store: &Store, bucket: &str, limit: u32, seconds: u32) -> Result<()> {
    take(store, bucket, &[Rule { limit: limit.into(), seconds: seconds.into() }], false).await
}

/// Counts a public write of this address: 300 in 300 s, ten times as many for known carrier gateways.
///
/// # Errors
/// [`Problem::TooMany`].
pub async fn public_write(city: &AppState, address: IpAddr) -> Result<()> {
    from_address(city, "write", address, PUBLIC_WRITES).await
}

/// Counts a request of this address for a code or a link: 30 in an hour.
pub(super) async fn code_request(city: &AppState, address: IpAddr) -> Result<()> {
    from_address(city, "code_from", address, Rule { limit: 30, seconds: 3600 }).await
}

async fn from_address(city: &AppState, what: &str, address: IpAddr, rule: Rule) -> Result<()> {
    let factor = if city.config.gateways.contains(&address) { GATEWAY_FACTOR } else { 1 };
    let bucket = format!("{what}:{}", address_name(&city.store.vault, address));
    take(&city.store, &bucket, &[Rule { limit: rule.limit * factor, ..rule }], false).await
}

/// A guess that is being made; it stays counted unless it was right.
pub(super) struct Guess {
    buckets: Vec<String>,
}

impl Guess {
    /// Counts a guess at the password of an account, known or not, from an address.
    pub(super) async fn sign_in(store: &Store, contact: &Contact, address: IpAddr) -> Result<Self> {
        let account = hex::encode(contact.index(&store.vault));
        let own = format!("sign_in:{account}:{}", address_name(&store.vault, address));
        take(store, &own, GUESSES, true).await?;
        let all = format!("sign_in:{account}");
        take(store, &all, &[CROWD], false).await?;
        Ok(Self { buckets: vec![own, all] })
    }

    /// Counts a guess at something of an account that is known.
    pub(super) async fn of(store: &Store, what: &str, account: uuid::Uuid) -> Result<Self> {
        let bucket = format!("{what}:{account}");
        take(store, &bucket, GUESSES, true).await?;
        Ok(Self { buckets: vec![bucket] })
    }

    /// It was right: what was counted is forgotten.
    pub(super) async fn was_right(self, store: &Store) -> Result<()> {
        let tx = store.write(&Actor::system(Task::SignIn)).await?;
        tx.run("DELETE FROM throttle WHERE bucket = ANY($1)", [self.buckets.into()]).await?;
        tx.commit().await
    }
}

/// Removes what is counted no longer, and one-time codes and sessions that have ended: a job runs it now and then.
///
/// # Errors
/// What the store says.
pub async fn sweep(store: &Store) -> Result<()> {
    let tx = store.write(&Actor::system(Task::Operation)).await?;
    for old in [
        "DELETE FROM throttle WHERE window_start < huimin_now() - make_interval(hours => $1)",
        "DELETE FROM one_time_code WHERE expires_at < huimin_now() - make_interval(hours => $1)",
        "DELETE FROM session WHERE expires_at < now() - make_interval(hours => $1)",
    ] {
        tx.run(old, [KEPT_HOURS.into()]).await?;
    }
    tx.commit().await
}

/// How an address is named in a bucket. The lower half of an IPv6 address is its owner's to change at will.
fn address_name(vault: &Vault, address: IpAddr) -> String {
    let network = match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| format!("{:x}", v6.to_bits() >> 64), |v4| v4.to_string()),
    };
    hex::encode(vault.index("address", &network))
}

/// Takes a try if every rule leaves room; with `growing`, also only after the delay that earlier ones have earned.
async fn take(store: &Store, bucket: &str, rules: &[Rule], growing: bool) -> Result<()> {
    let longest = rules.iter().map(|r| r.seconds).max().unwrap_or_default();
    let shortest = rules.iter().map(|r| r.seconds).min().unwrap_or_default();
    // Tries are kept by slices of a sixtieth of the shortest window.
    let slice = (shortest / 60).max(1);
    let tx = store.write(&Actor::system(Task::SignIn)).await?;
    tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [bucket.into()]).await?;
    let taken: Vec<Hits> = tx
        .all(
            "SELECT floor(extract(epoch FROM huimin_now() - window_start))::bigint AS age, hits FROM throttle
             WHERE bucket = $1 AND window_start > huimin_now() - make_interval(secs => $2::bigint) ORDER BY window_start",
            [bucket.into(), (longest + slice).into()],
        )
        .await?;
    let wait = rules.iter().filter_map(|r| r.wait(&taken, slice)).chain(growing.then(|| delay(&taken)).flatten()).max();
    if let Some(seconds) = wait {
        return Err(Problem::TooMany { retry_after: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX) }.into());
    }
    tx.run(
        "INSERT INTO throttle (bucket, window_start, hits)
         VALUES ($1, date_bin(make_interval(secs => $2::bigint), huimin_now(), timestamptz 'epoch'), 1)
         ON CONFLICT (bucket, window_start) DO UPDATE SET hits = throttle.hits + 1",
        [bucket.into(), slice.into()],
    )
    .await?;
    tx.run(
        "DELETE FROM throttle WHERE bucket = $1 AND window_start <= huimin_now() - make_interval(secs => $2::bigint)",
        [bucket.into(), (longest + slice).into()],
    )
    .await?;
    tx.commit().await
}

impl Rule {
    /// Seconds until this rule leaves room, oldest first in `taken`; none when it does now.
    fn wait(&self, taken: &[Hits], slice: i64) -> Option<i64> {
        let counted = taken.iter().filter(|h| h.age < self.seconds + slice);
        let sum: i64 = counted.clone().map(|h| i64::from(h.hits)).sum();
        let oldest = counted.map(|h| h.age).next()?;
        (sum >= self.limit).then_some(self.seconds + slice - oldest)
    }
}

/// Seconds left of the delay that the failures so far have earned.
fn delay(taken: &[Hits]) -> Option<i64> {
    let failures: i64 = taken.iter().map(|h| i64::from(h.hits)).sum();
    let doublings = u32::try_from(failures - FREE_FAILURES).ok()?;
    let earned = 1_i64.checked_shl(doublings.min(20)).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY);
    let left = earned - taken.last()?.age;
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
