//! Who uses a cluster: kernel file locks, which end with the process that holds them.
//!
//! `users` is locked shared by every user of the cluster, and exclusively by whoever stops it for want of users.
//! `lock` is locked exclusively while the cluster is being started, stopped or left.

use super::place::Place;
use super::{Cluster, ClusterError, Options, at, process};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

/// This process uses the cluster as long as it holds this. Dropping it is leaving, too, but blocks while
/// Postgres stops and cannot report an error: prefer [`Lease::release`].
#[derive(Debug)]
pub struct Lease {
    cluster: Cluster,
    options: Options,
    shared: Option<File>,
}

impl Lease {
    /// Waits while the cluster is being stopped.
    pub(super) fn take(cluster: &Cluster, options: Options) -> Result<Self, ClusterError> {
        let file = open(&cluster.place, "users")?;
        file.lock_shared().map_err(at(&cluster.place.home))?;
        Ok(Self { cluster: cluster.clone(), options, shared: Some(file) })
    }

    /// The cluster this is a lease of.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Leaves the cluster; the last one to leave stops it, unless it is kept running. Answers whether it was stopped.
    pub async fn release(mut self) -> Result<bool, ClusterError> {
        super::blocking(move || self.leave()).await
    }

    /// Starts the cluster again if its postmaster was killed, and answers whether it was; a cluster that was stopped on
    /// purpose stays so.
    pub async fn revive(&self) -> Result<bool, ClusterError> {
        // Only a clean stop takes the PID file away.
        if !matches!(process::look(&self.cluster.place)?, process::Found::Stale { .. }) {
            return Ok(false);
        }
        self.cluster.start_with(self.options).await?.forget();
        Ok(true)
    }

    /// [`Lease::revive`] once a second, until dropped; what fails is logged and tried again.
    pub async fn watch(&self) {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            match self.revive().await {
                Ok(true) => tracing::warn!("the private Postgres was killed and is up again"),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the private Postgres was killed and did not come up again"),
            }
        }
    }

    /// Gives up the lease without looking whether it was the last one.
    pub(super) fn forget(mut self) {
        self.shared = None;
    }

    fn leave(&mut self) -> Result<bool, ClusterError> {
        let Some(shared) = self.shared.take() else { return Ok(false) };
        let place = &self.cluster.place;
        let _guard = exclusive(place)?;
        drop(shared);
        let users = open(place, "users")?;
        match users.try_lock() {
            Ok(()) if !place.kept().exists() => process::stop(place),
            Ok(()) | Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(e)) => Err(at(&place.home)(e)),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Err(error) = self.leave() {
            tracing::warn!(%error, "the private Postgres could not be left in order");
        }
    }
}

/// Keeps others from starting, stopping and leaving until dropped.
pub(super) fn exclusive(place: &Place) -> Result<File, ClusterError> {
    let file = open(place, "lock")?;
    file.lock().map_err(at(&place.home))?;
    Ok(file)
}

/// Whether any process holds a lease.
pub(super) fn in_use(place: &Place) -> Result<bool, ClusterError> {
    // Whoever is leaving must not take our look for another user.
    let (guard, users) = (open(place, "lock")?, open(place, "users")?);
    match guard.try_lock().and_then(|()| users.try_lock()) {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(at(&place.home)(e)),
    }
}

/// Readable for all, so that the watcher can lock it as the user `postgres`.
fn open(place: &Place, name: &str) -> Result<File, ClusterError> {
    let path = place.home.join(name);
    OpenOptions::new().create(true).append(true).mode(0o644).open(&path).map_err(at(&path))
}
