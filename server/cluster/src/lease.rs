//! Leases: a cluster runs as long as a process holds one.

use crate::{
    cluster::{Cluster, blocking},
    error::{ClusterError, at},
    locks,
    options::Options,
    process::{self, PidFile},
    start::start_or_adopt,
};
use std::fs::File;
use std::time::Duration;

/// This process uses the cluster as long as it holds this value. Dropping it leaves the cluster too, but blocks while
/// Postgres stops and cannot report an error: prefer [`Lease::release`].
#[derive(Debug)]
pub struct Lease {
    cluster: Cluster,
    options: Options,
    user_lock: Option<File>,
}

impl Cluster {
    /// Starts the cluster, creating it first when there is none, or adopts the running one; in both cases this process
    /// becomes a user of it.
    pub async fn start(&self) -> Result<Lease, ClusterError> {
        self.start_with(Options::default()).await
    }

    /// [`Cluster::start`] with options.
    pub async fn start_with(&self, options: Options) -> Result<Lease, ClusterError> {
        let cluster = self.clone();
        blocking(move || Lease::take(cluster, options)).await
    }

    /// Starts the cluster and keeps it running without leases until [`Cluster::stop`].
    pub async fn keep(&self, options: Options) -> Result<(), ClusterError> {
        let cluster = self.clone();
        blocking(move || {
            let marker = cluster.paths.keep_marker();
            let lease = Lease::take(cluster, options)?;
            std::fs::write(&marker, []).map_err(at(&marker))?;
            drop(lease);
            Ok(())
        })
        .await
    }
}

impl Lease {
    fn take(cluster: Cluster, options: Options) -> Result<Self, ClusterError> {
        let user_lock = Some(start_or_adopt(&cluster.paths, options)?);
        Ok(Self { cluster, options, user_lock })
    }

    /// The cluster of this lease.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Leaves the cluster; the last user to leave stops it unless it is kept running. Returns whether it was stopped.
    pub async fn release(mut self) -> Result<bool, ClusterError> {
        blocking(move || self.leave()).await
    }

    /// Restarts the cluster if its postmaster was killed, and returns whether it was; a cluster that was stopped
    /// properly stays stopped.
    pub async fn revive(&self) -> Result<bool, ClusterError> {
        // Only a clean stop removes the PID file.
        if !matches!(process::read_pid_file(&self.cluster.paths)?, PidFile::Stale { .. }) {
            return Ok(false);
        }
        let (paths, options) = (self.cluster.paths.clone(), self.options);
        blocking(move || start_or_adopt(&paths, options).map(drop)).await?;
        Ok(true)
    }

    /// Calls [`Lease::revive`] once a second until dropped; errors are logged and tried again.
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

    fn leave(&mut self) -> Result<bool, ClusterError> {
        let Some(user_lock) = self.user_lock.take() else { return Ok(false) };
        let paths = &self.cluster.paths;
        let _guard = locks::exclusive(paths)?;
        drop(user_lock);
        match locks::lock_unused(paths)? {
            Some(_no_users) if !paths.keep_marker().exists() => process::stop(paths),
            _ => Ok(false),
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
