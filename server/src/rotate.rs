//! Rotates the key of sealed fields while the server runs: `huimin keys rotate` adds a key and reseals every stored value with
//! it; `huimin keys retire` removes the old keys once no value needs them.
//!
//! Both can be interrupted and repeated at any time: the key id in front of each value shows what is done. A row that
//! changes meanwhile keeps its change. Values sealed with the key of a person (answers, events, names of files) stay as they
//! are: only that key itself is resealed. Sessions are sealed too, but they expire within a day; those left when an old key
//! is retired are ended.

use crate::{
    Vault,
    error::{Error, Result},
    vault::RELOAD_WITHIN,
};
use shared::Problem;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use uuid::Uuid;

/// Values resealed in one transaction.
const BATCH_SIZE: i64 = 200;

/// A sealed column.
#[derive(Clone, Copy, Debug)]
pub struct SealedColumn {
    /// Its table.
    pub table: &'static str,
    /// The primary key.
    key: &'static str,
    kind: KeyKind,
    /// The column.
    pub column: &'static str,
    /// The context it is sealed for.
    pub context: &'static str,
}

/// The kind of primary key, to which the seal is bound.
#[derive(Clone, Copy, Debug)]
enum KeyKind {
    /// A UUID; the seal is bound to it.
    Uuid,
    /// A blind index; the seal is bound to its first 16 bytes.
    Index,
}

impl KeyKind {
    /// The type of the key in SQL, and the expression of the id to which the seal is bound.
    fn sql(self, key: &str) -> (&'static str, String) {
        match self {
            Self::Uuid => ("uuid", key.to_owned()),
            Self::Index => ("bytea", format!("encode(substring({key} FROM 1 FOR 16), 'hex')::uuid")),
        }
    }

    /// A value before every key.
    fn min(self) -> String {
        match self {
            Self::Uuid => Uuid::nil().to_string(),
            Self::Index => "\\x".to_owned(),
        }
    }
}

const fn sealed(
    table: &'static str,
    key: &'static str,
    kind: KeyKind,
    column: &'static str,
    context: &'static str,
) -> SealedColumn {
    SealedColumn { table, key, kind, column, context }
}

/// Every column sealed with the keyring, except sessions.
pub static SEALED_COLUMNS: &[SealedColumn] = &[
    sealed("person", "id", KeyKind::Uuid, "name_sealed", "person.name"),
    sealed("person", "id", KeyKind::Uuid, "resident_id_sealed", "person.resident_id"),
    sealed("person_key", "person_id", KeyKind::Uuid, "key_sealed", "person_key.key"),
    sealed("account", "id", KeyKind::Uuid, "phone_sealed", "account.phone"),
    sealed("account", "id", KeyKind::Uuid, "email_sealed", "account.email"),
    sealed("account", "id", KeyKind::Uuid, "totp_sealed", "account.totp"),
    sealed("invitation", "id", KeyKind::Uuid, "email_sealed", "invitation.email"),
    sealed("register.person", "resident_id_index", KeyKind::Index, "resident_id_sealed", "register.resident_id"),
    sealed("register.person", "resident_id_index", KeyKind::Index, "phone_sealed", "register.phone"),
];

fn store_error(error: sqlx::Error) -> Error {
    Error::Store(sea_orm::DbErr::Query(sea_orm::RuntimeErr::SqlxError(error.into())))
}

/// Adds a key, reseals every value with it and returns the number of values. `owner` connects as the owner of the tables,
/// the only role with access to the register.
///
/// # Errors
/// If the keyring file or the database cannot be written; [`reseal`] then continues where it stopped.
pub async fn rotate(owner: &PgPool, vault: &Vault) -> Result<u64> {
    vault.rotate()?;
    reseal(owner, vault).await
}

