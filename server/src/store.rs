//! The store: every transaction knows who acts, so that row-level security can answer for it.

use crate::{
    account::{actor::Actor, gate::Gate},
    error::{Error, Result},
    vault::{PersonKey, Vault, VaultError},
};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, FromQueryResult, IsolationLevel,
    SqlxPostgresConnector, Statement, TransactionTrait, Value,
};
use shared::ids::PersonId;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
#[cfg(any(test, feature = "testing"))]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{ops::Deref, sync::Arc, time::Duration};
use time::OffsetDateTime;
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
    #[cfg(any(test, feature = "testing"))]
    statements: Arc<AtomicUsize>,
}

/// A transaction in which the actor is known to the store.
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    /// Seals and opens.
    pub vault: Vault,
    /// Decides who may.
    pub gate: Gate,
    #[cfg(any(test, feature = "testing"))]
    statements: Arc<AtomicUsize>,
}

/// The city's clock in a transaction.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Now {
    /// The moment, by the database's clock.
    pub at: OffsetDateTime,
    today: time::Date,
}

impl Now {
    /// Today in China Standard Time.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        civil(self.today)
    }
}

/// A stored date as the calendar's.
#[must_use]
pub fn civil(date: time::Date) -> jiff::civil::Date {
    let year = i16::try_from(date.year()).unwrap_or(i16::MAX);
    let month = i8::try_from(u8::from(date.month())).unwrap_or(1);
    jiff::civil::Date::new(year, month, i8::try_from(date.day()).unwrap_or(1)).unwrap_or(jiff::civil::Date::MAX)
}

/// The calendar's date as stored.
#[must_use]
pub fn stored(date: jiff::civil::Date) -> time::Date {
    let month = u8::try_from(date.month()).ok().and_then(|m| time::Month::try_from(m).ok()).unwrap_or(time::Month::January);
    time::Date::from_calendar_date(i32::from(date.year()), month, u8::try_from(date.day()).unwrap_or(1))
        .unwrap_or(time::Date::MAX)
}

/// A stored moment as shared types carry it.
#[must_use]
pub fn moment(at: OffsetDateTime) -> jiff::Timestamp {
    jiff::Timestamp::from_nanosecond(at.unix_timestamp_nanos()).unwrap_or_default()
}

/// A new id of a row (UUID version 7: ids sort by creation time).
#[must_use]
pub fn new_id<Id: From<Uuid>>() -> Id {
    Uuid::now_v7().into()
}

/// A statement with its values.
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

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl Tx {
    /// One more statement; nothing outside tests.
    fn tally(&self) {
        #[cfg(any(test, feature = "testing"))]
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// When the store does not confirm; then nothing may be assumed.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    /// Runs a statement and says how many rows it touched.
    ///
    /// # Errors
    /// What the store says.
    pub async fn run(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        self.tally();
        Ok(self.inner.execute_raw(sql(text, values)).await?.rows_affected())
    }

    /// The first row, if any.
    ///
    /// # Errors
    /// What the store says.
    pub async fn one<T: FromQueryResult>(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<T>> {
        self.tally();
        Ok(T::find_by_statement(sql(text, values)).one(&self.inner).await?)
    }

    /// Every row.
    ///
    /// # Errors
    /// What the store says.
    pub async fn all<T: FromQueryResult>(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<T>> {
        self.tally();
        Ok(T::find_by_statement(sql(text, values)).all(&self.inner).await?)
    }

    /// The city's clock.
    ///
    /// # Errors
    /// What the store says.
    pub async fn now(&self) -> Result<Now> {
        self.one("SELECT huimin_now() AS at, huimin_today() AS today", []).await?.ok_or_else(|| Error::Broken("no clock".into()))
    }

    /// The key of a person; made at the first use.
    ///
    /// # Errors
    /// [`VaultError::Erased`] after erasure; what the store says.
    pub async fn person_key(&self, person: PersonId) -> Result<PersonKey> {
        #[derive(FromQueryResult)]
        struct Row {
            key_sealed: Option<Vec<u8>>,
        }
        const FIND: &str = "SELECT key_sealed FROM person_key WHERE person_id = $1";
        let row: Option<Row> = self.one(FIND, [person.into()]).await?;
        let row = if let Some(row) = row {
            row
        } else {
            let fresh = self.vault.new_person_key(person)?;
            self.run(
                "INSERT INTO person_key (person_id, key_sealed) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [person.into(), fresh.into()],
            )
            .await?;
            self.one(FIND, [person.into()]).await?.ok_or_else(|| Error::Broken("no key for this person".into()))?
        };
        let sealed = row.key_sealed.ok_or(VaultError::Erased)?;
        Ok(self.vault.person_key(person, &sealed)?)
    }
}
