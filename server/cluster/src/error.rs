//! Errors of the private Postgres.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private Postgres cannot be used; each message is one sentence with its remedy.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No Postgres on this machine.
    #[error(
        "Postgres is not installed: run `make tools`, or `apt-get install postgresql` as root, or name the folder of initdb, pg_ctl and postgres in HUIMIN_PG_BIN, or set DATABASE_URL to a server of your own"
    )]
    MissingBinaries,
    /// The data was created by another major version.
    #[error(
        "the data in {} were made by Postgres {made}, but {} is another version: install postgresql-{made}, or move the data with pg_upgrade", .data.display(), .found.display()
    )]
    OtherVersion {
        /// Major version of the data.
        made: String,
        /// Binaries found.
        found: PathBuf,
        /// The cluster's data folder.
        data: PathBuf,
    },
    /// Root needs the system user `postgres`.
    #[error(
        "Postgres refuses to run as root and this machine has no user `postgres`: run `apt-get install postgresql`, or run huimin as an ordinary user"
    )]
    NoPostgresUser,
    /// Postgres supports paths of at most 1023 bytes.
    #[error(
        "the data folder's path is {length} bytes long and Postgres takes at most {most}: choose a shorter one with --data-dir"
    )]
    PathTooLong {
        /// Bytes of the path.
        length: usize,
        /// Bytes allowed.
        most: usize,
    },
    /// The socket folder belongs to another user.
    #[error("{} is not a private folder of the user who runs Postgres, and may be a trap: remove it and start again", .0.display())]
    SocketFolderTaken(PathBuf),
    /// The user `postgres` cannot reach the folder.
    #[error("the user `postgres` cannot reach {}: run `chmod o+x` on it and the folders above it", .0.display())]
    Unreachable(PathBuf),
    /// The requested TCP port is in use.
    #[error("port {0} on 127.0.0.1 is in use: choose another one, or stop what listens there")]
    PortTaken(u16),
    /// The cluster is running but does not listen on the requested port.
    #[error("the private Postgres is already running without TCP port {0}: run `huimin db stop` first")]
    OtherPort(u16),
    /// `initdb` or the creation of the roles failed.
    #[error("making the database in {} failed: {reason}", .data.display())]
    NotMade {
        /// The data folder that was to be created.
        data: PathBuf,
        /// The error line of the failed program.
        reason: String,
    },
    /// The postmaster did not start.
    #[error("Postgres did not start: {reason} (the whole story is in {})", .log.display())]
    NotStarted {
        /// The last error line of its log.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
    /// The postmaster did not stop.
    #[error("Postgres did not stop: look at {} and try `huimin db stop` again", .0.display())]
    NotStopped(PathBuf),
    /// Backends of a killed postmaster are still running.
    #[error("processes of a killed Postgres still use {}: end {pids:?} and start again", .data.display())]
    Leftovers {
        /// The data folder.
        data: PathBuf,
        /// The processes.
        pids: Vec<u32>,
    },
    /// A file or program could not be used.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or program.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The runtime shut down before the work was done.
    #[error("interrupted")]
    Interrupted,
}

/// Adds the path to an I/O error.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> ClusterError + '_ {
    |source| ClusterError::Io { path: path.to_owned(), source }
}
