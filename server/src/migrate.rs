//! Applies the schema migrations to a database.

use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::{Connection, PgConnection};

/// The advisory lock under which a database is migrated: the bytes of "huimin".
const LOCK: i64 = 0x6875_696d_696e;

/// Why a database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database could not be reached or refused the connection.
    #[error("the database could not be reached as its owner: {0}")]
    Unreachable(#[from] sqlx::Error),
    /// A migration failed; those before it stay applied.
    #[error("a migration failed: {0}")]
    Failed(#[from] DbErr),
    /// The job queue could not be installed.
    #[error("the job queue could not be installed: {0}")]
    Queue(String),
}

/// Applies the pending migrations and those of the job queue, as the owner of the database, and returns their names in
/// order. A second process that does the same waits and then finds nothing to do.
pub async fn migrate(owner_url: &str) -> Result<Vec<String>, MigrateError> {
    // The lock belongs to its connection and is released when that closes, also after an error.
    let mut guard = PgConnection::connect(owner_url).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(LOCK).execute(&mut guard).await?;
    let mut options = ConnectOptions::new(owner_url);
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await?;
    let applied = apply(&database).await;
    // The job queue has tables and migrations of its own.
    let queue = crate::jobs::install(database.get_postgres_connection_pool()).await;
    database.close().await?;
    guard.close().await?;
    let applied = applied?;
    queue.map_err(|e| MigrateError::Queue(e.to_string()))?;
    Ok(applied)
}

async fn apply(database: &DatabaseConnection) -> Result<Vec<String>, MigrateError> {
    let pending: Vec<String> = Migrator::get_pending_migrations(database).await?.iter().map(|m| m.name().to_owned()).collect();
    Migrator::up(database, None).await?;
    for name in &pending {
        tracing::info!(migration = name, "applied");
    }
    Ok(pending)
}
