//! Background jobs: enqueued in the transaction of a change and run at least once by any process.
//!
//! The queue is graphile_worker's, in a schema of its own. A payload contains ids and no personal data: a job reads what it
//! needs when it runs, as the actor of its task.

use crate::{
    error::{Error, Result},
    store::Tx,
};
use graphile_worker::WorkerUtils;
use sea_orm::raw_sql;
use serde::Serialize;
use sqlx::PgPool;
use std::collections::BTreeMap;

/// The queue's schema.
pub(crate) const SCHEMA: &str = "graphile_worker";
/// Attempts of a job, with delays that grow from seconds to six hours: about sixteen hours in total.
const MAX_ATTEMPTS: i32 = 12;

/// Installs or upgrades the queue's schema as the owner and lets the serving role use it.
///
/// # Errors
/// If the owner may not create it.
pub async fn install(owner: &PgPool) -> Result<()> {
    let broken = |e: &dyn std::fmt::Display| Error::Broken(format!("job queue: {e}"));
    WorkerUtils::new(owner.clone(), SCHEMA).migrate().await.map_err(|e| broken(&e))?;
    // The queue's migrations enable row-level security without a policy, so that only the owner could use it. Payloads
    // contain ids only, and the serving role runs every job.
    sqlx::raw_sql(
        "DO $$ DECLARE t regclass; BEGIN
             FOR t IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                       WHERE n.nspname = 'graphile_worker' AND c.relkind = 'r' AND c.relrowsecurity LOOP
                 EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t);
             END LOOP;
         END $$;
         GRANT USAGE ON SCHEMA graphile_worker TO huimin_app;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA graphile_worker TO huimin_app;
         GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA graphile_worker TO huimin_app;
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA graphile_worker TO huimin_app;",
    )
    .execute(owner)
    .await
    .map_err(|e| broken(&e))?;
    Ok(())
}

/// Enqueues `task` in this transaction. With a `key`, it replaces an earlier job of the same key that has not started.
///
/// # Errors
/// If the database fails.
pub async fn enqueue<T: Serialize>(
    tx: &Tx,
    task: &str,
    payload: &T,
    run_at: Option<time::OffsetDateTime>,
    key: Option<&str>,
) -> Result<()> {
    let (payload, key, attempts) = (serde_json::to_value(payload)?, key.map(str::to_owned), MAX_ATTEMPTS);
    tx.execute_sql(raw_sql!(
        Postgres,
        "SELECT graphile_worker.add_job(identifier => {task}, payload => {payload}::json, run_at => {run_at}, job_key => {key},
                                        max_attempts => {attempts})"
    ))
    .await?;
    Ok(())
}

/// Enqueues many jobs of one `task` in this transaction, in one statement and with priority over waiting jobs. Of jobs with
/// the same key (empty: no key) the last one counts. It replaces the payload of a waiting job, which keeps its position.
///
/// # Errors
/// If the database fails.
pub(crate) async fn enqueue_urgent<T: Serialize>(tx: &Tx, task: &str, jobs: &[(T, String)]) -> Result<()> {
    let (mut keyed, mut payloads, mut keys) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (payload, key) in jobs {
        let payload = serde_json::to_string(payload)?;
        if key.is_empty() {
            payloads.push(payload);
            keys.push(String::new());
        } else {
            keyed.insert(key.clone(), payload);
        }
    }
    // In the order of their keys, so that transactions that enqueue the same keys cannot deadlock.
    for (key, payload) in keyed {
        payloads.push(payload);
        keys.push(key);
    }
    if payloads.is_empty() {
        return Ok(());
    }
    let attempts = MAX_ATTEMPTS;
    tx.execute_sql(raw_sql!(
        Postgres,
        "SELECT count(*) FROM graphile_worker.add_jobs((
             SELECT array_agg(ROW({task}::text, j.payload::json, NULL::text, NULL::timestamptz, {attempts}::int4, nullif(j.key, ''), -1,
                                  NULL::text[])::graphile_worker.job_spec ORDER BY j.at)
               FROM unnest({payloads}::text[], {keys}::text[]) WITH ORDINALITY AS j (payload, key, at)), true)"
    ))
    .await?;
    Ok(())
}
