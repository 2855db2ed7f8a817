//! Kernel file locks that track the users of a cluster; they are released when the process that holds them ends.
//!
//! Every user of the cluster holds `users` shared; the process that stops an unused cluster holds it exclusively.
//! `lock` is held exclusively while the cluster is being started, stopped or left.

use crate::{
    error::{ClusterError, at},
    layout::ClusterPaths,
};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;

/// Registers this process as a user until the file is dropped. Waits while the cluster is being stopped.
pub(crate) fn shared(paths: &ClusterPaths) -> Result<File, ClusterError> {
    let file = open(paths, "users")?;
    file.lock_shared().map_err(at(&paths.home))?;
    Ok(file)
}

/// Prevents other processes from starting, stopping and leaving the cluster until the file is dropped.
pub(crate) fn exclusive(paths: &ClusterPaths) -> Result<File, ClusterError> {
    let file = open(paths, "lock")?;
    file.lock().map_err(at(&paths.home))?;
    Ok(file)
}

/// Locks the cluster against new users if it has none; `None` when it has.
pub(crate) fn lock_unused(paths: &ClusterPaths) -> Result<Option<File>, ClusterError> {
    let users = open(paths, "users")?;
    match users.try_lock() {
        Ok(()) => Ok(Some(users)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(at(&paths.home)(e)),
    }
}

/// Whether any process holds a lease.
pub(crate) fn in_use(paths: &ClusterPaths) -> Result<bool, ClusterError> {
    // `lock` first, so that a process that is just leaving does not mistake this check for another user.
    let guard = open(paths, "lock")?;
    match guard.try_lock() {
        Ok(()) => Ok(lock_unused(paths)?.is_none()),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(at(&paths.home)(e)),
    }
}

/// Readable by all, so that the watcher process can lock it as the user `postgres`.
fn open(paths: &ClusterPaths, name: &str) -> Result<File, ClusterError> {
    let path = paths.home.join(name);
    OpenOptions::new().create(true).append(true).mode(0o644).open(&path).map_err(at(&path))
}
