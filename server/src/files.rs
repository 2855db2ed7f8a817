//! The file store: uploaded files in a folder under the data folder.
//!
//! A stored file is durable before its key is returned, and never changes. Keys are random; access to a file is decided by
//! the row that refers to its key.

pub mod picture;

use crate::error::{Error, Result};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, local::LocalFileSystem, path::Path};
use shared::{FieldErrorKind, Problem};
use std::{
    fmt,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    sync::{Arc, OnceLock},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Maximum size of an upload in bytes (10 MiB).
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Pictures processed at the same time: each may take about 300 MB while it is decoded.
const MAX_CONCURRENT: usize = 2;
/// The field of errors of an upload; callers may rename it.
const FIELD: &str = "file";

/// A stored file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its key.
    pub key: String,
    /// Its media type (RFC 6838).
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Width in pixels, after rotation.
    pub width: u32,
    /// Height in pixels, after rotation.
    pub height: u32,
    /// SHA-256 of the stored bytes.
    pub sha256: Vec<u8>,
}

/// The file store; cheap to clone.
#[derive(Clone)]
pub struct Files {
    folder: PathBuf,
    store: Arc<OnceLock<LocalFileSystem>>,
    slots: Arc<Semaphore>,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn io_error(error: &object_store::Error) -> Error {
    Error::Io(std::io::Error::other(error.to_string()))
}

impl Files {
    /// A store in `folder`, which is created at the first use.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, store: Arc::default(), slots: Arc::new(Semaphore::new(MAX_CONCURRENT)) }
    }

    fn store(&self) -> Result<&LocalFileSystem> {
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let opened = LocalFileSystem::new_with_prefix(&self.folder).map_err(|e| io_error(&e))?.with_fsync(true);
        Ok(self.store.get_or_init(|| opened))
    }

    /// Stores an uploaded picture as JPEG, rotated upright and without metadata.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with [`FieldErrorKind::FileTooLarge`], [`FieldErrorKind::FileNotAPicture`] or
    /// [`FieldErrorKind::FileBroken`]; errors of the file system.
    pub async fn put(&self, bytes: Bytes) -> Result<Stored> {
        if bytes.len() > MAX_BYTES {
            return Err(Problem::field(FIELD, FieldErrorKind::FileTooLarge { max_mib: 10 }).into());
        }
        let aborted = |e: &dyn fmt::Display| Error::Broken(format!("a task was aborted: {e}"));
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|e| aborted(&e))?;
        let picture = tokio::task::spawn_blocking(move || {
            // The slot moves into the task: a client that disconnects does not free it while the picture is processed.
            let _slot = slot;
            picture::normalise(&bytes)
        })
        .await
        .map_err(|e| aborted(&e))?
        .map_err(|kind| Problem::field(FIELD, kind))?;
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
        self.store()?.put_opts(&path_of(&stored.key)?, jpeg.into(), once).await.map_err(|e| io_error(&e))?;
        Ok(stored)
    }

    /// The bytes stored under a key.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for an unknown key; errors of the file system.
    pub async fn get(&self, key: &str) -> Result<Bytes> {
        match self.store()?.get(&path_of(key)?).await {
            Ok(found) => found.bytes().await.map_err(|e| io_error(&e)),
            Err(object_store::Error::NotFound { .. }) => Err(Problem::NotFound.into()),
            Err(error) => Err(io_error(&error)),
        }
    }

    /// Removes the file of a key, if it exists.
    ///
    /// # Errors
    /// Errors of the file system.
    pub async fn remove(&self, key: &str) -> Result<()> {
        let Ok(path) = path_of(key) else { return Ok(()) };
        match self.store()?.delete(&path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(io_error(&error)),
        }
    }

    /// The keys of files stored at least a day ago: by then the row that refers to a file was written or will never be.
    /// Files whose path is not that of a key are ignored.
    pub(crate) async fn keys_older_than_a_day(&self) -> Result<Vec<String>> {
        let day_ago = time::OffsetDateTime::now_utc().unix_timestamp() - 86_400;
        let mut listed = self.store()?.list(None);
        let mut keys = Vec::new();
        while let Some(found) = listed.try_next().await.map_err(|e| io_error(&e))? {
            let key = found.location.filename().and_then(|name| name.strip_suffix(".jpg")).unwrap_or_default();
            if found.last_modified.timestamp() < day_ago && path_of(key).is_ok_and(|path| path == found.location) {
                keys.push(key.to_owned());
            }
        }
        Ok(keys)
    }
}

/// The path of a key, in one of 256 folders. A malformed key is not found.
fn path_of(key: &str) -> Result<Path> {
    match key.get(..2) {
        Some(first) if key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Ok(Path::from(format!("{first}/{key}.jpg")))
        }
        _ => Err(Problem::NotFound.into()),
    }
}
