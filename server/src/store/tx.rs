//! A transaction of the store, as a sea-orm connection.

use super::{Now, sql};
use crate::{
    account::gate::Gate,
    error::{Error, Result},
    vault::{PersonKey, Vault, VaultError},
};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, FromQueryResult, QueryResult, Statement, TryGetableMany,
    Value,
};
use shared::ids::PersonId;
#[cfg(any(test, feature = "testing"))]
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A transaction whose actor is known to the database. Entities and raw statements both run on `&Tx`.
#[derive(Debug)]
pub struct Tx {
    pub(super) inner: DatabaseTransaction,
    /// Seals and opens.
    pub vault: Vault,
    /// Decides who may.
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
    /// Counts a statement for tests that state how many a page takes.
    fn tally(&self) {
        #[cfg(any(test, feature = "testing"))]
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// A value of [`super::Store::with`].
    #[must_use]
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.extensions.get::<T>().cloned()
    }

    /// Makes the changes durable.
    ///
    /// # Errors
    /// When the database does not confirm; then nothing may be assumed.
    pub async fn commit(self) -> Result<()> {
        Ok(self.inner.commit().await?)
    }

    /// Runs a statement (`raw_sql!`) and answers how many rows it touched.
    ///
    /// # Errors
    /// What the database says.
    pub async fn execute_sql(&self, statement: Statement) -> Result<u64> {
        Ok(self.execute_raw(statement).await?.rows_affected())
    }

    /// The first row of a statement (`raw_sql!`) as a struct, if any.
    ///
    /// # Errors
    /// What the database says.
    pub async fn fetch_one<T: FromQueryResult>(&self, statement: Statement) -> Result<Option<T>> {
        Ok(T::find_by_statement(statement).one(self).await?)
    }

    /// Every row of a statement (`raw_sql!`) as a struct.
    ///
    /// # Errors
    /// What the database says.
    pub async fn fetch_all<T: FromQueryResult>(&self, statement: Statement) -> Result<Vec<T>> {
        Ok(T::find_by_statement(statement).all(self).await?)
    }

    /// The first row of a statement (`raw_sql!`) as a value or a tuple of values, by position.
    ///
    /// # Errors
    /// What the database says.
    pub async fn fetch_value<T: TryGetableMany>(&self, statement: Statement) -> Result<Option<T>> {
        let row = self.query_one_raw(statement).await?;
        Ok(row.map(|row| T::try_get_many_by_index(&row).map_err(DbErr::from)).transpose()?)
    }

    /// Every row of a statement (`raw_sql!`) as a value or a tuple of values, by position.
    ///
    /// # Errors
    /// What the database says.
    pub async fn fetch_values<T: TryGetableMany>(&self, statement: Statement) -> Result<Vec<T>> {
        let rows = self.query_all_raw(statement).await?;
        let values: Result<Vec<T>, DbErr> = rows.iter().map(|row| T::try_get_many_by_index(row).map_err(DbErr::from)).collect();
        Ok(values?)
    }

    /// Runs a statement with values by position and answers how many rows it touched.
    ///
    /// # Errors
    /// What the database says.
    pub async fn run(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<u64> {
        self.execute_sql(sql(text, values)).await
    }

    /// The first row of a statement with values by position, if any.
    ///
    /// # Errors
    /// What the database says.
    pub async fn one<T: FromQueryResult>(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<Option<T>> {
        self.fetch_one(sql(text, values)).await
    }

    /// Every row of a statement with values by position.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all<T: FromQueryResult>(&self, text: &str, values: impl IntoIterator<Item = Value>) -> Result<Vec<T>> {
        self.fetch_all(sql(text, values)).await
    }

    /// The city's clock.
    ///
    /// # Errors
    /// What the database says.
    pub async fn now(&self) -> Result<Now> {
        self.one("SELECT huimin_now() AS at, huimin_today() AS today", []).await?.ok_or_else(|| Error::Broken("no clock".into()))
    }

    /// The key of a person; made at the first use.
    ///
    /// # Errors
    /// [`VaultError::Erased`] after erasure; what the database says.
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
