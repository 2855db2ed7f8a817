//! Tests HTTP limits: writes per address, concurrency, time, body size; request ids and panics of handlers.

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use server::http::{
    limits::{UPLOAD_BYTES, with_custom_limits, with_emergency_limits, with_limits},
    refusal::Refused,
};
use shared::Problem;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use testing::edge_fixture::{EdgeFixture, within_timeout};
use tokio::{sync::Notify, task::JoinSet};
use tower::ServiceExt;

fn request(method: &str, path: &str, from: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(format!("{from}:1000").parse().unwrap()));
    request
}

async fn ask(app: &Router, request: Request<Body>) -> Response {
    within_timeout(app.clone().oneshot(request)).await.unwrap()
}

async fn statuses(app: &Router, from: &str, count: usize) -> (usize, usize) {
    let mut all = JoinSet::new();
    for _ in 0..count {
        let (app, request) = (app.clone(), request("POST", "/write", from));
        all.spawn(async move { app.oneshot(request).await.unwrap().status() });
    }
    let all = within_timeout(all.join_all()).await;
    let count = |wanted| all.iter().filter(|s| **s == wanted).count();
    (count(StatusCode::OK), count(StatusCode::TOO_MANY_REQUESTS))
}

#[tokio::test]
async fn address_is_limited_to_300_writes_even_in_parallel() {
    let fixture = EdgeFixture::with(|config| config.gateways = vec!["10.0.0.9".parse().unwrap()]).await;
    fixture.db.stop_clock().await;
    let app = with_limits(Router::new().route("/write", post(|| async {}).get(|| async {})), &fixture.state);
    assert_eq!(statuses(&app, "10.0.0.1", 320).await, (300, 20));
    assert_eq!(statuses(&app, "10.0.0.9", 320).await, (320, 0));
    assert_eq!(statuses(&app, "10.0.0.2", 1).await, (1, 0));
    let refused = ask(&app, request("POST", "/write", "10.0.0.1")).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    assert!(matches!(refused.extensions().get(), Some(Refused(Problem::TooMany { .. }))));
    assert_eq!(ask(&app, request("GET", "/write", "10.0.0.1")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn requests_beyond_the_slots_or_the_time_limit_get_503() {
    let fixture = EdgeFixture::new().await;
    let (entered, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let wait = {
        let (entered, finish) = (entered.clone(), finish.clone());
        move || async move {
            entered.notify_one();
            finish.notified().await;
        }
    };
    let app = with_custom_limits(Router::new().route("/wait", get(wait)), &fixture.state, 1, Duration::from_secs(60));
    let inside = tokio::spawn(app.clone().oneshot(request("GET", "/wait", "10.0.0.1")));
    within_timeout(entered.notified()).await;
    let shed = ask(&app, request("GET", "/wait", "10.0.0.1")).await;
    assert_eq!(shed.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shed.headers()[header::RETRY_AFTER], "2");
    finish.notify_one();
    assert_eq!(within_timeout(inside).await.unwrap().unwrap().status(), StatusCode::OK);

    let never = Router::new().route("/never", get(std::future::pending::<()>));
    let app = with_custom_limits(never, &fixture.state, 1, Duration::from_millis(1));
    assert_eq!(ask(&app, request("GET", "/never", "10.0.0.1")).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ask(&app, request("GET", "/never", "10.0.0.1")).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn oversized_bodies_are_rejected_with_or_without_content_length() {
    let fixture = EdgeFixture::new().await;
    let app =
        with_limits(Router::new().route("/write", post(async |body: axum::body::Bytes| body.len().to_string())), &fixture.state);
    let sized = |bytes: usize| {
        let mut request = request("POST", "/write", "10.0.0.1");
        *request.body_mut() = Body::from(vec![0; bytes]);
        request
    };
    assert_eq!(ask(&app, sized(UPLOAD_BYTES)).await.status(), StatusCode::OK);
    let mut announced = sized(UPLOAD_BYTES + 1);
    announced.headers_mut().insert(header::CONTENT_LENGTH, (UPLOAD_BYTES + 1).into());
    let refused = ask(&app, announced).await;
    assert_eq!(refused.extensions().get(), Some(&Refused(Problem::TooLarge)));
    let mut streamed = request("POST", "/write", "10.0.0.1");
    let parts = (0..12).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 1024 * 1024]));
    *streamed.body_mut() = Body::from_stream(futures::stream::iter(parts));
    assert_eq!(ask(&app, streamed).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn request_id_is_accepted_only_from_trusted_proxies() {
    let fixture = EdgeFixture::with(|config| config.proxies = vec!["10.0.0.7".parse().unwrap()]).await;
    let echo = async |headers: HeaderMap| headers["x-request-id"].to_str().unwrap().to_owned();
    let app = with_limits(Router::new().route("/id", get(echo)), &fixture.state);
    for (from, given, accepted) in [("10.0.0.7", "abc-1", true), ("10.0.0.1", "abc-1", false), ("10.0.0.7", "a b", false)] {
        let mut asked = request("GET", "/id", from);
        asked.headers_mut().insert("x-request-id", given.parse().unwrap());
        let response = ask(&app, asked).await;
        let returned = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let seen = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(returned.as_bytes(), seen);
        assert_eq!(returned == given, accepted, "{from} {given}");
    }
}

#[tokio::test]
async fn handler_panic_returns_an_internal_error_with_the_request_id() {
    async fn panics() {
        panic!("王小明");
    }
    let fixture = EdgeFixture::new().await;
    let routes = || Router::new().route("/panic", get(panics));
    let limited = with_custom_limits(routes(), &fixture.state, 1, Duration::from_secs(60));
    let emergency = with_emergency_limits(routes(), &fixture.state, 0);
    // The limited router twice: a panic releases its slot.
    for app in [&limited, &limited, &emergency] {
        let response = ask(app, request("GET", "/panic", "10.0.0.1")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let reference = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(response.extensions().get(), Some(&Refused(Problem::Internal { reference: reference.clone() })));
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        let problem: Problem = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem, Problem::Internal { reference });
    }
}
