//! The file store: what people upload, as a folder under the data folder.
//!
//! A stored file is durable before its key is known to anybody, and never changes under its key. Keys are random;
//! who may read a file is decided by the row that names its key.

pub mod picture;

use crate::error::{Error, Result};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, local::LocalFileSystem, path::Path};
use shared::{Complaint, Problem};
use std::{
    fmt,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Largest upload, in bytes (10 MiB).
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// Pictures worked on at a time: each may take some 300 MB while it is decoded.
const AT_A_TIME: usize = 2;
/// The field a refused upload is complained about under; callers that know better rename it.
const FIELD: &str = "file";

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Under which it is found again.
    pub key: String,
    /// Its media type (RFC 6838).
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// SHA-256 of the stored bytes.
    pub sha256: Vec<u8>,
}

/// The file store; cheap to clone.
#[derive(Clone)]
pub struct Files {
    folder: PathBuf,
    store: Arc<OnceLock<LocalFileSystem>>,
    busy: Arc<Semaphore>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn broken(error: &object_store::Error) -> Error {
    Error::Io(std::io::Error::other(error.to_string()))
}

impl Files {
    /// Under `folder`; it is made at the first use.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, store: Arc::default(), busy: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    fn store(&self) -> Result<&LocalFileSystem> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let opened = LocalFileSystem::new_with_prefix(&self.folder).map_err(|e| broken(&e))?.with_fsync(true);
        Ok(self.store.get_or_init(|| opened))
    }

    /// Takes a picture as it was uploaded and stores it upright, without metadata, as JPEG.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with [`Complaint::FileTooLarge`], [`Complaint::FileNotAPicture`] or
    /// [`Complaint::FileBroken`]; what the file system says.
    pub async fn put(&self, bytes: Bytes) -> Result<Stored> {
        if bytes.len() > MOST_BYTES {
            return Err(Problem::field(FIELD, Complaint::FileTooLarge { max_mib: 10 }).into());
        }
        let ended = |e: &dyn fmt::Display| Error::Broken(format!("a task was ended: {e}"));
        let turn = Arc::clone(&self.busy).acquire_owned().await.map_err(|e| ended(&e))?;
        let picture = tokio::task::spawn_blocking(move || {
            // The turn is held by the work itself: a caller that goes away does not let another in too early.
            let _turn = turn;
            picture::normalise(&bytes)
        })
        .await
        .map_err(|e| ended(&e))?
        .map_err(|complaint| Problem::field(FIELD, complaint))?;
        let key = Uuid::new_v4().simple().to_string();
        let stored = Stored {
            media_type: picture::MEDIA_TYPE.to_owned(),
            bytes: u64::try_from(picture.jpeg.len()).unwrap_or(u64::MAX),
            width: picture.width,
            height: picture.height,
            sha256: crate::vault::sha256(&[&picture.jpeg]),
            key,
        };
        let once = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let jpeg = Bytes::from(picture.jpeg);
        self.store()?.put_opts(&place(&stored.key)?, jpeg.into(), once).await.map_err(|e| broken(&e))?;
        Ok(stored)
    }

    /// The bytes stored under a key.
    ///
    /// # Errors
    /// [`Problem::NotFound`] when there are none; what the file system says.
    pub async fn get(&self, key: &str) -> Result<Bytes> {
        match self.store()?.get(&place(key)?).await {
            Ok(found) => found.bytes().await.map_err(|e| broken(&e)),
            Err(object_store::Error::NotFound { .. }) => Err(Problem::NotFound.into()),
            Err(error) => Err(broken(&error)),
        }
    }
}

impl Files {
    /// Removes what is stored under a key; what is not there is removed already.
    ///
    /// # Errors
    /// What the file system says.
    pub async fn remove(&self, key: &str) -> Result<()> {
        let Ok(place) = place(key) else { return Ok(()) };
        match self.store()?.delete(&place).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(broken(&error)),
        }
    }
}

impl Files {
    /// The keys of what was stored a day ago or earlier: by then whoever stored it has written the row that names it, or
    /// never will. What does not lie where a key of ours does is left alone.
    pub(crate) async fn older_than_a_day(&self) -> Result<Vec<String>> {
        let day_ago = time::OffsetDateTime::now_utc().unix_timestamp() - 86_400;
        let mut listed = self.store()?.list(None);
        let mut keys = Vec::new();
        while let Some(found) = listed.try_next().await.map_err(|e| broken(&e))? {
            let key = found.location.filename().and_then(|name| name.strip_suffix(".jpg")).unwrap_or_default();
            if found.last_modified.timestamp() < day_ago && place(key).is_ok_and(|place| place == found.location) {
                keys.push(key.to_owned());
            }
        }
        Ok(keys)
    }
}

/// Where a key lies: in one of 256 folders, so that none grows too long. Anything that is not a key of ours is not
/// there, whatever it looks like.
fn place(key: &str) -> Result<Path> {
    match key.get(..2) {
        Some(first) if key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Ok(Path::from(format!("{first}/{key}.jpg")))
        }
        _ => Err(Problem::NotFound.into()),
    }
}
