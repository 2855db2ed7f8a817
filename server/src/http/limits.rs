//! Bounds around every request: who asks too often, too much, too long or at a bad time is told so in time, and what
//! was asked is logged without anything personal.

use super::client;
use crate::{AppState, Config, account::throttle};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use shared::Problem;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;
use uuid::Uuid;

/// Largest body of a request, in bytes: a file of 10 MiB and the form around it.
pub const UPLOAD_BYTES: usize = 11 * 1024 * 1024;
/// Requests worked on at a time by one process; those beyond are told to come back.
const IN_FLIGHT: usize = 512;
/// Seconds after which one that was turned away may try again.
const RETRY_AFTER: u32 = 2;
/// How long a request may take until its answer begins.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for a body in parts: 10 MiB over a slow phone line.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(180);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers of these bounds carry their problem, so that an outer layer can tell it as a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub Problem);

/// Puts every bound around a router: request id and log outermost, then overload and time, then the size of bodies,
/// then how often one address may write.
/// What must answer even under overload (health) is merged beside it, not into it.
pub fn around(router: Router, city: &AppState) -> Router {
    around_with(router, city, IN_FLIGHT, PATIENCE)
}

/// As [`around`], with other bounds for overload.
pub fn around_with(router: Router, city: &AppState, in_flight: usize, patience: Duration) -> Router {
    let bounds = Bounds { slots: Arc::new(Semaphore::new(in_flight)), patience };
    router
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(UPLOAD_BYTES))
        .layer(from_fn_with_state(city.clone(), not_too_often))
        .layer(from_fn(not_too_large))
        .layer(from_fn_with_state(bounds, in_time))
        .layer(from_fn_with_state(Arc::clone(&city.config), logged))
}

/// Puts around a router what holds for calls for help: it is named, logged and counted by its route, and its bodies are
/// bounded; it is never shed, never made to wait and never told that it asks too often.
pub fn never_shed(router: Router, city: &AppState, most_bytes: usize) -> Router {
    router
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(most_bytes))
        .layer(from_fn_with_state(Arc::clone(&city.config), logged))
}

/// The answer that tells a problem to machines; see [`Refused`].
#[must_use]
pub fn refuse(problem: Problem) -> Response {
    let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
    if let Problem::TooMany { retry_after } | Problem::Unavailable { retry_after } = problem {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
    }
    response.extensions_mut().insert(Refused(problem));
    response
}

#[derive(Clone)]
struct Bounds {
    slots: Arc<Semaphore>,
    patience: Duration,
}

/// Turns away what would wait behind too many others, and ends what takes too long. The answer's body is not waited
/// for: a live stream holds no slot.
async fn in_time(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let Ok(_slot) = bounds.slots.try_acquire() else {
        metrics::counter!("huimin_requests_shed_total").increment(1);
        return refuse(Problem::Unavailable { retry_after: RETRY_AFTER });
    };
    let patience = if is_upload(request.headers()) { UPLOAD_PATIENCE.max(bounds.patience) } else { bounds.patience };
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => refuse(Problem::Unavailable { retry_after: RETRY_AFTER }),
    }
}

fn is_upload(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|v| v.starts_with("multipart/"))
}

/// Refuses by the announced length before a byte is read; a body without one is cut off by the layer within.
async fn not_too_large(request: Request, next: Next) -> Response {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if announced.is_some_and(|length: usize| length > UPLOAD_BYTES) { refuse(Problem::TooLarge) } else { next.run(request).await }
}

/// Counts what is not a mere look: 300 writes an address in 300 s, ten times as many from carrier gateways.
async fn not_too_often(State(city): State<AppState>, request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match throttle::public_write(&city, client::address(&parts, &city.config)).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => {
            let reference = parts.headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).unwrap_or_default();
            refuse(error.into_problem(reference))
        }
    }
}

/// The request's id: a proxy's, if it is one of ours and gives one; else a fresh one.
fn request_id(request: &Request, config: &Config) -> HeaderValue {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let given = request.headers().get(REQUEST_ID).filter(|_| peer.is_some_and(|p| config.proxies.contains(&p)));
    let sound = |v: &&HeaderValue| v.len() <= 64 && v.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    given
        .filter(sound)
        .cloned()
        .or_else(|| HeaderValue::from_str(&Uuid::now_v7().to_string()).ok())
        .unwrap_or_else(|| HeaderValue::from_static("-"))
}

/// Gives the request its id, and logs and counts it by its route, never by its path: paths may name people.
async fn logged(State(config): State<Arc<Config>>, mut request: Request<Body>, next: Next) -> Response {
    let id = request_id(&request, &config);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", |p| p.as_str()).to_owned();
    let began = Instant::now();
    let mut response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    let reference = id.to_str().unwrap_or_default();
    tracing::info!(target: "access", %method, route, status, ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), reference);
    let labels = [("method", method.to_string()), ("route", route), ("status", status.to_string())];
    metrics::histogram!("huimin_request_seconds", &labels[..2]).record(took.as_secs_f64());
    metrics::counter!("huimin_requests_total", &labels).increment(1);
    response.headers_mut().insert(REQUEST_ID, id);
    response
}
