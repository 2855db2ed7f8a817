//! Secrets at rest: sealed fields, blind indexes and per-person keys.
//!
//! A sealed value is `key id (4 bytes) | nonce (12) | AES-256-GCM ciphertext and tag`, bound by its associated data
//! to the column and row it belongs to, so that it cannot be moved to another. The keyring is a file (mode 0600)
//! outside the database; `huimin keys rotate` adds a key, and rows sealed with older keys stay readable until
//! they are resealed.

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::ids::PersonId;
use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime},
};
use uuid::Uuid;

/// Within this time every running process seals with a key that was added to the file.
pub const NOTICED_WITHIN: Duration = Duration::from_secs(10);
/// How often a process that seals looks whether the file has changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The keyring file.
    #[error("the keyring {path} cannot be read: {detail}; make one with `huimin keys init`")]
    Keyring {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        detail: String,
    },
    /// A value was sealed with a key that is not in the keyring.
    #[error("key {0} is not in the keyring")]
    NoKey(u32),
    /// A value was changed, moved to another row, or sealed with another keyring.
    #[error("a sealed value does not open")]
    Broken,
    /// The person was erased: their key is destroyed.
    #[error("the person's key was destroyed")]
    Erased,
}

/// The keys, as in the file: base64 of 32 bytes each.
#[derive(Clone, Serialize, Deserialize)]
struct Keyring {
    /// The id of the key that seals.
    primary: u32,
    /// Every key that opens.
    keys: BTreeMap<u32, String>,
    /// The key of blind indexes.
    index: String,
    /// The seed of the Ed25519 key that signs audit roots.
    signing: String,
}

/// The opened keyring.
struct Keys {
    primary: u32,
    ciphers: BTreeMap<u32, Aes256Gcm>,
    index: Vec<u8>,
    signing: [u8; 32],
}

/// Seals and opens; cheap to clone.
#[derive(Clone)]
pub struct Vault {
    path: PathBuf,
    keys: Arc<RwLock<Arc<Keys>>>,
    looked: Arc<Mutex<Looked>>,
}

/// When the file was last looked at, and of when it was then.
struct Looked {
    at: Instant,
    changed: Option<SystemTime>,
}

impl Looked {
    fn now(path: &Path) -> Self {
        Self { at: Instant::now(), changed: std::fs::metadata(path).and_then(|m| m.modified()).ok() }
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("path", &self.path).finish_non_exhaustive()
    }
}

fn key_bytes(text: &str) -> Result<[u8; 32], VaultError> {
    BASE64.decode(text).ok().and_then(|b| b.try_into().ok()).ok_or(VaultError::Broken)
}

fn new_key() -> String {
    BASE64.encode(rand::random::<[u8; 32]>())
}

impl Keys {
    fn open(ring: &Keyring) -> Result<Self, VaultError> {
        let ciphers = ring
            .keys
            .iter()
            .map(|(id, key)| Ok((*id, Aes256Gcm::new(&key_bytes(key)?.into()))))
            .collect::<Result<BTreeMap<_, _>, VaultError>>()?;
        if !ciphers.contains_key(&ring.primary) {
            return Err(VaultError::NoKey(ring.primary));
        }
        Ok(Self { primary: ring.primary, ciphers, index: key_bytes(&ring.index)?.to_vec(), signing: key_bytes(&ring.signing)? })
    }
}

fn read_ring(path: &Path) -> Result<Keyring, VaultError> {
    let broken = |detail: String| VaultError::Keyring { path: path.to_owned(), detail };
    let text = std::fs::read_to_string(path).map_err(|e| broken(e.to_string()))?;
    serde_json::from_str(&text).map_err(|e| broken(e.to_string()))
}

fn write_ring(path: &Path, ring: &Keyring) -> Result<(), VaultError> {
    use std::os::unix::fs::OpenOptionsExt;
    let broken = |detail: String| VaultError::Keyring { path: path.to_owned(), detail };
    let text = serde_json::to_string_pretty(ring).map_err(|e| broken(e.to_string()))?;
    let fresh = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(|e| broken(e.to_string()))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| broken(e.to_string()))?;
    std::fs::rename(&fresh, path).map_err(|e| broken(e.to_string()))
}

