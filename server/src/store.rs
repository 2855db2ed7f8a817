//! The store: every transaction carries its actor, so that row-level security can decide for it.

mod time;
mod tx;

pub use time::{DbDate, DbInstant, Now, civil, db_now, db_today, moment, stored};
pub use tx::Tx;

use crate::{
    account::{actor::Actor, gate::Gate},
    error::{Error, Result},
    vault::Vault,
};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, FromQueryResult, IsolationLevel, SqlxPostgresConnector,
    Statement, TransactionTrait, Value,
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
    /// Seals and opens.
    pub vault: Vault,
    /// Decides who may.
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

/// A statement with its values by position. New statements use sea-orm's `raw_sql!`, which names them.
pub fn sql(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}

impl Store {
    /// Connects as the serving role.
    ///
    /// # Errors
    /// When Postgres does not answer within 10 s.
    pub async fn connect(options: PgConnectOptions, connections: u32, vault: Vault) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .min_connections(connections.min(2))
            .acquire_timeout(Duration::from_secs(5))
            // Opened once, kept: see `open_all`.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.application_name("huimin").options([("statement_timeout", "15000"), ("lock_timeout", "10000")]))
            .await
            .map_err(|e| Error::Store(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(e.into()))))?;
        Ok(Self::over(pool, vault))
    }

    /// Opens every connection now, before anybody is served. With a password each takes some thousand rounds of hashing
    /// (SCRAM), between which the driver lets everything else go first: on a busy server opening one takes seconds, and
    /// whoever waits for it is turned away. One that cannot be opened is opened when it is needed.
    pub async fn open_all(&self) {
        let most = self.pool.options().get_max_connections();
        let opened = futures::future::join_all((0..most).map(|_| self.pool.acquire())).await;
        let missing = opened.iter().filter(|connection| connection.is_err()).count();
        if missing > 0 {
            tracing::warn!(missing, most, "Postgres does not give all connections of the pool: see --pool and max_connections");
        }
    }

    /// Over a pool that is there.
    #[must_use]
    pub fn over(pool: PgPool, vault: Vault) -> Self {
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

    /// The same store with the city's clock moved by a Postgres interval, e.g. `8 days` or `-20 days`: for tests, and
    /// for the demo city, whose cases began weeks ago. Nothing that serves people moves the clock.
    #[must_use]
    pub fn later(&self, interval: &str) -> Self {
        Self { clock_offset: Arc::from(interval), ..self.clone() }
    }

    /// The same store with a value that its transactions carry, one of each type: what modules above the store register
    /// where the program is composed.
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }

    /// The same store in a city that knows the accounts of the demo, or does not.
    #[must_use]
    pub fn of_demo(self, demo: bool) -> Self {
        Self { demo, ..self }
    }

    /// Whether the accounts of the demo are known here.
    #[must_use]
    pub const fn is_demo(&self) -> bool {
        self.demo
    }

    /// The same store behind another gate.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn behind(&self, gate: Gate) -> Self {
        Self { gate, ..self.clone() }
    }

    /// How many statements were run through transactions of this store: for tests that state how many a page takes.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn statements(&self) -> usize {
        self.statements.load(Ordering::Relaxed)
    }

    /// The pool beneath, for the job queue and the listener.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Reads of what is public: no actor, so no personal rows.
    #[must_use]
    pub fn public(&self) -> &DatabaseConnection {
        &self.db
    }

    /// A transaction that only reads, as `actor`.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(&self, actor: &Actor) -> Result<Tx> {
        self.begin(actor, AccessMode::ReadOnly, None).await
    }

    /// As [`Store::read`], in which every statement sees the same moment.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn snapshot(&self, actor: &Actor) -> Result<Tx> {
        self.begin(actor, AccessMode::ReadOnly, Some(IsolationLevel::RepeatableRead)).await
    }

    /// A transaction that writes, as `actor`. Dropped without [`Tx::commit`], it leaves no trace.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn write(&self, actor: &Actor) -> Result<Tx> {
        self.begin(actor, AccessMode::ReadWrite, None).await
    }

    async fn begin(&self, actor: &Actor, mode: AccessMode, isolation: Option<IsolationLevel>) -> Result<Tx> {
        let inner = self.db.begin_with_config(isolation, Some(mode)).await?;
        let account = actor.account.map(|id| id.to_string()).unwrap_or_default();
        inner
            .execute_raw(sql(
                "SELECT set_config('huimin.actor', $1, true), set_config('huimin.task', $2, true), set_config('huimin.clock_offset', $3, true)",
                [account.into(), actor.task.map_or("", |t| t.code()).into(), self.clock_offset.to_string().into()],
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

/// Refuses to serve with more power than serving needs: a superuser, an owner of tables, or one who bypasses
/// row-level security would make the policies void.
///
/// # Errors
/// Says what is wrong and what to do.
pub async fn refuse_power(store: &Store) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
        too_much: bool,
    }
    let found = Row::find_by_statement(sql(
        "SELECT r.rolname::text AS name, r.rolsuper OR r.rolbypassrls
            OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relname = 'cases') AS too_much
         FROM pg_roles r WHERE r.rolname = current_user",
        [],
    ))
    .one(store.public())
    .await?;
    match found {
        Some(row) if !row.too_much => Ok(()),
        Some(row) => Err(Error::Broken(format!(
            "the database role {} is a superuser, owns the tables or bypasses row-level security; serve as huimin_app",
            row.name
        ))),
        None => Err(Error::Broken("the database does not say who we are".to_owned())),
    }
}
