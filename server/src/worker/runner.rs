//! The job worker of a process. It runs as long as the process and reconnects when Postgres was unavailable.

use crate::shutdown::{is_stopped, stopped};
use crate::{AppState, care::escalation::alert::Alert, error::Result, notices::delivery_job::Deliver};
use crate::{jobs::SCHEMA, worker::periodic};
use graphile_worker::{JobDefinition, TaskHandler, WorkerOptions, WorkerRecoveryConfig};
use std::time::Duration;
use tokio::sync::watch;

/// Concurrent jobs of one process; each uses at most one connection.
const MAX_CONCURRENT: usize = 4;
/// Interval of polling for jobs that are due or whose notification was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Interval of the heartbeats of a worker.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Interval of the search for dead workers.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);
/// Time without a heartbeat after which the jobs of a worker go to another; with the sweep, within a minute.
const DEAD_AFTER: Duration = Duration::from_secs(30);
/// Time for a running job to finish after the worker was asked to stop; then it returns to the queue.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Shortest and longest delay before the worker reconnects to Postgres.
const RETRY_DELAYS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));

/// Every kind of job.
fn handlers() -> [JobDefinition; 2] {
    [Deliver::definition(), Alert::definition()]
}

/// Runs jobs and periodic tasks until `stop` is true or its sender is dropped. After a failure of Postgres the worker
/// restarts; jobs of a process that was killed are taken over within a minute.
///
/// # Errors
/// Never; the result is for callers that join their tasks.
pub async fn run_worker(state: AppState, mut stop: watch::Receiver<bool>) -> Result<()> {
    let periodic = tokio::spawn(periodic::run(state.clone(), stop.clone()));
    let mut delay = RETRY_DELAYS.0;
    while !is_stopped(&stop) {
        let started = tokio::time::Instant::now();
        match run_until_stopped(&state, stop.clone()).await {
            Ok(()) if is_stopped(&stop) => break,
            Ok(()) => tracing::warn!("the job worker ended unexpectedly and restarts"),
            Err(error) => tracing::warn!(%error, "the job worker lost the database and restarts"),
        }
        if started.elapsed() > RETRY_DELAYS.1 {
            delay = RETRY_DELAYS.0;
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = stopped(&mut stop) => break,
        }
        delay = (delay * 2).min(RETRY_DELAYS.1);
    }
    if let Err(error) = periodic.await {
        tracing::error!(%error, "the periodic tasks ended with an error");
    }
    Ok(())
}

async fn run_until_stopped(state: &AppState, mut stop: watch::Receiver<bool>) -> Result<(), String> {
    let recovery = WorkerRecoveryConfig::default()
        .heartbeat_interval(HEARTBEAT)
        .sweep_interval(SWEEP_INTERVAL)
        .sweep_threshold(DEAD_AFTER)
        .recovery_delay(Duration::ZERO);
    // `init` also migrates the queue's schema. The owner has installed it before; if it is missing, this fails, because the
    // serving role may not create it.
    let worker = WorkerOptions::default()
        .pg_pool(state.store.pool().clone())
        .schema(SCHEMA)
        .concurrency(MAX_CONCURRENT)
        .poll_interval(POLL_INTERVAL)
        .worker_recovery(recovery)
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(SHUTDOWN_TIMEOUT)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .shutdown_signal(async move { stopped(&mut stop).await })
        .add_extension(state.clone())
        .define_jobs(handlers())
        .init()
        .await
        .map_err(|e| e.to_string())?;
    worker.run().await.map_err(|e| e.to_string())
}
