//! Limits on requests: rate of writes (its numbers are in `account::throttle`), body size, duration and concurrency.

use super::{client, refusal::refuse, request_log};
use crate::{AppState, account::throttle};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, Method, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use shared::Problem;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;

/// Largest request body in bytes: a file of 10 MiB and its form.
pub const UPLOAD_BYTES: usize = 11 * 1024 * 1024;
/// Concurrent requests of one process; further requests are answered with 503.
const MAX_CONCURRENT: usize = 512;
/// Seconds a client should wait after a 503.
const RETRY_AFTER: u32 = 2;
/// Limit for a request until its response begins.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The same for uploads: 10 MiB over a slow mobile connection.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(180);

/// Applies every limit to a router: request id and log outermost, then concurrency and timeout, then body size, then
/// writes per client address. Routes that must answer under overload (health) are merged beside it.
pub fn with_limits(router: Router, state: &AppState) -> Router {
    with_custom_limits(router, state, MAX_CONCURRENT, TIMEOUT)
}

/// As [`with_limits`], with another limit of concurrent requests and another timeout.
pub fn with_custom_limits(router: Router, state: &AppState, max_concurrent: usize, timeout: Duration) -> Router {
    let bounds = Bounds { slots: Arc::new(Semaphore::new(max_concurrent)), timeout };
    let router = router
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(UPLOAD_BYTES))
        .layer(from_fn_with_state(state.clone(), limit_writes))
        .layer(from_fn(limit_announced_size))
        .layer(from_fn_with_state(bounds, limit_load));
    request_log::observe(router, &state.config)
}

/// Applies the limits of emergency calls to a router: request id, log and body size, but no limit of concurrency, time
/// or rate.
pub fn with_emergency_limits(router: Router, state: &AppState, max_bytes: usize) -> Router {
    let router = router.layer(DefaultBodyLimit::disable()).layer(RequestBodyLimitLayer::new(max_bytes));
    request_log::observe(router, &state.config)
}

#[derive(Clone)]
struct Bounds {
    slots: Arc<Semaphore>,
    timeout: Duration,
}

/// Answers 503 above the limit of concurrent requests and to requests that take too long. Only the start of the response
/// counts: an event stream holds no slot. (tower-http's timeout layer has one limit for all requests and no body in its
/// answer; here uploads have a limit of their own and the answer is a problem document, RFC 9457.)
async fn limit_load(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let Ok(_slot) = bounds.slots.try_acquire() else {
        metrics::counter!("huimin_requests_shed_total").increment(1);
        return refuse(Problem::Unavailable { retry_after: RETRY_AFTER });
    };
    let timeout = if is_upload(request.headers()) { UPLOAD_TIMEOUT.max(bounds.timeout) } else { bounds.timeout };
    let response = tokio::time::timeout(timeout, next.run(request)).await;
    response.unwrap_or_else(|_| refuse(Problem::Unavailable { retry_after: RETRY_AFTER }))
}

fn is_upload(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("multipart/"))
}

/// Refuses a body by its announced length before reading it; a body without a `Content-Length` is cut off by
/// the inner layer ([`RequestBodyLimitLayer`]).
async fn limit_announced_size(request: Request, next: Next) -> Response {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if announced.is_some_and(|length: usize| length > UPLOAD_BYTES) { refuse(Problem::TooLarge) } else { next.run(request).await }
}

/// Limits requests other than reads: 300 per client address in 300 s, ten times as many from addresses that a
/// mobile carrier shares among many users (CGNAT).
async fn limit_writes(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match throttle::public_write(&state, client::address(&parts, &state.config)).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => refuse(error.into_problem(request_log::reference(&parts.headers))),
    }
}
