//! The folders of a cluster and the system user it runs as.

use crate::error::{ClusterError, at};
use sha2::{Digest, Sha256};
use std::fs::{DirBuilder, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Postgres limits paths to 1024 bytes, including the file names it appends to ours.
const MAX_PATH_BYTES: usize = 900;

/// Holds clusters started by root when the user `postgres` cannot reach the data folder (it may be under /root).
const SHARED_DIR: &str = "/var/lib/huimin";

/// A system user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SystemUser {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The folders of one cluster and the user it runs as.
#[derive(Clone, Debug)]
pub(crate) struct ClusterPaths {
    /// Holds the data, the log and the locks; absolute, with symbolic links resolved.
    pub(crate) home: PathBuf,
    /// Holds the socket. Short, because a socket's path is limited to 107 bytes.
    pub(crate) socket_dir: PathBuf,
    /// The system user that owns the data and runs the postmaster.
    pub(crate) user: SystemUser,
    /// Whether programs must be started as `user` because this process runs as root.
    pub(crate) switch: bool,
}

impl ClusterPaths {
    /// The paths for a data folder; creates the folder and the cluster's home in it.
    pub(crate) fn of(data_dir: &Path) -> Result<Self, ClusterError> {
        std::fs::create_dir_all(data_dir).map_err(at(data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(at(data_dir))?;
        let me = current_user()?;
        let switch = me.uid == 0;
        let user = if switch { postgres_user()? } else { me };
        let home = home(&data_dir, switch.then_some(user))?;
        let length = home.as_os_str().len();
        if length > MAX_PATH_BYTES {
            return Err(ClusterError::PathTooLong { length, most: MAX_PATH_BYTES });
        }
        let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
        let name: String = hex::encode(digest).chars().take(16).collect();
        Ok(Self { home, socket_dir: PathBuf::from(format!("/tmp/huimin-{name}")), user, switch })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// The major version of Postgres that created the data; none before the cluster is created.
    pub(crate) fn data_version(&self) -> Option<String> {
        std::fs::read_to_string(self.data().join("PG_VERSION")).ok().map(|v| v.trim().to_owned())
    }

    /// Marks a cluster that keeps running without leases.
    pub(crate) fn keep_marker(&self) -> PathBuf {
        self.home.join("kept")
    }

    pub(crate) fn passwords(&self) -> PathBuf {
        self.home.join("pgpass")
    }

    /// A Postgres program, run in `home` as the cluster's user, without our environment (it may hold secrets) and in
    /// its own process group, so that Ctrl-C in the terminal does not reach it.
    pub(crate) fn command(&self, program: &Path) -> Command {
        use std::os::unix::process::CommandExt;
        let mut command = Command::new(program);
        command
            .current_dir(&self.home)
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .stdin(std::process::Stdio::null())
            .process_group(0);
        if self.switch {
            command.uid(self.user.uid).gid(self.user.gid);
        }
        command
    }

    /// Creates an empty folder that only the postmaster's user can access.
    pub(crate) fn private_folder(&self, path: &Path) -> Result<(), ClusterError> {
        DirBuilder::new().mode(0o700).create(path).map_err(at(path))?;
        if self.switch { chown(path, Some(self.user.uid), Some(self.user.gid)).map_err(at(path)) } else { Ok(()) }
    }

    /// Creates the socket folder, or verifies that the existing one is ours: every user may create folders in /tmp.
    pub(crate) fn open_socket_dir(&self) -> Result<(), ClusterError> {
        match self.private_folder(&self.socket_dir) {
            Err(ClusterError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other,
        }
        let found = self.socket_dir.symlink_metadata().map_err(at(&self.socket_dir))?;
        let private = found.is_dir() && found.mode() & 0o077 == 0;
        if private && found.uid() == self.user.uid {
            Ok(())
        } else if private && self.switch && found.uid() == 0 {
            // A previous start was interrupted between creating the folder and changing its owner.
            chown(&self.socket_dir, Some(self.user.uid), Some(self.user.gid)).map_err(at(&self.socket_dir))
        } else {
            Err(ClusterError::SocketFolderTaken(self.socket_dir.clone()))
        }
    }

    /// Fails unless the postmaster's user can reach `home`.
    pub(crate) fn check_reach(&self) -> Result<(), ClusterError> {
        if self.switch && !reaches(self.user, &self.home) { Err(ClusterError::Unreachable(self.home.clone())) } else { Ok(()) }
    }
}

/// `<data folder>/postgres`; a symbolic link to a folder in [`SHARED_DIR`] where the user `postgres` cannot reach the data folder.
/// Removing the data folder removes the link, so that the next start creates a new database.
fn home(data_dir: &Path, other_user: Option<SystemUser>) -> Result<PathBuf, ClusterError> {
    let home = data_dir.join("postgres");
    let length = home.as_os_str().len();
    if length > MAX_PATH_BYTES {
        return Err(ClusterError::PathTooLong { length, most: MAX_PATH_BYTES });
    }
    if !home.exists() {
        let created = match other_user {
            Some(user) if !reaches(user, data_dir) => {
                // A dangling link would prevent creating a new one.
                if home.is_symlink() {
                    std::fs::remove_file(&home).map_err(at(&home))?;
                }
                let target = Path::new(SHARED_DIR).join(uuid::Uuid::now_v7().simple().to_string());
                std::fs::create_dir_all(&target).map_err(at(&target))?;
                // The parent must be accessible to the user `postgres` whatever our umask is.
                let open = Permissions::from_mode(0o711);
                std::fs::set_permissions(SHARED_DIR, open).map_err(at(Path::new(SHARED_DIR)))?;
                symlink(&target, &home).inspect_err(|_| {
                    let _ = std::fs::remove_dir(&target);
                })
            }
            _ => std::fs::create_dir(&home),
        };
        match created {
            // Another process has just created it.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            other => other.map_err(at(&home))?,
        }
        // No other user may even take a lock in here. The user `postgres` has access by its group and can change only the data.
        if let Some(user) = other_user {
            chown(&home, None, Some(user.gid)).map_err(at(&home))?;
        }
        let mode = if other_user.is_some() { 0o710 } else { 0o700 };
        std::fs::set_permissions(&home, Permissions::from_mode(mode)).map_err(at(&home))?;
    }
    home.canonicalize().map_err(at(&home))
}

/// Whether a user has search permission on this folder and all its ancestors.
fn reaches(user: SystemUser, folder: &Path) -> bool {
    let open = |m: &Metadata| {
        let bit = match () {
            () if m.uid() == user.uid => 0o100,
            () if m.gid() == user.gid => 0o010,
            () => 0o001,
        };
        m.mode() & bit != 0
    };
    folder.ancestors().all(|f| f.metadata().is_ok_and(|m| open(&m)))
}

/// The effective user of this process, which owns its entry in /proc (proc(5)).
fn current_user() -> Result<SystemUser, ClusterError> {
    let path = Path::new("/proc/self");
    let owner = path.metadata().map_err(at(path))?;
    Ok(SystemUser { uid: owner.uid(), gid: owner.gid() })
}

/// The system user `postgres`, looked up with `id` so that every source of users (NSS) is covered.
fn postgres_user() -> Result<SystemUser, ClusterError> {
    let run_id = |flag: &str| {
        let out = Command::new("id").args([flag, "postgres"]).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    match (run_id("-u"), run_id("-g")) {
        (Some(uid), Some(gid)) => Ok(SystemUser { uid, gid }),
        _ => Err(ClusterError::NoPostgresUser),
    }
}
