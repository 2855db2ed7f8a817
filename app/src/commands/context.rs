//! The context of a subcommand: data folder, keys, and a private or given Postgres.

use super::{DataLocation, Outcome};
use cluster::{Cluster, Lease, Role};
use server::Vault;
use sqlx::postgres::PgConnectOptions;
use std::{path::PathBuf, str::FromStr};

/// The opened data folder with its database.
pub(super) struct CommandContext {
    /// The data folder, absolute.
    pub(super) data_dir: PathBuf,
    /// The lease on the private Postgres; none with `DATABASE_URL`.
    pub(super) lease: Option<Lease>,
    app: PgConnectOptions,
    owner: Option<String>,
    keys: PathBuf,
}

fn sentence(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl CommandContext {
    /// Starts or adopts the private Postgres, or takes the one that `DATABASE_URL` names.
    pub(super) async fn open(location: &DataLocation) -> Result<Self, String> {
        std::fs::create_dir_all(&location.data_dir).map_err(|e| {
            format!("the data folder {} cannot be made ({e}); choose another with --data-dir", location.data_dir.display())
        })?;
        let data_dir = location.data_dir.canonicalize().map_err(sentence)?;
        let keys = location.keys.clone().unwrap_or_else(|| data_dir.join("keys.json"));
        if let Some(url) = &location.database_url {
            let app = PgConnectOptions::from_str(url).map_err(|e| format!("DATABASE_URL is not a Postgres address: {e}"))?;
            return Ok(Self { data_dir, lease: None, app, owner: location.database_owner_url.clone(), keys });
        }
        let cluster = Cluster::at(&data_dir).map_err(sentence)?;
        let lease = cluster.start().await.map_err(sentence)?;
        let app = cluster.options(Role::App, cluster::DATABASE);
        Ok(Self { data_dir, app, owner: Some(cluster.owner_url()), lease: Some(lease), keys })
    }

    /// The address of the owning role.
    pub(super) fn owner_url(&self) -> Result<&str, String> {
        self.owner.as_deref().ok_or_else(|| "this needs the owning role too: set DATABASE_OWNER_URL".to_owned())
    }

    /// How the serving role connects.
    pub(super) fn app_options(&self) -> PgConnectOptions {
        self.app.clone()
    }

    /// Creates missing keys. Only the demo and `huimin keys init` do, so that a start never seals with keys without a backup.
    pub(super) fn init_keys(&self) -> Outcome {
        Vault::init(&self.keys).map_err(sentence)
    }

    /// Opens the keys.
    pub(super) fn vault(&self) -> Result<Vault, String> {
        Vault::open_keyring(&self.keys).map_err(sentence)
    }

    /// Releases the private Postgres; the last process stops it.
    pub(super) async fn close(self) -> Outcome {
        match self.lease {
            Some(lease) => lease.release().await.map(drop).map_err(sentence),
            None => Ok(()),
        }
    }
}
