//! Sessions in Postgres for tower-sessions. The table keeps a hash of the ID and sealed data.

use crate::{Store, store::sql, vault::sha256};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::HashMap;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;

/// The key in a session's data under which [`crate::account::session::SignedIn`] stands.
pub const SIGNED_IN: &str = "signed_in";

/// The name of the session's cookie: `__Host-` over https, where it is `Secure`.
#[must_use]
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-huimin" } else { "huimin" }
}

/// Keeps sessions in the table `session`.
#[derive(Clone, Debug)]
pub struct PostgresSessions {
    store: Store,
}

#[derive(FromQueryResult)]
struct Row {
    data: Vec<u8>,
    expires_at: OffsetDateTime,
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

/// The hash under which a session ID is stored: a copy of the table opens no session.
#[must_use]
pub fn id_hash(id: &Id) -> Vec<u8> {
    sha256(&[b"huimin.session", &id.0.to_be_bytes()])
}

impl PostgresSessions {
    /// Over this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    fn seal(&self, record: &Record) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        self.store.vault.seal("session.data", Uuid::from_bytes(record.id.0.to_be_bytes()), &plain).map_err(backend)
    }

    fn open(&self, id: &Id, sealed: &[u8]) -> Result<HashMap<String, serde_json::Value>> {
        let plain = self.store.vault.open("session.data", Uuid::from_bytes(id.0.to_be_bytes()), sealed).map_err(backend)?;
        serde_json::from_slice(&plain).map_err(|e| Error::Decode(e.to_string()))
    }

    /// The values of a row, in the order of the statements below.
    fn values(&self, record: &Record) -> Result<[sea_orm::Value; 5]> {
        let account = record
            .data
            .get(SIGNED_IN)
            .and_then(|s| s.get("account"))
            .and_then(serde_json::Value::as_str)
            .and_then(|t| Uuid::parse_str(t).ok());
        let agent = record.data.get("agent").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Ok([id_hash(&record.id).into(), account.into(), self.seal(record)?.into(), agent.into(), record.expiry_date.into()])
    }

    async fn write(&self, text: &str, record: &Record) -> Result<u64> {
        let statement = sql(text, self.values(record)?);
        Ok(self.store.public().execute_raw(statement).await.map_err(backend)?.rows_affected())
    }
}

#[async_trait::async_trait]
impl SessionStore for PostgresSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // An ID that is taken is never shared: try another.
        let text = "INSERT INTO session (id_hash, account_id, data, user_agent, expires_at) VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT DO NOTHING";
        while self.write(text, record).await? == 0 {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        // Never inserted here: a session that was ended while a request of it was under way stays ended.
        let text =
            "UPDATE session SET account_id = $2, data = $3, user_agent = $4, expires_at = $5, seen_at = now() WHERE id_hash = $1";
        self.write(text, record).await.map(drop)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = Row::find_by_statement(sql(
            "SELECT data, expires_at FROM session WHERE id_hash = $1 AND expires_at > now()",
            [id_hash(id).into()],
        ))
        .one(self.store.public())
        .await
        .map_err(backend)?;
        found.map(|row| Ok(Record { id: *id, data: self.open(id, &row.data)?, expiry_date: row.expires_at })).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let gone = sql("DELETE FROM session WHERE id_hash = $1", [id_hash(id).into()]);
        self.store.public().execute_raw(gone).await.map(drop).map_err(backend)
    }
}
