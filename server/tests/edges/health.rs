//! Tests the health, readiness and metrics endpoints.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use server::{
    AppState, Config, Store,
    http::{
        health::{self, Readiness, readiness},
        limits,
    },
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::{net::SocketAddr, time::Duration};
use testing::edge_fixture::{EdgeFixture, Folder, within_timeout};
use tower::ServiceExt;

async fn ask(app: &Router, path: &str, from: &str, more: &[(&'static str, &str)]) -> (StatusCode, String) {
    let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo::<SocketAddr>(format!("{from}:1000").parse().unwrap()));
    for (name, value) in more {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let response = within_timeout(app.clone().oneshot(request)).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn process_without_a_database_is_healthy_but_not_ready() {
    let folder = Folder::new();
    let unreachable = PgConnectOptions::new().host("127.0.0.1").port(1).username("huimin_app");
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_secs(5)).connect_lazy_with(unreachable);
    let city =
        AppState::new(Store::from_pool(pool, folder.vault()).with(testing::test_flow::LIVES), Config::demo(folder.0.clone()));
    let app = health::router(city);
    assert_eq!(ask(&app, "/healthz", "10.0.0.1", &[]).await.0, StatusCode::OK);
    let (status, body) = ask(&app, "/readyz", "10.0.0.1", &[]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains(r#""store":false"#), "{body}");
}

#[tokio::test]
async fn readiness_requires_migrations_and_a_live_worker() {
    let fixture = EdgeFixture::new().await;
    let state = |migrations, worker| Readiness {
        ready: migrations && worker,
        store: true,
        migrations,
        worker,
        engine: false,
        auditor: false,
    };
    assert_eq!(readiness(&fixture.state).await, state(true, false));
    let beat = "SELECT graphile_worker.worker_heartbeat('w')";
    sqlx::query(beat).execute(fixture.owner()).await.unwrap();
    assert_eq!(readiness(&fixture.state).await, state(true, true));
    sqlx::query("UPDATE graphile_worker._private_workers SET last_heartbeat_at = now() - interval '31 s'")
        .execute(fixture.owner())
        .await
        .unwrap();
    assert_eq!(readiness(&fixture.state).await, state(true, false));
    sqlx::query("DELETE FROM seaql_migrations WHERE version = '0010_policies'").execute(fixture.owner()).await.unwrap();
    assert_eq!(readiness(&fixture.state).await, state(false, false));
}

#[tokio::test]
async fn metrics_require_localhost_or_the_token() {
    let fixture = EdgeFixture::with(|config| config.metrics_token = Some("t0ken".to_owned())).await;
    let account = fixture.account(Some("li@example.cn"), None, "zh").await;
    fixture.notice(account, None).await;
    let limited = limits::with_limits(Router::new().route("/cases/{number}", axum::routing::get(|| async {})), &fixture.state);
    let app = limited.merge(health::router(fixture.state.clone()));
    assert_eq!(ask(&app, "/cases/BJ-secret-number", "10.0.0.1", &[]).await.0, StatusCode::OK);
    for (from, headers, allowed) in [
        ("127.0.0.1", &[][..], true),
        ("127.0.0.1", &[("x-forwarded-for", "1.2.3.4")], false),
        ("10.0.0.1", &[], false),
        ("10.0.0.1", &[("authorization", "Bearer wrong")], false),
        ("10.0.0.1", &[("authorization", "Bearer t0ken")], true),
    ] {
        assert_eq!(ask(&app, "/metrics", from, headers).await.0.is_success(), allowed, "{from} {headers:?}");
    }
    let (_, body) = ask(&app, "/metrics", "127.0.0.1", &[]).await;
    for line in [
        r#"huimin_requests_total{method="GET",route="/cases/{number}",status="200"} 1"#,
        r#"huimin_request_seconds_bucket{method="GET",route="/cases/{number}",le="0.005"}"#,
        r#"huimin_jobs{state="due"} 1"#,
        r#"huimin_pool_connections{state="in_use"}"#,
        "huimin_events_total",
        "huimin_live_clients 0",
        "huimin_sign_in_failures_total 0",
        "huimin_operator_warnings 0",
    ] {
        assert!(body.contains(line), "{line} is not in\n{body}");
    }
    assert!(!body.contains("secret-number"));
}
