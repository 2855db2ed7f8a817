//! Sessions in Postgres for tower-sessions. The table keeps a hash of the ID and sealed data.
//!
//! Requests of one session overlap: two tabs, a page that renews itself while a form is sent. Each writes only the keys
//! that it changed over what is there by then, so that none undoes what another did.

use crate::{Store, store::sql, vault::sha256};
use sea_orm::{ConnectionTrait, FromQueryResult, TransactionTrait};
use shared::ids::AccountId;
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

/// The key under which stands when the session was used last, in seconds since 1970. Apart from the rest: prolonging a
/// session must change nothing else of it.
pub const SEEN: &str = "seen";

/// The key under which the data stand as they were loaded, while a request is under way. It is never stored.
const BASE: &str = "_loaded";

type Data = HashMap<String, serde_json::Value>;

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

    fn seal(&self, id: &Id, data: &Data) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(data).map_err(|e| Error::Encode(e.to_string()))?;
        self.store.vault.seal("session.data", Uuid::from_bytes(id.0.to_be_bytes()), &plain).map_err(backend)
    }

    fn open(&self, id: &Id, sealed: &[u8]) -> Result<Data> {
        let plain = self.store.vault.open("session.data", Uuid::from_bytes(id.0.to_be_bytes()), sealed).map_err(backend)?;
        serde_json::from_slice(&plain).map_err(|e| Error::Decode(e.to_string()))
    }

    /// The values of a row, in the order of the statements below.
    fn values(&self, record: &Record, data: &Data) -> Result<[sea_orm::Value; 5]> {
        let account = data
            .get(SIGNED_IN)
            .and_then(|s| s.get("account"))
            .and_then(serde_json::Value::as_str)
            .and_then(|t| t.parse::<AccountId>().ok());
        let agent = data.get("agent").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        let sealed = self.seal(&record.id, data)?;
        Ok([id_hash(&record.id).into(), account.into(), sealed.into(), agent.into(), record.expiry_date.into()])
    }
}

/// What is to be stored: what is there, with the keys that changed from `base` to `mine`.
fn merged(base: &Data, mine: &Data, mut there: Data) -> Data {
    there.retain(|key, _| mine.contains_key(key) || !base.contains_key(key));
    there.extend(mine.iter().filter(|(key, value)| base.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())));
    there
}

/// The data without what they were loaded as, and that.
fn split(record: &Record) -> (Data, Data) {
    let mut data = record.data.clone();
    let base = data.remove(BASE).and_then(|base| serde_json::from_value(base).ok()).unwrap_or_default();
    (data, base)
}

#[async_trait::async_trait]
impl SessionStore for PostgresSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // An ID that is taken is never shared: try another.
        let text = "INSERT INTO session (id_hash, account_id, data, user_agent, expires_at) VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT DO NOTHING";
        let (data, _) = split(record);
        loop {
            let statement = sql(text, self.values(record, &data)?);
            if self.store.public().execute_raw(statement).await.map_err(backend)?.rows_affected() > 0 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (mine, base) = split(record);
        let tx = self.store.public().begin().await.map_err(backend)?;
        let there = sql("SELECT data, expires_at FROM session WHERE id_hash = $1 FOR UPDATE", [id_hash(&record.id).into()]);
        // Never inserted here: a session that was ended while a request of it was under way stays ended.
        let Some(there) = Row::find_by_statement(there).one(&tx).await.map_err(backend)? else { return Ok(()) };
        let data = merged(&base, &mine, self.open(&record.id, &there.data)?);
        let text =
            "UPDATE session SET account_id = $2, data = $3, user_agent = $4, expires_at = $5, seen_at = now() WHERE id_hash = $1";
        tx.execute_raw(sql(text, self.values(record, &data)?)).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = Row::find_by_statement(sql(
            "SELECT data, expires_at FROM session WHERE id_hash = $1 AND expires_at > now()",
            [id_hash(id).into()],
        ))
        .one(self.store.public())
        .await
        .map_err(backend)?;
        let Some(row) = found else { return Ok(None) };
        let mut data = self.open(id, &row.data)?;
        let base = serde_json::to_value(&data).map_err(|e| Error::Encode(e.to_string()))?;
        data.insert(BASE.to_owned(), base);
        Ok(Some(Record { id: *id, data, expiry_date: row.expires_at }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let gone = sql("DELETE FROM session WHERE id_hash = $1", [id_hash(id).into()]);
        self.store.public().execute_raw(gone).await.map(drop).map_err(backend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn data(value: &serde_json::Value) -> Data {
        serde_json::from_value(value.clone()).unwrap()
    }

    #[test]
    fn of_requests_that_overlap_none_undoes_what_another_did() {
        let base = data(&json!({ "signed_in": 1, "seen": 10, "flash": "old" }));
        // One prolonged the session and took what was left for its page; another meanwhile changed who is acted for.
        let mine = data(&json!({ "signed_in": 1, "seen": 40 }));
        let there = data(&json!({ "signed_in": 2, "seen": 10, "flash": "old", "other": true }));
        assert_eq!(merged(&base, &mine, there), data(&json!({ "signed_in": 2, "seen": 40, "other": true })));
        // A form leaves something for the next page while the page it stands on renews itself.
        let renewed = data(&json!({ "signed_in": 1, "seen": 41, "flash": "old" }));
        let left = data(&json!({ "signed_in": 1, "seen": 10, "flash": "new" }));
        assert_eq!(merged(&base, &renewed, left.clone()), data(&json!({ "signed_in": 1, "seen": 41, "flash": "new" })));
        assert_eq!(merged(&Data::new(), &Data::new(), left.clone()), left);
    }
}