fn seal_with(cipher: &Aes256Gcm, id: u32, context: &str, row: Uuid, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce = rand::random::<[u8; 12]>();
    let aad = [context.as_bytes(), b"|", row.as_bytes()].concat();
    let sealed = cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: &aad }).map_err(|_| VaultError::Broken)?;
    Ok([id.to_be_bytes().as_slice(), &nonce, &sealed].concat())
}

fn open_with(cipher: &Aes256Gcm, context: &str, row: Uuid, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let (nonce, body) = sealed.get(4..).and_then(|rest| rest.split_at_checked(12)).ok_or(VaultError::Broken)?;
    let nonce: [u8; 12] = nonce.try_into().map_err(|_| VaultError::Broken)?;
    let aad = [context.as_bytes(), b"|", row.as_bytes()].concat();
    cipher.decrypt(&Nonce::from(nonce), Payload { msg: body, aad: &aad }).map_err(|_| VaultError::Broken)
}

fn key_id(sealed: &[u8]) -> Result<u32, VaultError> {
    sealed.first_chunk::<4>().map(|b| u32::from_be_bytes(*b)).ok_or(VaultError::Broken)
}

impl Vault {
    /// Makes a keyring file with fresh keys; leaves one that is there alone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn init(path: &Path) -> Result<(), VaultError> {
        if path.exists() {
            return Ok(());
        }
        write_ring(path, &Keyring { primary: 1, keys: BTreeMap::from([(1, new_key())]), index: new_key(), signing: new_key() })
    }

    /// Opens the keyring file.
    ///
    /// # Errors
    /// When it is missing, unreadable or not a keyring.
    pub fn open_keyring(path: &Path) -> Result<Self, VaultError> {
        // Looked at before it is read: a change in between is noticed at the next look.
        let looked = Looked::now(path);
        let keys = Keys::open(&read_ring(path)?)?;
        Ok(Self { path: path.to_owned(), keys: Arc::new(RwLock::new(Arc::new(keys))), looked: Arc::new(Mutex::new(looked)) })
    }

    /// Adds a fresh key to the file and seals with it from now on. Running processes notice when they meet a value
    /// sealed with it, and within [`NOTICED_WITHIN`] anyhow.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn rotate(&self) -> Result<u32, VaultError> {
        let mut ring = read_ring(&self.path)?;
        let id = ring.keys.keys().next_back().map_or(1, |last| last + 1);
        ring.keys.insert(id, new_key());
        ring.primary = id;
        write_ring(&self.path, &ring)?;
        self.reload()?;
        Ok(id)
    }

    /// Takes every key but the one that seals out of the file; says how many. What is still sealed with them is lost,
    /// so `rotate::retire` looks first.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn retire(&self) -> Result<usize, VaultError> {
        let mut ring = read_ring(&self.path)?;
        let before = ring.keys.len();
        ring.keys.retain(|id, _| *id == ring.primary);
        write_ring(&self.path, &ring)?;
        self.reload()?;
        Ok(before - ring.keys.len())
    }

    /// Whether the file is old enough that every running process has noticed its key.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn all_noticed(&self) -> Result<bool, VaultError> {
        let broken = |e: std::io::Error| VaultError::Keyring { path: self.path.clone(), detail: e.to_string() };
        let changed = std::fs::metadata(&self.path).and_then(|m| m.modified()).map_err(broken)?;
        Ok(changed.elapsed().is_ok_and(|age| age >= NOTICED_WITHIN))
    }

    /// Looks, now and then, whether the file has changed. A file that does not read leaves the keys as they are.
    fn notice(&self) {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.at.elapsed() < LOOK_EVERY {
            return;
        }
        let fresh = Looked::now(&self.path);
        let changed = fresh.changed != looked.changed;
        *looked = fresh;
        if changed && let Err(error) = self.reload() {
            tracing::error!(%error, "the keyring has changed and cannot be read");
        }
    }

    fn reload(&self) -> Result<Arc<Keys>, VaultError> {
        let keys = Arc::new(Keys::open(&read_ring(&self.path)?)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        Ok(keys)
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The id of the key that seals now.
    #[must_use]
    pub fn primary(&self) -> u32 {
        self.keys().primary
    }

    /// Seals a value of `context` (`table.column`) in `row`.
    ///
    /// # Errors
    /// Only when the cipher fails, which it does not.
    pub fn seal(&self, context: &str, row: impl Into<Uuid>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.notice();
        let keys = self.keys();
        let cipher = keys.ciphers.get(&keys.primary).ok_or(VaultError::NoKey(keys.primary))?;
        seal_with(cipher, keys.primary, context, row.into(), plain)
    }

    /// Opens a value sealed for this `context` and `row`.
    ///
    /// # Errors
    /// When it was changed or moved, or its key is not there.
    pub fn open(&self, context: &str, row: impl Into<Uuid>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        let id = key_id(sealed)?;
        let mut keys = self.keys();
        if !keys.ciphers.contains_key(&id) {
            keys = self.reload()?;
        }
        open_with(keys.ciphers.get(&id).ok_or(VaultError::NoKey(id))?, context, row.into(), sealed)
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_text(&self, context: &str, row: impl Into<Uuid>, sealed: &[u8]) -> Result<String, VaultError> {
        String::from_utf8(self.open(context, row, sealed)?).map_err(|_| VaultError::Broken)
    }

    /// Whether the value is sealed with an older key than the one that seals now.
    #[must_use]
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        key_id(sealed).is_ok_and(|id| id != self.primary())
    }

    /// The blind index of a normalised value: equal values of one kind have equal indexes, and without the key
    /// nothing can be looked up or guessed.
    #[must_use]
    pub fn index(&self, kind: &str, value: &str) -> Vec<u8> {
        let keys = self.keys();
        let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&keys.index) else { return Vec::new() };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// The key that signs audit roots.
    #[must_use]
    pub fn signing_key(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.keys().signing)
    }

    /// A fresh key for a person, sealed for storing.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn new_person_key(&self, person: PersonId) -> Result<Vec<u8>, VaultError> {
        self.seal("person_key.key", person, &rand::random::<[u8; 32]>())
    }

    /// Opens a person's stored key.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn person_key(&self, person: PersonId, sealed: &[u8]) -> Result<PersonKey, VaultError> {
        let bytes: [u8; 32] = self.open("person_key.key", person, sealed)?.try_into().map_err(|_| VaultError::Broken)?;
        Ok(PersonKey(Aes256Gcm::new(&bytes.into())))
    }
}

