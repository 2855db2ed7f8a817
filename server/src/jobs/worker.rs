//! The worker of a process: takes jobs from the queue as long as the process lives, whatever happens to Postgres.

use super::{SCHEMA, periodic};
use crate::{AppState, care::escalation::alert::Alert, error::Result, notices::deliver::Deliver};
use graphile_worker::{JobDefinition, TaskHandler, WorkerOptions, WorkerRecoveryConfig};
use std::time::Duration;
use tokio::sync::watch;

/// Jobs worked on at a time by one process; each holds at most one connection.
const AT_A_TIME: usize = 4;
/// How often is asked for jobs that are due or whose notification got lost.
const POLL: Duration = Duration::from_secs(1);
/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often is looked for workers that do not.
const SWEEP: Duration = Duration::from_secs(10);
/// After this long without a sign of life, a worker's jobs go to another: with the sweep, within a minute.
const GIVEN_UP: Duration = Duration::from_secs(30);
/// How long a job may go on after the worker was asked to stop; then it is given back to the queue.
const GRACE: Duration = Duration::from_secs(5);
/// First and longest pause before a worker that lost Postgres tries again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(10));

/// Every job there is, by the task code it is enqueued under.
fn handlers() -> [JobDefinition; 2] {
    [Deliver::definition(), Alert::definition()]
}

/// Works on jobs and on what is due from time to time until `stop` says true (or its sender is gone). When Postgres
/// goes away it waits for it and begins anew; jobs of a process that was killed are taken over within a minute.
///
/// # Errors
/// None that ends it; the result is for callers that join their tasks.
pub async fn run_worker(city: AppState, mut stop: watch::Receiver<bool>) -> Result<()> {
    let due = tokio::spawn(periodic::run(city.clone(), stop.clone()));
    let mut pause = PAUSES.0;
    while !is_stopped(&stop) {
        let began = tokio::time::Instant::now();
        match one_life(&city, stop.clone()).await {
            Ok(()) if is_stopped(&stop) => break,
            Ok(()) => tracing::warn!("the job worker ended by itself and begins anew"),
            Err(error) => tracing::warn!(%error, "the job worker lost the store and begins anew"),
        }
        if began.elapsed() > PAUSES.1 {
            pause = PAUSES.0;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopped(&mut stop) => break,
        }
        pause = (pause * 2).min(PAUSES.1);
    }
    if let Err(error) = due.await {
        tracing::error!(%error, "what is due from time to time ended badly");
    }
    Ok(())
}

pub(crate) fn is_stopped(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Waits until the process is to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn one_life(city: &AppState, mut stop: watch::Receiver<bool>) -> Result<(), String> {
    let recovery = WorkerRecoveryConfig::default()
        .heartbeat_interval(HEARTBEAT)
        .sweep_interval(SWEEP)
        .sweep_threshold(GIVEN_UP)
        .recovery_delay(Duration::ZERO);
    // `init` also migrates the queue's schema: installed by the owner beforehand, it finds nothing to do; where it is
    // missing, the serving role may not create it, and this says so.
    let worker = WorkerOptions::default()
        .pg_pool(city.store.pool().clone())
        .schema(SCHEMA)
        .concurrency(AT_A_TIME)
        .poll_interval(POLL)
        .worker_recovery(recovery)
        .listen_os_shutdown_signals(false)
        .shutdown_grace_period(GRACE)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .shutdown_signal(async move { stopped(&mut stop).await })
        .add_extension(city.clone())
        .define_jobs(handlers())
        .init()
        .await
        .map_err(|e| e.to_string())?;
    worker.run().await.map_err(|e| e.to_string())
}
