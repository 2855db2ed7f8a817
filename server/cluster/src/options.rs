//! Names and settings of a cluster.

/// The database created in the private cluster.
pub const DATABASE: &str = "huimin";

/// The port in the socket's name when no TCP port is requested; the cluster does not listen on TCP then.
pub(crate) const SOCKET_PORT: u16 = 5432;

/// The database role of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Superuser of the cluster: for backups, tests and repairs, never for serving.
    Superuser,
    /// Owns the database and migrates it.
    Owner,
    /// Serves requests: neither superuser nor owner, subject to row-level security.
    App,
}

impl Role {
    /// The role's name in Postgres.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Superuser => "postgres",
            Self::Owner => "huimin_owner",
            Self::App => "huimin_app",
        }
    }
}

/// How the cluster is started; a cluster that is already running is adopted unchanged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Listen on 127.0.0.1 too, for tools such as pgbench; passwords are in [`crate::Cluster::password_file`].
    pub tcp_port: Option<u16>,
    /// For test databases only: no fsync, more connections, and stopped by a watcher process a few seconds after its
    /// last user has ended, even if that user was killed.
    pub disposable: bool,
}
