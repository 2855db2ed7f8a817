//! One cluster: its status, its addresses, and stopping it.

use crate::{
    error::{ClusterError, at},
    layout::ClusterPaths,
    locks,
    options::{DATABASE, Role, SOCKET_PORT},
    process::{self, PidFile},
};
use sqlx::postgres::PgConnectOptions;
use std::{
    io,
    path::{Path, PathBuf},
};

/// What the cluster is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// No cluster has been created here yet.
    Absent,
    /// Created, not running.
    Stopped,
    /// Running.
    Running {
        /// Process id of the postmaster.
        pid: u32,
        /// The folder of its socket.
        socket_dir: PathBuf,
        /// The port in the socket's name, and on 127.0.0.1 when `tcp`.
        port: u16,
        /// Whether it listens on 127.0.0.1.
        tcp: bool,
        /// Whether it runs until [`Cluster::stop`], even without a lease.
        kept: bool,
        /// Whether a process holds a lease.
        in_use: bool,
    },
}

/// The private Postgres of one data folder.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(crate) paths: ClusterPaths,
}

impl Cluster {
    /// The cluster of this data folder; the folder is created when missing. Starts nothing.
    pub fn at(data_dir: &Path) -> Result<Self, ClusterError> {
        Ok(Self { paths: ClusterPaths::of(data_dir)? })
    }

    /// Stops the cluster regardless of its users (open transactions are rolled back) and ends [`Cluster::keep`].
    /// Returns whether it was running.
    pub async fn stop(&self) -> Result<bool, ClusterError> {
        let paths = self.paths.clone();
        blocking(move || {
            let _guard = locks::exclusive(&paths)?;
            let marker = paths.keep_marker();
            match std::fs::remove_file(&marker) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(at(&marker)(e)),
                _ => {}
            }
            process::stop(&paths)
        })
        .await
    }

    /// The current status.
    pub fn status(&self) -> Result<Status, ClusterError> {
        if !self.paths.data().exists() {
            return Ok(Status::Absent);
        }
        Ok(match process::read_pid_file(&self.paths)? {
            PidFile::Live(p) => Status::Running {
                pid: p.pid,
                socket_dir: self.paths.socket_dir.clone(),
                port: p.port,
                tcp: p.tcp,
                kept: self.paths.keep_marker().exists(),
                in_use: locks::in_use(&self.paths)?,
            },
            PidFile::Stale { .. } | PidFile::Absent => Status::Stopped,
        })
    }

    /// The folder that holds the cluster: its data, log and locks.
    pub fn home(&self) -> &Path {
        &self.paths.home
    }

    /// The folder of the socket, accessible only to the cluster's system user.
    pub fn socket_dir(&self) -> &Path {
        &self.paths.socket_dir
    }

    /// Passwords of the roles for TCP, in the format of libpq's PGPASSFILE, readable only by its owner.
    pub fn password_file(&self) -> PathBuf {
        self.paths.passwords()
    }

    /// URL of a database of this cluster for a role, over the socket.
    pub fn url(&self, role: Role, database: &str) -> String {
        let folder = self.paths.socket_dir.to_string_lossy().replace('/', "%2F");
        format!("postgres://{}@{folder}:{}/{database}", role.name(), self.port())
    }

    /// Connection options of a database of this cluster for a role, over the socket.
    pub fn options(&self, role: Role, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.paths.socket_dir)
            .port(self.port())
            .username(role.name())
            .database(database)
    }

    /// URL of the role that owns and migrates the database.
    pub fn owner_url(&self) -> String {
        self.url(Role::Owner, DATABASE)
    }

    /// URL of the role that serves requests.
    pub fn app_url(&self) -> String {
        self.url(Role::App, DATABASE)
    }

    /// URL over TCP with password; `None` when the cluster does not listen on TCP or has no password for the role.
    pub fn tcp_url(&self, role: Role) -> Result<Option<String>, ClusterError> {
        let PidFile::Live(p) = process::read_pid_file(&self.paths)? else { return Ok(None) };
        let path = self.paths.passwords();
        let lines = std::fs::read_to_string(&path).map_err(at(&path))?;
        let password = lines.lines().find_map(|l| {
            let mut parts = l.split(':').skip(3);
            (parts.next() == Some(role.name())).then(|| parts.next()).flatten()
        });
        Ok(password.filter(|_| p.tcp).map(|w| format!("postgres://{}:{w}@127.0.0.1:{}/{DATABASE}", role.name(), p.port)))
    }

    /// The port in the socket's name: of the running cluster, else of the next start without TCP.
    fn port(&self) -> u16 {
        match process::read_pid_file(&self.paths) {
            Ok(PidFile::Live(p)) => p.port,
            _ => SOCKET_PORT,
        }
    }
}

/// Runs blocking work (file locks, `pg_ctl`) outside the async worker threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, ClusterError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(ClusterError::Interrupted))
}
