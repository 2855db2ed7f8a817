//! Liveness, readiness and metrics (Prometheus).

use crate::metric_names::{SIGN_IN_FAILURES, SOS_ALARMS, SOS_LATENESS, SOS_OVERDUE};
use crate::{Actor, AppState, Task, error::Result};
use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use migrations::{Migrator, MigratorTrait};
use sea_orm::{FromQueryResult, raw_sql};
use serde::Serialize;
use std::{net::SocketAddr, sync::OnceLock, time::Duration};
use subtle::ConstantTimeEq;

/// Limit for the readiness check of the database.
const READINESS_TIMEOUT: Duration = Duration::from_secs(1);
/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Interval at which recorded samples are aggregated, which bounds the memory they take between scrapes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(15);

/// The result of the readiness check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether the process can serve requests.
    pub ready: bool,
    /// The database answers within a second.
    pub store: bool,
    /// Every migration of this version is applied.
    pub migrations: bool,
    /// A job worker of any process sent a heartbeat within 30 s.
    pub worker: bool,
    /// The escalation engine sent a heartbeat within 30 s. Not part of `ready`: a process that cannot escalate still accepts
    /// calls.
    pub engine: bool,
    /// Its auditor sent a heartbeat within 30 s. Not part of `ready` either.
    pub auditor: bool,
}

/// `/healthz`, `/readyz` and `/metrics`; merged beside the router of [`super::limits::with_limits`].
pub fn router(state: AppState) -> Router {
    recorder();
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(render_metrics))
        .with_state(state)
}

async fn ready(State(state): State<AppState>) -> Response {
    let state = readiness(&state).await;
    let status = if state.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(state)).into_response()
}

#[derive(FromQueryResult)]
struct ReadinessRow {
    missing_migrations: i64,
    worker: bool,
    engine: bool,
    auditor: bool,
}

/// Checks whether this process can serve requests.
pub async fn readiness(state: &AppState) -> Readiness {
    match tokio::time::timeout(READINESS_TIMEOUT, check_readiness(state)).await {
        Ok(Ok(found)) => {
            let (migrations, worker) = (found.missing_migrations == 0, found.worker);
            let ReadinessRow { engine, auditor, .. } = found;
            Readiness { ready: migrations && worker, store: true, migrations, worker, engine, auditor }
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            Readiness::default()
        }
        Err(_) => {
            tracing::warn!("not ready: the database is too slow");
            Readiness::default()
        }
    }
}

async fn check_readiness(state: &AppState) -> Result<ReadinessRow> {
    let known: Vec<String> = Migrator::migrations().iter().map(|m| m.name().to_owned()).collect();
    let tx = state.store.read(&Actor::system(Task::Operation)).await?;
    let found = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT (SELECT count(*) FROM unnest({known}::text[]) k WHERE k NOT IN (SELECT version FROM seaql_migrations)) AS missing_migrations,
                    EXISTS (SELECT 1 FROM graphile_worker._private_workers
                             WHERE last_heartbeat_at > now() - interval '30 seconds') AS worker,
                    EXISTS (SELECT 1 FROM care_heartbeat WHERE name = 'engine' AND at > huimin_now() - interval '30 seconds') AS engine,
                    EXISTS (SELECT 1 FROM care_heartbeat WHERE name = 'auditor' AND at > huimin_now() - interval '30 seconds') AS auditor"
        ))
        .await?;
    found.ok_or_else(|| crate::Error::Broken("no answer".into()))
}

/// The metrics recorder of this process, installed at the first call; none if another one was installed before.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let recorder = RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS);
        match builder.and_then(PrometheusBuilder::install_recorder) {
            Ok(handle) => {
                describe();
                let kept = handle.clone();
                // A thread of its own, which outlives the runtime that called first.
                let upkeep = move || {
                    loop {
                        std::thread::sleep(UPKEEP_INTERVAL);
                        kept.run_upkeep();
                    }
                };
                if let Err(error) = std::thread::Builder::new().name("metrics".to_owned()).spawn(upkeep) {
                    tracing::warn!(%error, "samples are not aggregated between scrapes");
                }
                Some(handle)
            }
            Err(error) => {
                tracing::error!(%error, "metrics are disabled");
                None
            }
        }
    });
    recorder.as_ref()
}

