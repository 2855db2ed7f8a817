//! The store: transactions over Postgres. Each one names its actor to the database, where row-level security applies.

pub mod person_key;
mod time;
mod tx;

pub use time::{DbDate, DbInstant, Now, db_now, db_today, to_civil_date, to_db_date, to_timestamp};
pub use tx::{Tx, sql};

use crate::{
    access::{
        actor::{Actor, Task},
        gate::Gate,
    },
    error::{Error, Result},
    vault::Vault,
};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, FromQueryResult, IsolationLevel,
    SqlxPostgresConnector, TransactionTrait, raw_sql,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
#[cfg(any(test, feature = "testing"))]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// The pool, the vault and the gate; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: DatabaseConnection,
    pool: PgPool,
    /// Encrypts and decrypts sealed values.
    pub vault: Vault,
    /// Checks permissions.
    pub gate: Gate,
    clock_offset: Arc<str>,
    demo: bool,
    extensions: http::Extensions,
    #[cfg(any(test, feature = "testing"))]
    statements: Arc<AtomicUsize>,
}

/// A new id of a row (UUID version 7: ids sort by creation time).
#[must_use]
pub fn new_id<Id: From<Uuid>>() -> Id {
    Uuid::now_v7().into()
}

impl Store {
    /// Connects as the serving role.
    ///
    /// # Errors
    /// If Postgres does not answer within 10 s.
    pub async fn connect(options: PgConnectOptions, connections: u32, vault: Vault) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .min_connections(connections.min(2))
            .acquire_timeout(Duration::from_secs(5))
            // Opened once and kept: see `warm_up`.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.application_name("huimin").options([("statement_timeout", "15000"), ("lock_timeout", "10000")]))
            .await
            .map_err(|e| Error::Store(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(e.into()))))?;
        Ok(Self::from_pool(pool, vault))
    }

    /// Opens every connection of the pool before the server accepts requests. Password authentication (SCRAM) takes
    /// thousands of hashing rounds, between which the driver yields: on a busy server opening a connection takes seconds
    /// and requests that wait for it time out. A connection that cannot be opened now is opened on demand.
    pub async fn warm_up(&self) {
        let most = self.pool.options().get_max_connections();
        let opened = futures::future::join_all((0..most).map(|_| self.pool.acquire())).await;
        let missing = opened.iter().filter(|connection| connection.is_err()).count();
        if missing > 0 {
            tracing::warn!(missing, most, "Postgres does not give all connections of the pool: see --pool and max_connections");
        }
    }

    /// A store over an open pool.
    #[must_use]
    pub fn from_pool(pool: PgPool, vault: Vault) -> Self {
        Self {
            db: SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone()),
            pool,
            vault,
            gate: Gate::default(),
            clock_offset: Arc::from(""),
            demo: false,
            extensions: http::Extensions::new(),
            #[cfg(any(test, feature = "testing"))]
            statements: Arc::default(),
        }
    }

    /// The same store with the city's clock offset by a Postgres interval, e.g. `8 days` or `-20 days`: for tests and for
    /// seeding the demo city, whose cases began weeks ago. Never used while serving requests.
    #[must_use]
    pub fn with_clock_offset(&self, interval: &str) -> Self {
        Self { clock_offset: Arc::from(interval), ..self.clone() }
    }

    /// The same store with an extension that its transactions carry, one of each type. Modules above the store register
    /// their values with it where the program is composed.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// The same store with the demo accounts enabled or disabled.
    #[must_use]
    pub fn with_demo(self, demo: bool) -> Self {
        Self { demo, ..self }
    }

    /// Whether the demo accounts are enabled.
    #[must_use]
    pub const fn is_demo(&self) -> bool {
        self.demo
    }

    /// The same store with another gate.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn with_gate(&self, gate: Gate) -> Self {
        Self { gate, ..self.clone() }
    }

    /// The number of statements run in transactions of this store, for tests of the statements that a page needs.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn statements(&self) -> usize {
        self.statements.load(Ordering::Relaxed)
    }

    /// The connection pool, for the job queue and the listener.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A connection without an actor, which row-level security shows no personal rows.
    #[must_use]
    pub fn public(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Begins a read-only transaction as `actor`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn read(&self, actor: &Actor) -> Result<Tx> {
        self.begin(actor, AccessMode::ReadOnly, None).await
    }

    /// As [`Store::read`], with one snapshot for all statements (repeatable read).
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn snapshot(&self, actor: &Actor) -> Result<Tx> {
        self.begin(actor, AccessMode::ReadOnly, Some(IsolationLevel::RepeatableRead)).await
    }

    /// Begins a read-write transaction as `actor`. It is rolled back if it is dropped without [`Tx::commit`].
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn write(&self, actor: &Actor) -> Result<Tx> {
        self.begin(actor, AccessMode::ReadWrite, None).await
    }

    async fn begin(&self, actor: &Actor, mode: AccessMode, isolation: Option<IsolationLevel>) -> Result<Tx> {
        let inner = begin(&self.db, isolation, Some(mode)).await?;
        let account = actor.account.map(|id| id.to_string()).unwrap_or_default();
        let task = actor.task.map_or("", Task::code);
        let clock_offset: &str = &self.clock_offset;
        inner
            .execute_raw(raw_sql!(
                Postgres,
                "SELECT set_config('huimin.actor', {account}, true), set_config('huimin.task', {task}, true),
                        set_config('huimin.clock_offset', {clock_offset}, true)"
            ))
            .await?;
        Ok(Tx {
            inner,
            vault: self.vault.clone(),
            gate: self.gate.clone(),
            extensions: self.extensions.clone(),
            #[cfg(any(test, feature = "testing"))]
            statements: Arc::clone(&self.statements),
        })
    }
}

/// Begins a transaction in a task of its own. The driver knows of a transaction only when the answer to BEGIN has arrived: a
/// request that is dropped before that would give its connection back to the pool inside an open transaction, where the next
/// plain statement would never be committed.
///
/// # Errors
/// If the database does not answer.
pub(crate) async fn begin(
    db: &DatabaseConnection,
    isolation: Option<IsolationLevel>,
    mode: Option<AccessMode>,
) -> Result<DatabaseTransaction, DbErr> {
    let db = db.clone();
    let begun = tokio::spawn(async move { db.begin_with_config(isolation, mode).await });
    begun.await.map_err(|error| DbErr::Custom(format!("a transaction did not begin: {error}")))?
}

/// Refuses to serve as a privileged database role: for a superuser, the owner of the tables or a role that bypasses
/// row-level security the policies have no effect.
///
/// # Errors
/// Names the role and what to do.
pub async fn refuse_privileged_role(store: &Store) -> Result<()> {
    #[derive(FromQueryResult)]
    struct DatabaseRole {
        name: String,
        privileged: bool,
    }
    let found = DatabaseRole::find_by_statement(raw_sql!(
        Postgres,
        "SELECT r.rolname::text AS name, r.rolsuper OR r.rolbypassrls
            OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relname = 'cases') AS privileged
         FROM pg_roles r WHERE r.rolname = current_user"
    ))
    .one(store.public())
    .await?;
    match found {
        Some(role) if !role.privileged => Ok(()),
        Some(role) => Err(Error::Broken(format!(
            "the database role {} is a superuser, owns the tables or bypasses row-level security; serve as huimin_app",
            role.name
        ))),
        None => Err(Error::Broken("the database does not name the current role".to_owned())),
    }
}
