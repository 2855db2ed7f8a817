//! Encryption at rest: sealed fields, blind indexes and per-person keys.
//!
//! A sealed value is `key id (4 bytes) | nonce (12) | AES-256-GCM ciphertext and tag`. Its associated data are the column and
//! the row it belongs to, so that it cannot be moved to another. The keyring is a file (mode 0600) outside the database;
//! `huimin keys rotate` adds a key, and values sealed with older keys can be opened until they are resealed.

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

/// Time after which every running process seals with a key that was added to the file.
pub const RELOAD_WITHIN: Duration = Duration::from_secs(10);
/// Interval at which a process checks whether the file has changed.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Errors of the vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The keyring file cannot be read or written.
    #[error("the keyring {path} cannot be read: {detail}; make one with `huimin keys init`")]
    Keyring {
        /// The path of the file.
        path: PathBuf,
        /// The error of the system.
        detail: String,
    },
    /// A value is sealed with a key that is not in the keyring.
    #[error("key {0} is not in the keyring")]
    NoKey(u32),
    /// A value was changed, moved to another row or sealed with another keyring.
    #[error("a sealed value cannot be opened")]
    Broken,
    /// The person was erased and their key destroyed.
    #[error("the person's key was destroyed")]
    Erased,
}

/// The content of the keyring file: keys of 32 bytes in base64.
#[derive(Clone, Serialize, Deserialize)]
struct Keyring {
    /// The id of the key for new values.
    primary: u32,
    /// All keys, by id.
    keys: BTreeMap<u32, String>,
    /// The key of blind indexes.
    index: String,
    /// The seed of the Ed25519 key that signs audit roots.
    signing: String,
}

/// The parsed keyring.
struct Keys {
    primary: u32,
    ciphers: BTreeMap<u32, Aes256Gcm>,
    index: Vec<u8>,
    signing: [u8; 32],
}

/// Encrypts and decrypts with the keyring; cheap to clone.
#[derive(Clone)]
pub struct Vault {
    path: PathBuf,
    keys: Arc<RwLock<Arc<Keys>>>,
    file: Arc<Mutex<FileState>>,
}

/// When the keyring file was last checked, and its modification time then.
struct FileState {
    checked: Instant,
    modified: Option<SystemTime>,
}

impl FileState {
    fn now(path: &Path) -> Self {
        Self { checked: Instant::now(), modified: std::fs::metadata(path).and_then(|m| m.modified()).ok() }
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
    let unreadable = |detail: String| VaultError::Keyring { path: path.to_owned(), detail };
    let text = std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))?;
    serde_json::from_str(&text).map_err(|e| unreadable(e.to_string()))
}

fn write_ring(path: &Path, ring: &Keyring) -> Result<(), VaultError> {
    use std::os::unix::fs::OpenOptionsExt;
    let unreadable = |detail: String| VaultError::Keyring { path: path.to_owned(), detail };
    let text = serde_json::to_string_pretty(ring).map_err(|e| unreadable(e.to_string()))?;
    let new_file = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new_file)
        .map_err(|e| unreadable(e.to_string()))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| unreadable(e.to_string()))?;
    std::fs::rename(&new_file, path).map_err(|e| unreadable(e.to_string()))
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
    /// Writes a keyring file with new keys unless the file exists.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn init(path: &Path) -> Result<(), VaultError> {
        if path.exists() {
            return Ok(());
        }
        write_ring(path, &Keyring { primary: 1, keys: BTreeMap::from([(1, new_key())]), index: new_key(), signing: new_key() })
    }

    /// Opens the keyring file.
    ///
    /// # Errors
    /// If the file is missing, unreadable or not a keyring.
    pub fn open_keyring(path: &Path) -> Result<Self, VaultError> {
        // The time is read before the content: a change in between is found at the next check.
        let file = FileState::now(path);
        let keys = Keys::open(&read_ring(path)?)?;
        Ok(Self { path: path.to_owned(), keys: Arc::new(RwLock::new(Arc::new(keys))), file: Arc::new(Mutex::new(file)) })
    }

    /// Adds a new key to the file and seals with it from now on. Running processes reload the file when they open a value
    /// sealed with the new key, and within [`RELOAD_WITHIN`] at the latest.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn rotate(&self) -> Result<u32, VaultError> {
        let mut ring = read_ring(&self.path)?;
        let id = ring.keys.keys().next_back().map_or(1, |last| last + 1);
        ring.keys.insert(id, new_key());
        ring.primary = id;
        write_ring(&self.path, &ring)?;
        self.reload()?;
        Ok(id)
    }

    /// Removes every key except the primary one from the file and returns how many. Values sealed with them are lost, so
    /// `rotate::retire` checks first that there are none.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn retire(&self) -> Result<usize, VaultError> {
        let mut ring = read_ring(&self.path)?;
        let before = ring.keys.len();
        ring.keys.retain(|id, _| *id == ring.primary);
        write_ring(&self.path, &ring)?;
        self.reload()?;
        Ok(before - ring.keys.len())
    }

    /// Whether every running process has loaded the file, by its age.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn is_loaded_everywhere(&self) -> Result<bool, VaultError> {
        let unreadable = |e: std::io::Error| VaultError::Keyring { path: self.path.clone(), detail: e.to_string() };
        let changed = std::fs::metadata(&self.path).and_then(|m| m.modified()).map_err(unreadable)?;
        Ok(changed.elapsed().is_ok_and(|age| age >= RELOAD_WITHIN))
    }

    /// Reloads the keyring if the file has changed since the last check. If it cannot be read, the keys stay.
    fn reload_if_changed(&self) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.checked.elapsed() < CHECK_INTERVAL {
            return;
        }
        let current = FileState::now(&self.path);
        let changed = current.modified != file.modified;
        *file = current;
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

    /// The id of the key for new values.
    #[must_use]
    pub fn primary(&self) -> u32 {
        self.keys().primary
    }

    /// Seals a value of `context` (`table.column`) in `row`.
    ///
    /// # Errors
    /// If the cipher fails.
    pub fn seal(&self, context: &str, row: impl Into<Uuid>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.reload_if_changed();
        let keys = self.keys();
        let cipher = keys.ciphers.get(&keys.primary).ok_or(VaultError::NoKey(keys.primary))?;
        seal_with(cipher, keys.primary, context, row.into(), plain)
    }

    /// Opens a value sealed for this `context` and `row`.
    ///
    /// # Errors
    /// If the value was changed or moved, or its key is missing.
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

    /// Whether a value is sealed with an older key than the primary one.
    #[must_use]
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        key_id(sealed).is_ok_and(|id| id != self.primary())
    }

    /// The blind index of a normalised value: equal values of one kind have equal indexes, and without the key a value can be
    /// neither looked up nor guessed.
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

    /// A new key for a person, sealed.
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

/// The key of a person: seals personal data in events, answers and materials.
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
    /// If the cipher fails.
    pub fn seal(&self, context: &str, row: impl Into<Uuid>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal_with(&self.0, 0, context, row.into(), plain)
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// If the value was changed or moved.
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
