//! A transaction of the store, as a sea-orm connection.

use super::{person_key, time::Now};
use crate::{
    access::gate::Gate,
    error::{Error, Result},
    vault::{PersonKey, Vault, VaultError},
};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, ExecResult, FromQueryResult,
    QueryResult, Statement, TryGetableMany, Value, raw_sql, sea_query::OnConflict,
};
use shared::ids::PersonId;
#[cfg(any(test, feature = "testing"))]
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A statement with its values by position. New statements use sea-orm's `raw_sql!`, which names them.
pub fn sql(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}

/// A transaction as an actor. Entities and raw statements both run on `&Tx`.
#[derive(Debug)]
pub struct Tx {
    pub(super) inner: DatabaseTransaction,
    /// Encrypts and decrypts sealed values.
    pub vault: Vault,
    /// Checks permissions.
    pub gate: Gate,
    pub(super) extensions: http::Extensions,
    #[cfg(any(test, feature = "testing"))]
    pub(super) statements: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.tally();
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.tally();
        self.inner.execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.tally();
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.tally();
        self.inner.query_all_raw(statement).await
    }
}

impl Tx {
    /// Counts a statement for tests of the statements that a page needs.
    fn tally(&self) {
        #[cfg(any(test, feature = "testing"))]
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// An extension registered with [`super::Store::with`].
    #[must_use]
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.extensions.get::<T>().cloned()
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// If the database does not confirm; the outcome is then unknown.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    /// Runs a statement (`raw_sql!`) and returns the number of affected rows.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn execute_sql(&self, statement: Statement) -> Result<u64> {
        Ok(self.execute_raw(statement).await?.rows_affected())
    }

    /// The first row of a statement (`raw_sql!`) as a struct, if any.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn fetch_one<T: FromQueryResult>(&self, statement: Statement) -> Result<Option<T>> {
        Ok(T::find_by_statement(statement).one(self).await?)
    }

    /// Every row of a statement (`raw_sql!`) as a struct.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn fetch_all<T: FromQueryResult>(&self, statement: Statement) -> Result<Vec<T>> {
        Ok(T::find_by_statement(statement).all(self).await?)
    }

    /// The first row of a statement (`raw_sql!`) as a value or a tuple of values, by position.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn fetch_value<T: TryGetableMany>(&self, statement: Statement) -> Result<Option<T>> {
        let row = self.query_one_raw(statement).await?;
        Ok(row.map(|row| T::try_get_many_by_index(&row).map_err(DbErr::from)).transpose()?)
    }

    /// Every row of a statement (`raw_sql!`) as a value or a tuple of values, by position.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn fetch_values<T: TryGetableMany>(&self, statement: Statement) -> Result<Vec<T>> {
        let rows = self.query_all_raw(statement).await?;
        let values: Result<Vec<T>, DbErr> = rows.iter().map(|row| T::try_get_many_by_index(row).map_err(DbErr::from)).collect();
        Ok(values?)
    }

    /// Runs a statement with values by position and returns the number of affected rows.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn run(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        self.execute_sql(sql(text, values)).await
    }

    /// The first row of a statement with values by position, if any.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn one<T: FromQueryResult>(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<T>> {
        self.fetch_one(sql(text, values)).await
    }

    /// Every row of a statement with values by position.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn all<T: FromQueryResult>(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<T>> {
        self.fetch_all(sql(text, values)).await
    }

    /// The current time of the city's clock.
    ///
    /// # Errors
    /// If the database refuses the statement.
    pub async fn now(&self) -> Result<Now> {
        let now = self.fetch_one(raw_sql!(Postgres, "SELECT huimin_now() AS at, huimin_today() AS today")).await?;
        now.ok_or_else(|| Error::Broken("no clock".into()))
    }

    /// The key of a person; generated at the first use.
    ///
    /// # Errors
    /// [`VaultError::Erased`] after the erasure of the person.
    pub async fn person_key(&self, person: PersonId) -> Result<PersonKey> {
        let stored = if let Some(stored) = self.find_person_key(person).await? {
            stored
        } else {
            let key = self.vault.new_person_key(person)?;
            let row = person_key::ActiveModel { person_id: Set(person), key_sealed: Set(Some(key)), ..Default::default() };
            // Another transaction may insert a key at the same time: the stored one counts.
            let unless_exists = OnConflict::new().do_nothing().to_owned();
            person_key::Entity::insert(row).on_conflict(unless_exists).exec_without_returning(self).await?;
            self.find_person_key(person).await?.ok_or_else(|| Error::Broken("no key for this person".into()))?
        };
        Ok(self.vault.person_key(person, &stored.ok_or(VaultError::Erased)?)?)
    }

    /// The stored key of a person: no row before the first use, no key after the erasure.
    async fn find_person_key(&self, person: PersonId) -> Result<Option<Option<Vec<u8>>>> {
        let row = person_key::Entity::find_by_id(person).one(self).await?;
        Ok(row.map(|row| row.key_sealed))
    }

    /// The key of a person, or none if the person was erased.
    ///
    /// # Errors
    /// Errors of the database or the vault.
    pub async fn living_key(&self, person: PersonId) -> Result<Option<PersonKey>> {
        match self.person_key(person).await {
            Ok(key) => Ok(Some(key)),
            Err(Error::Vault(VaultError::Erased)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}
