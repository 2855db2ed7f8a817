//! A private Postgres, made from the machine's own binaries, so that one command is enough to try the city.
//!
//! It lives in `<data folder>/postgres` and is reached over a Unix socket that only its own system user can open.
//! Whoever uses it holds a [`Lease`]; the last one to leave stops it. A lease is a kernel file lock, so that the lease
//! of a killed process is gone with the process. `huimin db start` keeps the cluster running without
//! leases until `huimin db stop`.

mod binaries;
mod initialise;
mod lease;
mod place;
mod process;

pub use binaries::{Binaries, Search};
pub use lease::Lease;
use place::Place;
use sqlx::postgres::PgConnectOptions;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// The database of the city in the private cluster.
pub const DATABASE: &str = "huimin";

/// The port in the socket's name when no TCP port is asked for; nothing listens on TCP then.
const SOCKET_PORT: u16 = 5432;

/// Who a connection is to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Superuser of the cluster: backups, tests and repairs, never `serve`.
    Superuser,
    /// Owns the database and migrates it.
    Owner,
    /// Serves: neither superuser nor owner, bound by the row-level policies.
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

/// How the cluster is started; a cluster that runs already is adopted as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Listen on 127.0.0.1 too, for tools such as pgbench; passwords are in [`Cluster::password_file`].
    pub tcp_port: Option<u16>,
    /// For test databases alone: no fsync, more connections, and stopped by a watcher some seconds after the last
    /// user is gone, however it went.
    pub disposable: bool,
}

/// What the cluster is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// No cluster was made here yet.
    Absent,
    /// Made, not running.
    Stopped,
    /// Running.
    Running {
        /// Process id of the postmaster.
        pid: u32,
        /// Where its socket is.
        socket_dir: PathBuf,
        /// The port in the socket's name, and on 127.0.0.1 when `tcp`.
        port: u16,
        /// Whether it listens on 127.0.0.1.
        tcp: bool,
        /// Whether `huimin db start` keeps it running.
        kept: bool,
        /// Whether a process holds a lease.
        in_use: bool,
    },
}

/// Why the private Postgres could not be had; each message is one sentence with its remedy.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No Postgres on this machine.
    #[error(
        "Postgres is not installed: run `make tools`, or `apt-get install postgresql` as root, or name the folder of initdb, pg_ctl and postgres in HUIMIN_PG_BIN, or set DATABASE_URL to a server of your own"
    )]
    MissingBinaries,
    /// The data were made by another major version.
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
    /// Postgres takes paths up to 1023 bytes.
    #[error(
        "the data folder's path is {length} bytes long and Postgres takes at most {most}: choose a shorter one with --data-dir"
    )]
    PathTooLong {
        /// Bytes of the path.
        length: usize,
        /// Bytes allowed.
        most: usize,
    },
    /// The socket folder belongs to someone else.
    #[error("{} is not a private folder of the user who runs Postgres, and may be a trap: remove it and start again", .0.display())]
    SocketFolderTaken(PathBuf),
    /// The user `postgres` cannot reach the folder.
    #[error("the user `postgres` cannot reach {}: run `chmod o+x` on it and the folders above it", .0.display())]
    Unreachable(PathBuf),
    /// The wanted TCP port is in use.
    #[error("port {0} on 127.0.0.1 is in use: choose another one, or stop what listens there")]
    PortTaken(u16),
    /// It runs, but does not listen where asked.
    #[error("the private Postgres is already running without TCP port {0}: run `huimin db stop` first")]
    OtherPort(u16),
    /// `initdb` or the making of the roles failed.
    #[error("making the database in {} failed: {reason}", .data.display())]
    NotMade {
        /// The data folder that was to be made.
        data: PathBuf,
        /// What Postgres said.
        reason: String,
    },
    /// The postmaster did not come up.
    #[error("Postgres did not start: {reason} (the whole story is in {})", .log.display())]
    NotStarted {
        /// What Postgres said last.
        reason: String,
        /// Its log.
        log: PathBuf,
    },
    /// The postmaster did not go down.
    #[error("Postgres did not stop: look at {} and try `huimin db stop` again", .0.display())]
    NotStopped(PathBuf),
    /// Backends of a killed postmaster are still there.
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
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The work was cut off by the end of the program.
    #[error("interrupted")]
    Interrupted,
}

/// Names the path in an I/O error.
fn at(path: &Path) -> impl FnOnce(io::Error) -> ClusterError + '_ {
    |source| ClusterError::Io { path: path.to_owned(), source }
}

/// The private Postgres of one data folder.
#[derive(Clone, Debug)]
pub struct Cluster {
    place: Place,
}

impl Cluster {
    /// The cluster of this data folder, which is made when missing. Starts nothing.
    pub fn at(data_dir: &Path) -> Result<Self, ClusterError> {
        Ok(Self { place: Place::of(data_dir)? })
    }

    /// Starts the cluster, making it first when there is none, or adopts the running one; either way this process is
    /// now a user of it.
    pub async fn start(&self) -> Result<Lease, ClusterError> {
        self.start_with(Options::default()).await
    }

    /// [`Cluster::start`] with options.
    pub async fn start_with(&self, options: Options) -> Result<Lease, ClusterError> {
        let cluster = self.clone();
        blocking(move || cluster.start_now(options)).await
    }