fn describe() {
    metrics::describe_counter!("huimin_requests_total", "Requests by method, route and status.");
    metrics::describe_counter!("huimin_requests_shed_total", "Requests turned away under overload.");
    metrics::describe_histogram!("huimin_request_seconds", "Time until the answer began, by method and route.");
    metrics::describe_counter!(SIGN_IN_FAILURES, "Sign-ins that failed.");
    metrics::describe_gauge!("huimin_pool_connections", "Connections to Postgres, by whether they are in use.");
    metrics::describe_gauge!("huimin_jobs", "Jobs in the queue that are due, that wait for their time, or that were given up.");
    metrics::describe_counter!("huimin_events_total", "Events written since the statistics of the database began.");
    metrics::describe_gauge!("huimin_live_clients", "Clients that watch something live.");
    metrics::describe_gauge!("huimin_operator_warnings", "What the operator should know.");
    metrics::describe_gauge!("huimin_sos_open", "Calls for help that have not ended.");
    metrics::describe_histogram!(SOS_LATENESS, "How late steps of escalation were taken by this process.");
    metrics::describe_gauge!(SOS_OVERDUE, "By how much the most overdue step of escalation is overdue beyond 5 s.");
    metrics::describe_counter!(SOS_ALARMS, "Alarms of the emergency call, by code.");
    metrics::describe_gauge!("huimin_heartbeat_age_seconds", "Since the last sign of life of what must not stop.");
    metrics::counter!(SIGN_IN_FAILURES).absolute(0);
}

async fn render_metrics(State(state): State<AppState>, request: Request) -> Response {
    if !may_read_metrics(&request, &state) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(recorder) = recorder() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    if let Err(error) = update_gauges(&state).await {
        tracing::warn!(%error, "the figures from the database are outdated");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], recorder.render()).into_response()
}

/// Whether the request comes from this machine itself or has the token. A request forwarded by a proxy on this machine does
/// not come from it.
fn may_read_metrics(request: &Request, state: &AppState) -> bool {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    if peer.is_some_and(|ip| ip.is_loopback()) && !forwarded {
        return true;
    }
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    match (given, &state.config.metrics_token) {
        (Some(given), Some(token)) => !token.is_empty() && bool::from(given.as_bytes().ct_eq(token.as_bytes())),
        _ => false,
    }
}

#[derive(FromQueryResult)]
struct Figures {
    due: i64,
    later: i64,
    failed: i64,
    events: i64,
    warnings: i64,
    calls: i64,
    engine: Option<f64>,
    auditor: Option<f64>,
}

/// Reads the figures from the database. Events are counted by the statistics of Postgres, because counting the rows of a
/// large table at every scrape is expensive.
async fn update_gauges(state: &AppState) -> Result<()> {
    let pool = state.store.pool();
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    metrics::gauge!("huimin_pool_connections", "state" => "idle").set(f64::from(idle));
    metrics::gauge!("huimin_pool_connections", "state" => "in_use").set(f64::from(pool.size().saturating_sub(idle)));
    metrics::gauge!("huimin_live_clients").set(f64::from(u32::try_from(state.live.clients()).unwrap_or(u32::MAX)));
    let tx = state.store.read(&Actor::system(Task::Operation)).await?;
    let figures: Option<Figures> = tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT count(*) FILTER (WHERE attempts < max_attempts AND run_at <= now()) AS due,
                    count(*) FILTER (WHERE attempts < max_attempts AND run_at > now()) AS later,
                    count(*) FILTER (WHERE attempts >= max_attempts AND locked_at IS NULL) AS failed,
                    pg_stat_get_tuples_inserted('event'::regclass) AS events,
                    (SELECT count(*) FROM operator_warning) AS warnings,
                    (SELECT count(*) FROM cases WHERE kind = 'sos' AND closed_at IS NULL) AS calls,
                    (SELECT extract(epoch FROM huimin_now() - at)::float8 FROM care_heartbeat WHERE name = 'engine') AS engine,
                    (SELECT extract(epoch FROM huimin_now() - at)::float8 FROM care_heartbeat WHERE name = 'auditor') AS auditor
               FROM graphile_worker._private_jobs"
        ))
        .await?;
    let Some(figures) = figures else { return Ok(()) };
    for (state, jobs) in [("due", figures.due), ("later", figures.later), ("failed", figures.failed)] {
        metrics::gauge!("huimin_jobs", "state" => state).set(gauge_value(jobs));
    }
    metrics::counter!("huimin_events_total").absolute(u64::try_from(figures.events).unwrap_or_default());
    metrics::gauge!("huimin_operator_warnings").set(gauge_value(figures.warnings));
    metrics::gauge!("huimin_sos_open").set(gauge_value(figures.calls));
    for (name, age) in [("engine", figures.engine), ("auditor", figures.auditor)] {
        // Without any heartbeat there is no age; the missing metric is an alarm of its own.
        if let Some(age) = age {
            metrics::gauge!("huimin_heartbeat_age_seconds", "name" => name).set(age);
        }
    }
    Ok(())
}

/// A count as the value of a gauge, saturating at `u32::MAX`.
fn gauge_value(count: i64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