/// Reseals the values that are sealed with an older key and returns their number.
///
/// # Errors
/// If the database fails or a value cannot be opened.
pub async fn reseal(owner: &PgPool, vault: &Vault) -> Result<u64> {
    let mut done = 0;
    for column in SEALED_COLUMNS {
        let mut after = column.kind.min();
        loop {
            let mut tx = owner.begin().await.map_err(store_error)?;
            let Some((last, changed)) = reseal_batch(&mut tx, vault, column, &after).await? else { break };
            tx.commit().await.map_err(store_error)?;
            after = last;
            done += changed;
        }
        tracing::info!(table = column.table, column = column.column, "sealed with the new key");
    }
    Ok(done)
}

fn primary(vault: &Vault) -> Vec<u8> {
    vault.primary().to_be_bytes().to_vec()
}

/// Reseals one batch after the key `after` and returns its last key and the number of changed values; none at the end.
async fn reseal_batch(tx: &mut PgConnection, vault: &Vault, sealed: &SealedColumn, after: &str) -> Result<Option<(String, u64)>> {
    let SealedColumn { table, key, kind, column, context } = sealed;
    let (of, row) = kind.sql(key);
    let find = format!(
        "SELECT {key}::text AS key, {row} AS row, {column} AS sealed FROM {table}
          WHERE {column} IS NOT NULL AND substring({column} FROM 1 FOR 4) <> $1 AND {key} > $2::{of} ORDER BY {key} LIMIT $3"
    );
    // Only if the value is unchanged: a concurrent change has precedence.
    let write = format!("UPDATE {table} SET {column} = $3 WHERE {key} = $1::{of} AND {column} = $2");
    let rows = sqlx::query(AssertSqlSafe(find))
        .bind(primary(vault))
        .bind(after)
        .bind(BATCH_SIZE)
        .fetch_all(&mut *tx)
        .await
        .map_err(store_error)?;
    let mut last = None;
    let mut changed = 0;
    for found in &rows {
        let key: String = found.try_get("key").map_err(store_error)?;
        let row: Uuid = found.try_get("row").map_err(store_error)?;
        let old: Vec<u8> = found.try_get("sealed").map_err(store_error)?;
        let fresh = vault.seal(context, row, &vault.open(context, row, &old)?)?;
        let written = sqlx::query(AssertSqlSafe(write.clone())).bind(&key).bind(&old).bind(&fresh).execute(&mut *tx).await;
        changed += written.map_err(store_error)?.rows_affected();
        last = Some(key);
    }
    Ok(last.map(|last| (last, changed)))
}

/// The number of values sealed with an older key.
///
/// # Errors
/// If the database fails.
pub async fn count_stale(owner: &PgPool, vault: &Vault) -> Result<i64> {
    let mut sum = 0;
    for SealedColumn { table, column, .. } in SEALED_COLUMNS {
        let text = format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND substring({column} FROM 1 FOR 4) <> $1");
        let count: i64 =
            sqlx::query_scalar(AssertSqlSafe(text)).bind(primary(vault)).fetch_one(owner).await.map_err(store_error)?;
        sum += count;
    }
    Ok(sum)
}

/// Removes the old keys from the keyring, ends the sessions sealed with them and returns the number of keys. A process that
/// has not loaded the new key yet may still seal with an old one, until [`RELOAD_WITHIN`] after the rotation.
///
/// # Errors
/// [`Problem::Unavailable`] while values are or may still be sealed with an old key.
pub async fn retire(owner: &PgPool, vault: &Vault) -> Result<usize> {
    if !vault.is_loaded_everywhere()? || count_stale(owner, vault).await? > 0 {
        return Err(Problem::Unavailable { retry_after: u32::try_from(RELOAD_WITHIN.as_secs()).unwrap_or(60) }.into());
    }
    let old = sqlx::query("DELETE FROM session WHERE substring(data FROM 1 FOR 4) <> $1").bind(primary(vault));
    old.execute(owner).await.map_err(store_error)?;
    Ok(vault.retire()?)
}
