//! Where a cluster lives and as whom it runs.

use super::{ClusterError, at};
use sha2::{Digest, Sha256};
use std::fs::{DirBuilder, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Postgres keeps paths in 1024 bytes, and puts its own file names behind ours.
const LONGEST_PATH: usize = 900;

/// Where root's clusters go when the user `postgres` cannot reach the data folder (it may be under /root).
const FOR_ROOT: &str = "/var/lib/huimin";

/// A system user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SystemUser {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The folders of one cluster and the user it runs as.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Holds the data, the log and the locks; absolute, without links.
    pub(super) home: PathBuf,
    /// Holds the socket. Short, because a socket's path ends at 107 bytes.
    pub(super) socket_dir: PathBuf,
    /// Who owns the data and runs the postmaster.
    pub(super) user: SystemUser,
    /// Whether programs must be started as `user` rather than as ourselves.
    pub(super) switch: bool,
}

impl Place {
    pub(super) fn of(data_dir: &Path) -> Result<Self, ClusterError> {
        std::fs::create_dir_all(data_dir).map_err(at(data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(at(data_dir))?;
        let me = ourselves()?;
        let switch = me.uid == 0;
        let user = if switch { postgres_user()? } else { me };
        let home = home(&data_dir, switch.then_some(user))?;
        let length = home.as_os_str().len();
        if length > LONGEST_PATH {
            return Err(ClusterError::PathTooLong { length, most: LONGEST_PATH });
        }
        let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
        let name: String = hex::encode(digest).chars().take(16).collect();
        Ok(Self { home, socket_dir: PathBuf::from(format!("/tmp/huimin-{name}")), user, switch })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    pub(super) fn kept(&self) -> PathBuf {
        self.home.join("kept")
    }

    pub(super) fn passwords(&self) -> PathBuf {
        self.home.join("pgpass")
    }

    /// A program of Postgres, run in `home` as the right user, with nothing of our environment (which may hold
    /// secrets) and out of reach of the terminal's Ctrl-C.
    pub(super) fn command(&self, program: &Path) -> Command {
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

    /// Makes an empty folder that belongs to the postmaster's user alone.
    pub(super) fn private_folder(&self, path: &Path) -> Result<(), ClusterError> {
        DirBuilder::new().mode(0o700).create(path).map_err(at(path))?;
        if self.switch { chown(path, Some(self.user.uid), Some(self.user.gid)).map_err(at(path)) } else { Ok(()) }
    }

    /// Makes the socket folder, or makes sure that the one there is ours: anybody may make a folder in /tmp.
    pub(super) fn open_socket_dir(&self) -> Result<(), ClusterError> {
        match self.private_folder(&self.socket_dir) {
            Err(ClusterError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other,
        }
        let seen = self.socket_dir.symlink_metadata().map_err(at(&self.socket_dir))?;
        let private = seen.is_dir() && seen.mode() & 0o077 == 0;
        if private && seen.uid() == self.user.uid {
            Ok(())
        } else if private && self.switch && seen.uid() == 0 {
            // We were cut off between making it and giving it away.
            chown(&self.socket_dir, Some(self.user.uid), Some(self.user.gid)).map_err(at(&self.socket_dir))
        } else {
            Err(ClusterError::SocketFolderTaken(self.socket_dir.clone()))
        }
    }

    /// Whether the user of the postmaster can reach `home`.
    pub(super) fn check_reach(&self) -> Result<(), ClusterError> {
        if self.switch && !reaches(self.user, &self.home) { Err(ClusterError::Unreachable(self.home.clone())) } else { Ok(()) }
    }
}

/// `<data folder>/postgres`; a link from there where the user `postgres` could not reach the folder itself. The link
/// goes with the data folder, so that removing the folder also forgets the database in it.
fn home(data_dir: &Path, other_user: Option<SystemUser>) -> Result<PathBuf, ClusterError> {
    let home = data_dir.join("postgres");
    let length = home.as_os_str().len();
    if length > LONGEST_PATH {
        return Err(ClusterError::PathTooLong { length, most: LONGEST_PATH });
    }
    if !home.exists() {
        let made = match other_user {
            Some(user) if !reaches(user, data_dir) => {
                // A link whose end is gone is in the way of a new one.
                if home.is_symlink() {
                    std::fs::remove_file(&home).map_err(at(&home))?;
                }
                let apart = Path::new(FOR_ROOT).join(uuid::Uuid::now_v7().simple().to_string());
                std::fs::create_dir_all(&apart).map_err(at(&apart))?;
                // The folder between must be open to the user `postgres` whatever our umask is.
                let open = Permissions::from_mode(0o711);
                std::fs::set_permissions(FOR_ROOT, open).map_err(at(Path::new(FOR_ROOT)))?;
                symlink(&apart, &home).inspect_err(|_| {
                    let _ = std::fs::remove_dir(&apart);
                })
            }
            _ => std::fs::create_dir(&home),
        };
        match made {
            // Another process was quicker: what it made is as good.
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            other => other.map_err(at(&home))?,
        }
        // Nobody else may even take a lock in here. The user `postgres` comes in by its group, but changes only its data.
        if let Some(user) = other_user {
            chown(&home, None, Some(user.gid)).map_err(at(&home))?;
        }
        let mode = if other_user.is_some() { 0o710 } else { 0o700 };
        std::fs::set_permissions(&home, Permissions::from_mode(mode)).map_err(at(&home))?;
    }
    home.canonicalize().map_err(at(&home))
}

/// Whether a user may walk into this folder from the root.
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

/// Who we are: a process' entry in /proc belongs to its effective user (proc(5)).
fn ourselves() -> Result<SystemUser, ClusterError> {
    let path = Path::new("/proc/self");
    let seen = path.metadata().map_err(at(path))?;
    Ok(SystemUser { uid: seen.uid(), gid: seen.gid() })
}

/// The system user `postgres`, from wherever this machine keeps its users.
fn postgres_user() -> Result<SystemUser, ClusterError> {
    let ask = |flag: &str| {
        let out = Command::new("id").args([flag, "postgres"]).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    match (ask("-u"), ask("-g")) {
        (Some(uid), Some(gid)) => Ok(SystemUser { uid, gid }),
        _ => Err(ClusterError::NoPostgresUser),
    }
}
