//! Middleware of every request: a request id, a log line, metrics, and a response also if the handler panics.

use super::refusal::refuse;
use crate::Config;
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use shared::Problem;
use std::{any::Any, net::SocketAddr, sync::Arc, time::Duration};
use tower::ServiceExt;
use tower_http::{
    catch_panic::{CatchPanic, ResponseForPanic},
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Span;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id accepted from a proxy, in bytes.
const MAX_ID_BYTES: usize = 64;

/// Wraps a router: the request id is set first, then the request is logged and counted, then panics are caught.
pub(super) fn observe(router: Router, config: &Arc<Config>) -> Router {
    let trace = TraceLayer::new_for_http()
        .make_span_with(|request: &Request| tracing::info_span!("request", reference = reference(request.headers())))
        .on_request(())
        .on_response(log_response)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(());
    router
        .layer(from_fn(catch_panic))
        .layer(from_fn(label_route))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(trace)
        .layer(SetRequestIdLayer::new(REQUEST_ID, UuidV7))
        .layer(from_fn_with_state(Arc::clone(config), drop_untrusted_id))
}

/// The id of a request or of its response, as in the log; empty outside [`observe`].
pub(super) fn reference(headers: &HeaderMap) -> &str {
    headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// Makes ids that sort by time.
#[derive(Clone, Copy)]
struct UuidV7;

impl MakeRequestId for UuidV7 {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&Uuid::now_v7().to_string()).ok().map(RequestId::new)
    }
}

/// Removes a request id unless a configured proxy sent it and it is well-formed.
async fn drop_untrusted_id(State(config): State<Arc<Config>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let trusted = peer.is_some_and(|p| config.proxies.contains(&p));
    if !(trusted && request.headers().get(REQUEST_ID).is_some_and(is_well_formed)) {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

fn is_well_formed(id: &HeaderValue) -> bool {
    id.len() <= MAX_ID_BYTES && id.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

/// Method and route of a response.
#[derive(Clone)]
struct RouteLabel {
    method: Method,
    route: String,
}

/// Attaches the route to the response, for [`log_response`].
async fn label_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", |p| p.as_str()).to_owned();
    let label = RouteLabel { method: request.method().clone(), route };
    let mut response = next.run(request).await;
    response.extensions_mut().insert(label);
    response
}

/// Logs and counts a response by its route, never by its path: paths may contain personal data.
fn log_response(response: &Response, latency: Duration, _span: &Span) {
    let Some(RouteLabel { method, route }) = response.extensions().get::<RouteLabel>() else { return };
    let (status, reference) = (response.status().as_u16(), reference(response.headers()));
    tracing::info!(target: "access", %method, route, status, ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX), reference);
    let labels = [("method", method.to_string()), ("route", route.clone()), ("status", status.to_string())];
    metrics::histogram!("huimin_request_seconds", &labels[..2]).record(latency.as_secs_f64());
    metrics::counter!("huimin_requests_total", &labels).increment(1);
}

/// Answers a panic of a handler with [`Problem::Internal`] and the request's id.
async fn catch_panic(request: Request, next: Next) -> Response {
    let internal = InternalError { reference: reference(request.headers()).to_owned() };
    let Ok(response) = CatchPanic::custom(next, internal).oneshot(request).await;
    response.map(Body::new)
}

/// The response to a panic in the request with this id.
#[derive(Clone)]
struct InternalError {
    reference: String,
}

impl ResponseForPanic for InternalError {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, _panic: Box<dyn Any + Send>) -> Response {
        // The message may contain personal data and is not logged here.
        tracing::error!(reference = self.reference, "a handler panicked");
        refuse(Problem::Internal { reference: self.reference.clone() })
    }
}
