//! The escalation engine (升级引擎): takes the steps that are due. It runs in every instance of the program.
//!
//! The time at which a call is due is stored in its row (`next_step_at`), and a batch locks due calls with
//! `FOR UPDATE SKIP LOCKED`: the first instance to lock a call takes it, the others do not wait. A batch is one transaction
//! of a dozen statements however many calls it holds: alerts, events, notices, jobs that send, and the next due times. If a
//! process is killed in between, nothing is written and another one repeats it; jobs send at least once.
//!
//! If an answered call makes no progress within the time of its policy, it rings again, from the step that comes next. The
//! same holds when a responder who accepted does not arrive ([`crate::care::response::timeouts`]).

use super::{
    batch::{BATCH, run_once},
    heartbeat::{self, STARTUP_GRACE},
};
use crate::{
    Actor, AppState, Task,
    error::Result,
    shutdown::{is_stopped, stopped},
};
use sea_orm::raw_sql;
use shared::care::{
    board::HeartbeatSource,
    escalation::{DELAYS, LATE_SECONDS},
    responder::ARRIVE_SECONDS,
};
use sqlx::{PgPool, postgres::PgListener};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

/// Time between two polls for due calls while no notification wakes the engine.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Time between two batches that were not full, so that calls that become due meanwhile share one batch.
const BATCH_INTERVAL: Duration = Duration::from_millis(40);
/// Time before the next try when the database does not answer.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// Time between two heartbeats.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);

/// Takes every step that is due, and returns how many calls were processed.
///
/// # Errors
/// Errors of the database. A single call that fails is logged, does not stop the others, and stays due.
pub async fn tick(state: &AppState) -> Result<usize> {
    let (mut total, state) = (0, state.for_emergency());
    loop {
        match run_once(&state.store).await? {
            0 => return Ok(total),
            processed => total += processed,
        }
    }
}

/// Writes the engine's heartbeat, checks the auditor's, and makes calls due whose time lies further ahead than any policy
/// allows: after the clock of the database was set back, they would wait for a time that had passed before.
///
/// # Errors
/// Errors of the database.
pub async fn heartbeat(state: &AppState) -> Result<()> {
    write_heartbeat(&state.for_emergency(), false).await
}

async fn write_heartbeat(state: &AppState, starting: bool) -> Result<()> {
    let tx = state.store.write(&Actor::system(Task::Emergency)).await?;
    let now = tx.now().await?.at;
    let latest = now + time::Duration::seconds(i64::from(DELAYS.1) + i64::from(LATE_SECONDS));
    let longest_arrival = ARRIVE_SECONDS.1;
    // While a responder is on the way, the timer may run until they must have arrived.
    let found = tx
        .execute_sql(raw_sql!(
            Postgres,
            "UPDATE care_call k SET next_step_at = {now} FROM cases c, care_policy p
              WHERE c.id = k.case_id AND p.id = k.policy_id AND k.next_step_at > {latest}
                AND (c.state = 'ringing' OR k.next_step_at > {latest} + make_interval(secs => greatest(p.progress_seconds,
                         CASE WHEN c.state = 'answered' THEN 0 ELSE {longest_arrival} END)))"
        ))
        .await?;
    tx.commit().await?;
    if found > 0 {
        tracing::error!(calls = found, "calls waited for a time too far away; was the clock set back?");
    }
    heartbeat::report(&state.store, HeartbeatSource::Engine, HeartbeatSource::Auditor, starting).await
}

/// Takes steps until `stop` is true or its sender is dropped. While Postgres is unavailable it retries every half second;
/// what it did not finish is done by the next instance.
pub async fn run(state: AppState, mut stop: watch::Receiver<bool>) {
    let wake = Arc::new(Notify::new());
    // The listener holds its connection for good, so it does not take one of the connections reserved for calls.
    let listener = tokio::spawn(listen_forever(state.store.pool().clone(), Arc::clone(&wake)));
    let state = state.for_emergency();
    let (started, mut last_heartbeat) = (Instant::now(), None::<Instant>);
    while !is_stopped(&stop) {
        let wait = match run_once(&state.store).await {
            Ok(0) => POLL_INTERVAL,
            Ok(processed) if i64::try_from(processed).unwrap_or(BATCH) < BATCH => BATCH_INTERVAL,
            Ok(_) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(%error, "the engine waits for the store");
                RETRY_INTERVAL
            }
        };
        if last_heartbeat.is_none_or(|at| at.elapsed() >= HEARTBEAT_INTERVAL) {
            match write_heartbeat(&state, started.elapsed() < STARTUP_GRACE).await {
                Ok(()) => last_heartbeat = Some(Instant::now()),
                Err(error) => tracing::warn!(%error, "the engine’s sign of life is not written"),
            }
        }
        if wait.is_zero() {
            continue;
        }
        tokio::select! {
            () = wake.notified(), if wait == POLL_INTERVAL => {}
            () = tokio::time::sleep(wait) => {}
            () = stopped(&mut stop) => break,
        }
    }
    listener.abort();
}

/// Wakes the engine when a call becomes due at once. Without it, polling finds the call a moment later.
async fn listen_forever(pool: PgPool, wake: Arc<Notify>) {
    loop {
        if let Err(error) = listen(&pool, &wake).await {
            tracing::warn!(%error, "the engine’s listener starts again");
        }
        tokio::time::sleep(RETRY_INTERVAL).await;
    }
}

async fn listen(pool: &PgPool, wake: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("huimin_call").await?;
    loop {
        listener.recv().await?;
        wake.notify_one();
    }
}
