//! Finding the Postgres programs of this machine.

use crate::error::ClusterError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The programs needed to run a cluster; a folder without all of them is ignored.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Where to search for the programs.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// An explicitly configured folder; when given, the only one searched.
    pub named: Option<PathBuf>,
    /// Folders in the format of `PATH`.
    pub path: OsString,
    /// The folder that has one folder per major version, as Debian lays it out.
    pub versions: PathBuf,
}

impl Search {
    /// This machine: `HUIMIN_PG_BIN`, else `PATH`, else `/usr/lib/postgresql/*/bin`.
    pub fn machine() -> Self {
        Self {
            named: std::env::var_os("HUIMIN_PG_BIN").filter(|v| !v.is_empty()).map(PathBuf::from),
            path: std::env::var_os("PATH").unwrap_or_default(),
            versions: PathBuf::from("/usr/lib/postgresql"),
        }
    }

    /// Every folder with a complete Postgres: those of `PATH` first, then by version, newest first.
    fn folders(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = match &self.named {
            Some(folder) => vec![folder.clone()],
            None => {
                let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(&self.versions)
                    .into_iter()
                    .flatten()
                    .flatten()
                    .filter_map(|e| Some((e.file_name().to_str()?.parse().ok()?, e.path().join("bin"))))
                    .collect();
                versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
                std::env::split_paths(&self.path)
                    // A relative entry would depend on the working folder.
                    .filter(|p| p.is_absolute())
                    .chain(versions.into_iter().map(|(_, folder)| folder))
                    .collect()
            }
        };
        found.retain(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()));
        found
    }
}

/// The folder of a complete Postgres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The first Postgres found; for existing data, the first one of the major version that created it.
    pub fn find(search: &Search, data_version: Option<&str>, data: &Path) -> Result<Self, ClusterError> {
        let folders = search.folders();
        let first = folders.first().cloned().ok_or(ClusterError::MissingBinaries)?;
        let folder = match data_version {
            None => first,
            Some(made) => folders
                .into_iter()
                .find(|f| version(f).as_deref() == Some(made))
                .ok_or_else(|| ClusterError::OtherVersion { made: made.to_owned(), found: first, data: data.to_owned() })?,
        };
        Ok(Self { folder })
    }

    /// The path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The major version of the Postgres in a folder, as in `postgres (PostgreSQL) 15.14 (Debian …)`.
fn version(folder: &Path) -> Option<String> {
    let out = std::process::Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let number = text.split_whitespace().find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(number.chars().take_while(char::is_ascii_digit).collect())
}
