//! Work that follows a change: enqueued in the same transaction, done at least once by any process.
//!
//! The queue is graphile_worker's, in its own schema. A payload carries ids, never personal content: what a job
//! needs it reads when it runs, as the task it is.

mod periodic;
pub(crate) mod worker;

pub use periodic::{PERIODIC, run_due};
pub use worker::run_worker;

use crate::{
    error::{Error, Result},
    store::Tx,
};
use graphile_worker::WorkerUtils;
use serde::Serialize;
use sqlx::PgPool;
use std::collections::BTreeMap;

/// The queue's schema.
const SCHEMA: &str = "graphile_worker";
/// Times a job is tried, with delays that grow from seconds to six hours: some sixteen hours in all.
const MOST_TRIES: i32 = 12;

/// Installs or upgrades the queue's schema as the owner and lets the serving role use it.
///
/// # Errors
/// When the owner may not create it.
pub async fn install(owner: &PgPool) -> Result<()> {
    let broken = |e: &dyn std::fmt::Display| Error::Broken(format!("job queue: {e}"));
    WorkerUtils::new(owner.clone(), SCHEMA).migrate().await.map_err(|e| broken(&e))?;
    // The queue's own migrations switch row-level security on without a policy, so that none but the owner could use it.
    // Payloads carry ids only, and the serving role is the one that works on every job.
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

/// Enqueues `task` in this transaction; `key` replaces an earlier job of the same key that has not begun.
///
/// # Errors
/// What the store says.
pub async fn enqueue<T: Serialize>(
    tx: &Tx,
    task: &str,
    payload: &T,
    run_at: Option<time::OffsetDateTime>,
    key: Option<&str>,
) -> Result<()> {
    tx.run(
        "SELECT graphile_worker.add_job(identifier => $1, payload => $2::json, run_at => $3, job_key => $4, max_attempts => $5)",
        [task.into(), serde_json::to_value(payload)?.into(), run_at.into(), key.map(str::to_owned).into(), MOST_TRIES.into()],
    )
    .await?;
    Ok(())
}

/// Enqueues many jobs of one `task` in this transaction, in one statement, before others that wait. Of those with the
/// same key (none: empty) the last stands, also against one that waits already and keeps its place.
///
/// # Errors
/// What the store says.
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
    // In the order of their keys, so that two that enqueue the same never wait for each other in a circle.
    for (key, payload) in keyed {
        payloads.push(payload);
        keys.push(key);
    }
    if payloads.is_empty() {
        return Ok(());
    }
    tx.run(
        "SELECT count(*) FROM graphile_worker.add_jobs((
             SELECT array_agg(ROW($1::text, j.payload::json, NULL::text, NULL::timestamptz, $4::int4, nullif(j.key, ''), -1, NULL::text[])
                                  ::graphile_worker.job_spec ORDER BY j.at)
               FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS j (payload, key, at)), true)",
        [task.into(), payloads.into(), keys.into(), MOST_TRIES.into()],
    )
    .await?;
    Ok(())
}
