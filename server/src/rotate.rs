//! Rotating the key of sealed fields while the city runs: `huimin keys rotate` adds a key and seals every stored value
//! anew with it; `huimin keys retire` takes the old keys away once nothing needs them.
//!
//! Both can be stopped and begun again at any time: what is done is seen by the key id in front of each value. A row
//! that changes meanwhile is left as it was changed. What is sealed under a person's own key (answers, events, names
//! of files) stays as it is: only the person's key itself is sealed anew. Sessions are sealed too, but they end by
//! themselves within the day; those left when an old key is retired are ended.

use crate::{
    Vault,
    error::{Error, Result},
    vault::NOTICED_WITHIN,
};
use shared::Problem;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row};
use uuid::Uuid;

/// Values sealed anew in one transaction.
const BATCH: i64 = 200;

/// A sealed column.
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    /// Its table.
    pub table: &'static str,
    /// The primary key.
    key: &'static str,
    kind: Key,
    /// The column.
    pub column: &'static str,
    /// The context it is sealed for.
    pub context: &'static str,
}

/// What the seal is bound to.
#[derive(Clone, Copy, Debug)]
enum Key {
    /// The key itself.
    Uuid,
    /// The first 16 bytes of a blind index.
    Index,
}

impl Key {
    /// The type of the key, and the row it stands for, in SQL.
    fn sql(self, key: &str) -> (&'static str, String) {
        match self {
            Self::Uuid => ("uuid", key.to_owned()),
            Self::Index => ("bytea", format!("encode(substring({key} FROM 1 FOR 16), 'hex')::uuid")),
        }
    }

    /// Before every key.
    fn least(self) -> String {
        match self {
            Self::Uuid => Uuid::nil().to_string(),
            Self::Index => "\\x".to_owned(),
        }
    }
}

const fn sealed(table: &'static str, key: &'static str, kind: Key, column: &'static str, context: &'static str) -> Sealed {
    Sealed { table, key, kind, column, context }
}

/// Every column that is sealed with the keyring, but for sessions.
pub static SEALED: &[Sealed] = &[
    sealed("person", "id", Key::Uuid, "name_sealed", "person.name"),
    sealed("person", "id", Key::Uuid, "resident_id_sealed", "person.resident_id"),
    sealed("person_key", "person_id", Key::Uuid, "key_sealed", "person_key.key"),
    sealed("account", "id", Key::Uuid, "phone_sealed", "account.phone"),
    sealed("account", "id", Key::Uuid, "email_sealed", "account.email"),
    sealed("account", "id", Key::Uuid, "totp_sealed", "account.totp"),
    sealed("invitation", "id", Key::Uuid, "email_sealed", "invitation.email"),
    sealed("register.person", "resident_id_index", Key::Index, "resident_id_sealed", "register.resident_id"),
    sealed("register.person", "resident_id_index", Key::Index, "phone_sealed", "register.phone"),
];

fn store(error: sqlx::Error) -> Error {
    Error::Store(sea_orm::DbErr::Query(sea_orm::RuntimeErr::SqlxError(error.into())))
}

/// Adds a key and seals everything anew with it; says how many values were. `owner` connects as the owner of the
/// tables, who alone reaches the register.
///
/// # Errors
/// When the keyring file or the store cannot be written; begun again, [`reseal`] goes on where it was.
pub async fn rotate(owner: &PgPool, vault: &Vault) -> Result<u64> {
    vault.rotate()?;
    reseal(owner, vault).await
}

/// Seals anew what is still sealed with an older key; says how many values were.
///
/// # Errors
/// What the store says; a value that does not open.
pub async fn reseal(owner: &PgPool, vault: &Vault) -> Result<u64> {
    let mut done = 0;
    for column in SEALED {
        let mut after = column.kind.least();
        loop {
            let mut tx = owner.begin().await.map_err(store)?;
            let Some((last, changed)) = batch(&mut tx, vault, column, &after).await? else { break };
            tx.commit().await.map_err(store)?;
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

/// One batch behind the key `after`: its last key and how many values it changed; none when nothing is left.
async fn batch(tx: &mut PgConnection, vault: &Vault, sealed: &Sealed, after: &str) -> Result<Option<(String, u64)>> {
    let Sealed { table, key, kind, column, context } = sealed;
    let (of, row) = kind.sql(key);
    let find = format!(
        "SELECT {key}::text AS key, {row} AS row, {column} AS sealed FROM {table}
          WHERE {column} IS NOT NULL AND substring({column} FROM 1 FOR 4) <> $1 AND {key} > $2::{of} ORDER BY {key} LIMIT $3"
    );
    // Only what still is as it was read: a change made meanwhile wins.
    let write = format!("UPDATE {table} SET {column} = $3 WHERE {key} = $1::{of} AND {column} = $2");
    let rows =
        sqlx::query(AssertSqlSafe(find)).bind(primary(vault)).bind(after).bind(BATCH).fetch_all(&mut *tx).await.map_err(store)?;
    let mut last = None;
    let mut changed = 0;
    for found in &rows {
        let key: String = found.try_get("key").map_err(store)?;
        let row: Uuid = found.try_get("row").map_err(store)?;
        let old: Vec<u8> = found.try_get("sealed").map_err(store)?;
        let fresh = vault.seal(context, row, &vault.open(context, row, &old)?)?;
        let written = sqlx::query(AssertSqlSafe(write.clone())).bind(&key).bind(&old).bind(&fresh).execute(&mut *tx).await;
        changed += written.map_err(store)?.rows_affected();
        last = Some(key);
    }
    Ok(last.map(|last| (last, changed)))
}

/// How many values are still sealed with an older key.
///
/// # Errors
/// What the store says.
pub async fn left(owner: &PgPool, vault: &Vault) -> Result<i64> {
    let mut sum = 0;
    for Sealed { table, column, .. } in SEALED {
        let text = format!("SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND substring({column} FROM 1 FOR 4) <> $1");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(text)).bind(primary(vault)).fetch_one(owner).await.map_err(store)?;
        sum += count;
    }
    Ok(sum)
}

/// Takes the old keys out of the keyring and ends the sessions sealed with them; says how many keys. A process that
/// has not yet noticed the new key may still seal with the old one: [`NOTICED_WITHIN`] after rotating, none does.
///
/// # Errors
/// [`Problem::Unavailable`] while something is still sealed with an old key or may be: seal it anew first.
pub async fn retire(owner: &PgPool, vault: &Vault) -> Result<usize> {
    if !vault.all_noticed()? || left(owner, vault).await? > 0 {
        return Err(Problem::Unavailable { retry_after: u32::try_from(NOTICED_WITHIN.as_secs()).unwrap_or(60) }.into());
    }
    let old = sqlx::query("DELETE FROM session WHERE substring(data FROM 1 FOR 4) <> $1").bind(primary(vault));
    old.execute(owner).await.map_err(store)?;
    Ok(vault.retire()?)
}
