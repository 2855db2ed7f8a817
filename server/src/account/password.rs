//! Password hashing with argon2id, never more hashes at once than processors.

use crate::error::{Error, Result};
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use shared::{FieldErrorKind, Problem};
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
/// Minimum and maximum length in characters (ASVS 5.0, 6.2.1 and 6.2.9).
const MIN_CHARS: u32 = 8;
const MAX_CHARS: u32 = 128;
/// Characters that the strength estimate considers: its time grows faster than linearly, and a prefix that is strong enough
/// suffices.
const ESTIMATED_CHARS: usize = 48;
/// Waiting hashes per processor. One hash takes about 30 ms, so the wait is at most about a second.
const MAX_WAITING_PER_CORE: usize = 32;

static CORES: LazyLock<usize> = LazyLock::new(|| std::thread::available_parallelism().map_or(2, std::num::NonZero::get));
static RUNNING: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(*CORES));
static WAITING: AtomicUsize = AtomicUsize::new(0);
/// The hash verified if there is no account: as expensive as a real one, and no password matches.
static DUMMY_HASH: LazyLock<String> = LazyLock::new(|| {
    format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$aHVpbWluLWR1bW15c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )
});

/// A position in the queue, released when it is dropped.
struct QueuePosition;

impl QueuePosition {
    fn take() -> Result<Self> {
        let position = Self;
        if WAITING.fetch_add(1, Ordering::Relaxed) < MAX_WAITING_PER_CORE * *CORES {
            Ok(position)
        } else {
            Err(Problem::Unavailable { retry_after: 2 }.into())
        }
    }
}

impl Drop for QueuePosition {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn run_limited<T: Send + 'static>(task: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let position = QueuePosition::take()?;
    let permit = RUNNING.acquire().await.map_err(|e| Error::Broken(format!("passwords: {e}")))?;
    drop(position);
    // The permit moves into the task: a client that disconnects does not free it while the hash is computed.
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
/// [`Problem::Unavailable`] if too many hashes are waiting.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    run_limited(move || {
        let salt = rand::random::<[u8; 16]>();
        let hashed = hasher()?.hash_password_with_salt(password.as_bytes(), &salt);
        Ok(hashed.map_err(|e| Error::Broken(format!("argon2: {e}")))?.to_string())
    })
    .await
}

/// Whether the password matches the stored hash. Without one the same work is done and the result is false.
///
/// # Errors
/// [`Problem::Unavailable`] if too many hashes are waiting.
pub async fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    let password = password.to_owned();
    let stored = stored.filter(|s| PasswordHash::new(s).is_ok()).map(str::to_owned);
    run_limited(move || {
        let known = stored.is_some();
        let matches = hasher()?.verify_password(password.as_bytes(), stored.as_deref().unwrap_or(&DUMMY_HASH)).is_ok();
        Ok(known && matches)
    })
    .await
}

/// Whether a stored hash was made with weaker parameters than the current ones.
#[must_use]
pub fn needs_rehash(stored: &str) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return true };
    let Ok(params) = Params::try_from(&hash) else { return true };
    hash.algorithm != Algorithm::Argon2id.ident() || params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES
}

/// Checks a new password; `about` contains what others know of its owner (phone, e-mail, name).
///
/// # Errors
/// [`FieldErrorKind::TooShort`], [`FieldErrorKind::TooLong`], or [`FieldErrorKind::PasswordCommon`] for a common password or one that is
/// guessed within a million tries. There are no composition rules.
pub fn check_new(password: &str, about: &[&str]) -> Result<(), FieldErrorKind> {
    let length = password.chars().take(usize::try_from(MAX_CHARS).unwrap_or(usize::MAX) + 1).count();
    if length < usize::try_from(MIN_CHARS).unwrap_or_default() {
        return Err(FieldErrorKind::TooShort { min: MIN_CHARS });
    }
    if length > usize::try_from(MAX_CHARS).unwrap_or(usize::MAX) {
        return Err(FieldErrorKind::TooLong { max: MAX_CHARS });
    }
    let start: String = password.chars().take(ESTIMATED_CHARS).collect();
    let about: Vec<String> = about.iter().take(8).map(|a| a.chars().take(ESTIMATED_CHARS).collect()).collect();
    let about: Vec<&str> = about.iter().map(String::as_str).chain(["huimin", "惠民通"]).collect();
    if zxcvbn(&start, &about).score() < Score::Two { Err(FieldErrorKind::PasswordCommon) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_only_its_own_hash() {
        let stored = hash("梅花落满了南山").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!needs_rehash(&stored));
        assert!(verify("梅花落满了南山", Some(&stored)).await.unwrap());
        assert!(!verify("梅花落满了北山", Some(&stored)).await.unwrap());
        assert_ne!(stored, hash("梅花落满了南山").await.unwrap(), "each has its own salt");
    }

    #[tokio::test]
    async fn no_password_matches_a_missing_hash() {
        assert!(PasswordHash::new(&DUMMY_HASH).is_ok());
        assert!(!needs_rehash(&DUMMY_HASH), "as much work as a real one");
        assert!(!verify("anything", None).await.unwrap());
        assert!(!verify("", Some("")).await.unwrap(), "an account without a password yet");
    }

    #[test]
    fn weaker_hashes_are_replaced() {
        assert!(needs_rehash("$argon2id$v=19$m=8192,t=2,p=1$aHVpbWluLWR1bW15c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert!(needs_rehash("$argon2i$v=19$m=19456,t=2,p=1$aHVpbWluLWR1bW15c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
        assert!(needs_rehash("nonsense"));
    }

    #[test]
    fn only_easily_guessed_passwords_are_refused() {
        assert_eq!(check_new("1234567", &[]), Err(FieldErrorKind::TooShort { min: 8 }));
        assert_eq!(check_new(&"长".repeat(129), &[]), Err(FieldErrorKind::TooLong { max: 128 }));
        for common in ["12345678", "password", "Password1", "qwertyuiop", "iloveyou", "aaaaaaaaaaaa", "huiminhuimin"] {
            assert_eq!(check_new(common, &[]), Err(FieldErrorKind::PasswordCommon), "{common}");
        }
        assert_eq!(check_new("13812345678", &["13812345678"]), Err(FieldErrorKind::PasswordCommon));
        for good in ["correct horse battery", "tulip-canal-92", "梅花落满了南山东坡"] {
            assert_eq!(check_new(good, &["13812345678"]), Ok(()), "{good}");
        }
    }

    #[test]
    fn very_long_inputs_are_checked_quickly() {
        assert!(check_new(&"aB3$".repeat(32), &["a".repeat(10_000).as_str(); 100]).is_err());
        assert!(check_new(&"密码".repeat(1_000_000), &[]).is_err());
    }
}