    /// Starts the cluster and keeps it running, without leases and over restarts of `serve`, until [`Cluster::stop`].
    pub async fn keep(&self, options: Options) -> Result<(), ClusterError> {
        let cluster = self.clone();
        blocking(move || {
            let lease = cluster.start_now(options)?;
            let kept = cluster.place.kept();
            std::fs::write(&kept, []).map_err(at(&kept))?;
            drop(lease);
            Ok(())
        })
        .await
    }

    /// Stops the cluster whoever uses it (open transactions are rolled back) and ends [`Cluster::keep`]. Answers
    /// whether it was running.
    pub async fn stop(&self) -> Result<bool, ClusterError> {
        let cluster = self.clone();
        blocking(move || {
            let _guard = lease::exclusive(&cluster.place)?;
            match std::fs::remove_file(cluster.place.kept()) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(at(&cluster.place.kept())(e)),
                _ => {}
            }
            process::stop(&cluster.place)
        })
        .await
    }

    /// What the cluster is doing now.
    pub fn status(&self) -> Result<Status, ClusterError> {
        if !self.place.data().exists() {
            return Ok(Status::Absent);
        }
        Ok(match process::look(&self.place)? {
            process::Found::Live(p) => Status::Running {
                pid: p.pid,
                socket_dir: self.place.socket_dir.clone(),
                port: p.port,
                tcp: p.tcp,
                kept: self.place.kept().exists(),
                in_use: lease::in_use(&self.place)?,
            },
            process::Found::Stale { .. } | process::Found::Nothing => Status::Stopped,
        })
    }

    /// The folder that holds the cluster: its data, log and locks.
    pub fn home(&self) -> &Path {
        &self.place.home
    }

    /// The folder of the socket, open to the cluster's system user alone.
    pub fn socket_dir(&self) -> &Path {
        &self.place.socket_dir
    }

    /// Passwords of the roles for TCP, in the form of libpq's PGPASSFILE, readable by its owner alone.
    pub fn password_file(&self) -> PathBuf {
        self.place.passwords()
    }

    /// How to reach a database of this cluster in a role, over the socket.
    pub fn url(&self, role: Role, database: &str) -> String {
        let folder = self.place.socket_dir.to_string_lossy().replace('/', "%2F");
        format!("postgres://{}@{folder}:{}/{database}", role.name(), self.port())
    }

    /// How to reach a database of this cluster in a role, over the socket.
    pub fn options(&self, role: Role, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.place.socket_dir)
            .port(self.port())
            .username(role.name())
            .database(database)
    }

    /// URL of the role that owns and migrates the city's database.
    pub fn owner_url(&self) -> String {
        self.url(Role::Owner, DATABASE)
    }

    /// URL of the role that serves.
    pub fn app_url(&self) -> String {
        self.url(Role::App, DATABASE)
    }

    /// URL over TCP with password; `None` when the cluster does not listen on TCP or has no password for the role.
    pub fn tcp_url(&self, role: Role) -> Result<Option<String>, ClusterError> {
        let process::Found::Live(p) = process::look(&self.place)? else { return Ok(None) };
        let path = self.place.passwords();
        let lines = std::fs::read_to_string(&path).map_err(at(&path))?;
        let password = lines.lines().find_map(|l| {
            let mut parts = l.split(':').skip(3);
            (parts.next() == Some(role.name())).then(|| parts.next()).flatten()
        });
        Ok(password.filter(|_| p.tcp).map(|w| format!("postgres://{}:{w}@127.0.0.1:{}/{DATABASE}", role.name(), p.port)))
    }

    /// The port in the socket's name: of the running cluster, else of the next one without TCP.
    fn port(&self) -> u16 {
        match process::look(&self.place) {
            Ok(process::Found::Live(p)) => p.port,
            _ => SOCKET_PORT,
        }
    }

    fn start_now(&self, options: Options) -> Result<Lease, ClusterError> {
        let place = &self.place;
        let made = std::fs::read_to_string(place.data().join("PG_VERSION")).ok();
        let binaries = Binaries::find(&Search::machine(), made.as_deref().map(str::trim), &place.data())?;
        let _guard = lease::exclusive(place)?;
        let lease = Lease::take(self, options)?;
        match self.bring_up(&binaries, options) {
            Ok(()) => Ok(lease),
            Err(error) => {
                // Leaving in order would wait for the guard that we hold.
                lease.forget();
                Err(error)
            }
        }
    }

    fn bring_up(&self, binaries: &Binaries, options: Options) -> Result<(), ClusterError> {
        let place = &self.place;
        if let Some(running) = process::settled(place)? {
            return match options.tcp_port {
                Some(port) if !(running.tcp && running.port == port) => Err(ClusterError::OtherPort(port)),
                _ => Ok(()),
            };
        }
        if let Some(port) = options.tcp_port {
            // Asked before Postgres does, because its own answer is hidden in its log.
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| ClusterError::PortTaken(port))?;
        }
        if !place.data().exists() {
            initialise::make(place, binaries, options)?;
        }
        place.open_socket_dir()?;
        process::clear_leftovers(place)?;
        process::start(place, binaries, options)?;
        if options.disposable { process::watch(place, binaries) } else { Ok(()) }
    }
}

/// File locks and `pg_ctl` block: they run beside the runtime, not in it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ClusterError> + Send + 'static) -> Result<T, ClusterError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(ClusterError::Interrupted))
}
