//! Passwords: argon2id with the parameters of the house, never more at once than there are processors.

use crate::error::{Error, Result};
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use shared::{Complaint, Problem};
use std::sync::{
    LazyLock,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Memory in KiB, passes and lanes (docs: trust; OWASP Password Storage Cheat Sheet, argon2id).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Fewest and most characters (ASVS 5.0, 6.2.1 and 6.2.9).
const LEAST: u32 = 8;
const MOST: u32 = 128;
/// What the estimate looks at: its time grows faster than the length, and a password that is good so far is good.
const ESTIMATED: usize = 48;
/// How many may wait for each processor; one hash takes some 30 ms, so nobody waits longer than about a second.
const WAITING_EACH: usize = 32;

static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(2, std::num::NonZero::get));
static RUNNING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(*CORES));
static WAITING: AtomicUsize = AtomicUsize::new(0);
/// What is verified when there is no account: as much work as a real one, and no password fits.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$aHVpbWluLWR1bW15c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )
});

/// A place in the queue, given back however the waiting ends.
struct Place;

impl Place {
    fn take() -> Result<Self> {
        let place = Self;
        if WAITING.fetch_add(1, Ordering::Relaxed) < WAITING_EACH * *CORES {
            Ok(place)
        } else {
            Err(Problem::Unavailable { retry_after: 2 }.into())
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn work<T: Send + 'static>(task: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let place = Place::take()?;
    let permit = RUNNING.acquire().await.map_err(|e| Error::Broken(format!("passwords: {e}")))?;
    drop(place);
    // The permit goes with the work: somebody who hangs up frees nothing that still runs.
    let done = tokio::task::spawn_blocking(move || {
        let done = task();
        drop(permit);
        done
    });
    done.await.map_err(|e| Error::Broken(format!("passwords: {e}")))?
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Error::Broken(format!("argon2: {e}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password with a fresh salt of 16 bytes, as a PHC string.
///
/// # Errors
/// [`Problem::Unavailable`] when too many wait.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    work(move || {
        let salt = rand::random::<[u8; 16]>();
        let hashed = hasher()?.hash_password_with_salt(password.as_bytes(), &salt);
        Ok(hashed.map_err(|e| Error::Broken(format!("argon2: {e}")))?.to_string())
    })
    .await
}

/// Whether the password fits the stored hash. Without one the same work is done, and the answer is no.
///
/// # Errors
/// [`Problem::Unavailable`] when too many wait.
pub async fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    let password = password.to_owned();
    let stored = stored.filter(|s| PasswordHash::new(s).is_ok()).map(str::to_owned);
    work(move || {
        let known = stored.is_some();
        let fits = hasher()?.verify_password(password.as_bytes(), stored.as_deref().unwrap_or(&NOBODY)).is_ok();
        Ok(known && fits)
    })
    .await
}

/// Whether a stored hash was made with less than is asked today.
#[must_use]
pub fn needs_rehash(stored: &str) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return true };
    let Ok(params) = Params::try_from(&hash) else { return true };
    hash.algorithm != Algorithm::Argon2id.ident() || params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES
}

/// Whether a new password may be used; `about` is what others know of its owner (phone, e-mail, name).
///
/// # Errors
/// [`Complaint::TooShort`], [`Complaint::TooLong`], or [`Complaint::PasswordCommon`] for one that stands in the lists
/// of common passwords or is guessed within a million tries. There are no rules of composition.
pub fn check_new(password: &str, about: &[&str]) -> Result<(), Complaint> {
    let length = password.chars().take(usize::try_from(MOST).unwrap_or(usize::MAX) + 1).count();
    if length < usize::try_from(LEAST).unwrap_or_default() {
        return Err(Complaint::TooShort { min: LEAST });
    }
    if length > usize::try_from(MOST).unwrap_or(usize::MAX) {
        return Err(Complaint::TooLong { max: MOST });
    }
    let start: String = password.chars().take(ESTIMATED).collect();
    let about: Vec<String> = about.iter().take(8).map(|a| a.chars().take(ESTIMATED).collect()).collect();
    let about: Vec<&str> = about.iter().map(String::as_str).chain(["huimin", "惠民通"]).collect();
    if zxcvbn(&start, &about).score() < Score::Two { Err(Complaint::PasswordCommon) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let stored = hash("梅花落满了南山").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!needs_rehash(&stored));
        assert!(verify("梅花落满了南山", Some(&stored)).await.unwrap());
        assert!(!verify("梅花落满了北山", Some(&stored)).await.unwrap());
        assert_ne!(stored, hash("梅花落满了南山").await.unwrap(), "each has its own salt");
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        assert!(PasswordHash::new(&NOBODY).is_ok());
        assert!(!needs_rehash(&NOBODY), "as much work as a real one");
        assert!(!verify("anything", None).await.unwrap());
        assert!(!verify("", Some("")).await.unwrap(), "an account without a password yet");
    }

    #[test]
    fn weaker_hashes_are_made_anew() {
        assert!(needs_rehash("$argon2id$v=19$m=8192,t=2,p=1$aHVpbWluLWR1bW15c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert!(needs_rehash("$argon2i$v=19$m=19456,t=2,p=1$aHVpbWluLWR1bW15c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert!(needs_rehash("nonsense"));
    }

    #[test]
    fn only_what_is_easily_guessed_is_refused() {
        assert_eq!(check_new("1234567", &[]), Err(Complaint::TooShort { min: 8 }));
        assert_eq!(check_new(&"长".repeat(129), &[]), Err(Complaint::TooLong { max: 128 }));
        for common in ["12345678", "password", "Password1", "qwertyuiop", "iloveyou", "aaaaaaaaaaaa", "huiminhuimin"] {
            assert_eq!(check_new(common, &[]), Err(Complaint::PasswordCommon), "{common}");
        }
        assert_eq!(check_new("13812345678", &["13812345678"]), Err(Complaint::PasswordCommon));
        for good in ["correct horse battery", "tulip-canal-92", "梅花落满了南山东坡"] {
            assert_eq!(check_new(good, &["13812345678"]), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_hostile_length_is_no_burden() {
        assert!(check_new(&"aB3$".repeat(32), &["a".repeat(10_000).as_str(); 100]).is_err());
        assert!(check_new(&"密码".repeat(1_000_000), &[]).is_err());
    }
}
