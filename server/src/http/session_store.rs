//! The session store of tower-sessions in Postgres. The table contains a hash of the session id and sealed data.
//!
//! Requests of one session overlap: two tabs, or a page that reloads while a form is sent. Each request merges only the
//! keys it changed into the stored data, so that none overwrites the changes of another.

use crate::account::sessions::id_hash;
use crate::{Store, account::entity::session, store::begin};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    prelude::Expr,
    sea_query::{ExprTrait as _, OnConflict},
};
use shared::ids::AccountId;
use std::collections::HashMap;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};
use uuid::Uuid;

/// The key of [`crate::account::session::SignedIn`] in the data of a session.
pub const SIGNED_IN: &str = "signed_in";

/// The key of the time of the last use, in seconds since 1970. It is separate because prolonging a session must change
/// nothing else.
pub const SEEN: &str = "seen";

/// The key of a copy of the data as they were loaded, during a request. It is never stored.
const BASE: &str = "_loaded";

type Data = HashMap<String, serde_json::Value>;

/// The name of the session cookie; over https with the prefix `__Host-`.
#[must_use]
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-huimin" } else { "huimin" }
}

/// Stores sessions in the table `session`.
#[derive(Clone, Debug)]
pub struct PostgresSessions {
    store: Store,
}

fn backend(error: impl std::fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

impl PostgresSessions {
    /// A session store over this store.
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

    /// The columns of a session that change with its data.
    fn to_row(&self, record: &Record, data: &Data) -> Result<session::ActiveModel> {
        let account = data
            .get(SIGNED_IN)
            .and_then(|s| s.get("account"))
            .and_then(serde_json::Value::as_str)
            .and_then(|t| t.parse::<AccountId>().ok());
        let agent = data.get("agent").and_then(serde_json::Value::as_str).unwrap_or_default();
        Ok(session::ActiveModel {
            account_id: Set(account),
            data: Set(self.seal(&record.id, data)?),
            user_agent: Set(agent.to_owned()),
            expires_at: Set(record.expiry_date.into()),
            ..Default::default()
        })
    }
}

/// The stored data with the keys that changed from `base` to `mine`.
fn merge(base: &Data, mine: &Data, mut stored: Data) -> Data {
    stored.retain(|key, _| mine.contains_key(key) || !base.contains_key(key));
    stored.extend(mine.iter().filter(|(key, value)| base.get(*key) != Some(value)).map(|(k, v)| (k.clone(), v.clone())));
    stored
}

/// The data of a record and, separately, the copy as they were loaded.
fn split(record: &Record) -> (Data, Data) {
    let mut data = record.data.clone();
    let base = data.remove(BASE).and_then(|base| serde_json::from_value(base).ok()).unwrap_or_default();
    (data, base)
}

#[async_trait::async_trait]
impl SessionStore for PostgresSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let (data, _) = split(record);
        // An id in use is never shared: another one is tried.
        loop {
            let row = session::ActiveModel { id_hash: Set(id_hash(&record.id)), ..self.to_row(record, &data)? };
            let unless_exists = OnConflict::new().do_nothing().to_owned();
            let insert = session::Entity::insert(row).on_conflict(unless_exists);
            if insert.exec_without_returning(self.store.public()).await.map_err(backend)? > 0 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (mine, base) = split(record);
        let tx = begin(self.store.public(), None, None).await.map_err(backend)?;
        let stored = session::Entity::find_by_id(id_hash(&record.id)).lock_exclusive().one(&tx).await.map_err(backend)?;
        // Never inserted here: a session that was ended during a request of it stays ended.
        let Some(stored) = stored else { return Ok(()) };
        let data = merge(&base, &mine, self.open(&record.id, &stored.data)?);
        session::Entity::update_many()
            .set(self.to_row(record, &data)?)
            .col_expr(session::Column::SeenAt, Expr::cust("now()"))
            .filter(session::Column::IdHash.eq(stored.id_hash))
            .exec(&tx)
            .await
            .map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = session::Entity::find_by_id(id_hash(id))
            .filter(session::Column::ExpiresAt.into_expr().gt(Expr::cust("now()")))
            .one(self.store.public())
            .await
            .map_err(backend)?;
        let Some(row) = found else { return Ok(None) };
        let mut data = self.open(id, &row.data)?;
        let base = serde_json::to_value(&data).map_err(|e| Error::Encode(e.to_string()))?;
        data.insert(BASE.to_owned(), base);
        Ok(Some(Record { id: *id, data, expiry_date: row.expires_at.into() }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let deleted = session::Entity::delete_by_id(id_hash(id)).exec(self.store.public()).await;
        deleted.map(drop).map_err(backend)
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
    fn overlapping_requests_do_not_overwrite_each_other() {
        let base = data(&json!({ "signed_in": 1, "seen": 10, "flash": "old" }));
        // One request prolonged the session and consumed the flash message; another one changed the person acted for.
        let mine = data(&json!({ "signed_in": 1, "seen": 40 }));
        let there = data(&json!({ "signed_in": 2, "seen": 10, "flash": "old", "other": true }));
        assert_eq!(merge(&base, &mine, there), data(&json!({ "signed_in": 2, "seen": 40, "other": true })));
        // A form sets a flash message for the next page while its own page reloads.
        let renewed = data(&json!({ "signed_in": 1, "seen": 41, "flash": "old" }));
        let left = data(&json!({ "signed_in": 1, "seen": 10, "flash": "new" }));
        assert_eq!(merge(&base, &renewed, left.clone()), data(&json!({ "signed_in": 1, "seen": 41, "flash": "new" })));
        assert_eq!(merge(&Data::new(), &Data::new(), left.clone()), left);
    }
}