/// A person's own key: seals what events, answers and materials say of them.
#[derive(Clone)]
pub struct PersonKey(Aes256Gcm);

impl std::fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonKey")
    }
}

impl PersonKey {
    /// Seals a value of `context` in `row`.
    ///
    /// # Errors
    /// Only when the cipher fails, which it does not.
    pub fn seal(&self, context: &str, row: impl Into<Uuid>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal_with(&self.0, 0, context, row.into(), plain)
    }

    /// Opens it.
    ///
    /// # Errors
    /// When it was changed or moved.
    pub fn open(&self, context: &str, row: impl Into<Uuid>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        open_with(&self.0, context, row.into(), sealed)
    }

    /// Seals a value as JSON.
    ///
    /// # Errors
    /// As [`PersonKey::seal`].
    pub fn seal_json<T: Serialize>(&self, context: &str, row: impl Into<Uuid>, value: &T) -> Result<Vec<u8>, VaultError> {
        self.seal(context, row, &serde_json::to_vec(value).map_err(|_| VaultError::Broken)?)
    }

    /// Opens a value sealed as JSON.
    ///
    /// # Errors
    /// As [`PersonKey::open`].
    pub fn open_json<T: serde::de::DeserializeOwned>(
        &self,
        context: &str,
        row: impl Into<Uuid>,
        sealed: &[u8],
    ) -> Result<T, VaultError> {
        serde_json::from_slice(&self.open(context, row, sealed)?).map_err(|_| VaultError::Broken)
    }
}

/// SHA-256.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}
