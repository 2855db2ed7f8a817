//! Tests what all pages have in common: security headers, language, elder mode, and error responses.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helper functions of tests may panic, too"
)]

mod common;

use app::site::routes::PAGES;
use axum::http::{StatusCode, header};
use common::PageCity;

#[tokio::test]
async fn every_response_has_a_content_security_policy_with_a_new_nonce() {
    let city = PageCity::new().await;
    let browser = city.visitor();
    let (one, two) = (browser.get("/").await, browser.get("/").await);
    assert_eq!(one.status, StatusCode::OK, "{}", one.body);
    let policy = |a: &common::Answer| a.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert_ne!(policy(&one), policy(&two));
    let nonce = policy(&one).split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    assert!(one.body.contains(&format!("nonce=\"{nonce}\"")));
    assert!(!one.body.contains("style=\""));
    assert_eq!(one.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[tokio::test]
async fn language_and_elder_mode_are_switched_by_plain_forms() {
    let city = PageCity::new().await;
    let mut browser = city.visitor();
    assert!(browser.get("/").await.body.contains("lang=\"zh-CN\""));
    let answer = browser.post("/api/account/preferences", &[("lang", "en"), ("elder", "1"), ("return_to", "/services")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(answer.location.as_deref(), Some("/services"));
    let cookies: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().map(|c| c.to_str().unwrap().to_owned()).collect();
    browser.cookie = cookies.iter().map(|c| c.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let page = browser.get("/").await.body;
    assert!(page.contains("lang=\"en\"") && page.contains("data-mode=\"elder\""), "{page}");
    let external = browser.post("/api/account/preferences", &[("lang", "zh"), ("return_to", "//evil.example")]).await;
    assert_eq!(external.location.as_deref(), Some("/"));
}

#[tokio::test]
async fn an_unknown_path_returns_404_and_an_unauthenticated_call_returns_401() {
    let city = PageCity::new().await;
    let browser = city.visitor();
    let missing = browser.get("/nowhere").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.body.contains("<h1"), "{}", missing.body);
    let unauthenticated = browser.call("/api/account/prolong", &[]).await;
    assert_eq!(unauthenticated.status, StatusCode::UNAUTHORIZED);
    assert!(unauthenticated.body.contains("\"problem\":\"sign_in_first\""), "{}", unauthenticated.body);
}

/// Postgres cannot store NUL, so every page and server function refuses input that contains it.
#[tokio::test]
async fn every_page_and_server_function_refuses_nul_characters() {
    let city = PageCity::new().await;
    let browser = city.visitor();
    for page in PAGES {
        let words: Vec<&str> = page.path.split('/').map(|word| if word.starts_with('{') { "a%00" } else { word }).collect();
        for address in [format!("{}%00", words.join("/")), format!("{}?after=%00&q=a%00b", page.path.replace(['{', '}'], ""))] {
            assert_eq!(browser.status(&address).await, StatusCode::NOT_FOUND, "{address}");
        }
    }
    for (path, _) in leptos::server_fn::axum::server_fn_paths() {
        let answer = browser.call(path, &[("name_zh", "某\0局")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.body);
        assert!(answer.body.contains(r#""kind":"not_text""#) && answer.body.contains("name_zh"), "{}", answer.body);
    }
    // A NUL that was escaped twice is three plain characters.
    assert_ne!(browser.status("/services?q=%2500").await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_panicking_handler_returns_an_error_page_with_the_request_id() {
    async fn panics() {
        panic!("王小明");
    }
    let city = PageCity::new().await;
    let routes = axum::Router::new().route("/panic", axum::routing::get(panics));
    let router = server::http::limits::with_limits(routes, &city.state)
        .layer(axum::middleware::from_fn_with_state("/style.css".into(), app::http::problem_page::render_refusals));
    let request = axum::http::Request::get("/panic").header(header::ACCEPT, "text/html").body(axum::body::Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(router, request).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    let reference = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let page = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains(&reference) && !page.contains("王小明"), "{page}");
}

/// Errors that no handler makes (of the router, the limits and the file service) are problem documents like all others, and
/// pages for browsers.
#[tokio::test]
async fn every_error_is_a_problem_document_or_a_page_that_leads_back() {
    let city = PageCity::new().await;
    let browser = city.visitor();
    let long = format!("/pkg/{}", "a".repeat(300));
    let large = "a".repeat(17 * 1024);
    let cases: [(&str, &str, &str, StatusCode, &str); 7] = [
        ("GET", &long, "", StatusCode::NOT_FOUND, "not_found"),
        ("GET", "/pkg/missing.css", "", StatusCode::NOT_FOUND, "not_found"),
        ("GET", "/services/%ff", "", StatusCode::BAD_REQUEST, "unreadable"),
        ("POST", "/api/nothing", "", StatusCode::NOT_FOUND, "not_found"),
        ("PUT", "/services", "", StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
        ("POST", "/api/care/alarms", &large, StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        ("GET", "/metrics", "", StatusCode::NOT_FOUND, "not_found"),
    ];
    for (method, path, body, status, problem) in cases {
        let request = |accept| {
            axum::http::Request::builder()
                .method(method)
                .uri(path)
                .header(header::ACCEPT, accept)
                .header(header::REFERER, "http://localhost/services")
                .header("x-forwarded-for", "192.0.2.1")
                .header(header::CONTENT_LENGTH, body.len())
                .body(axum::body::Body::from(body.to_owned()))
                .unwrap()
        };
        let document = browser.send(request("application/json")).await;
        assert_eq!(document.status, status, "{method} {path}: {}", document.body);
        assert_eq!(document.headers[header::CONTENT_TYPE], "application/problem+json", "{method} {path}");
        let read: serde_json::Value = serde_json::from_str(&document.body).unwrap();
        assert_eq!((read["problem"].as_str(), read["status"].as_u64()), (Some(problem), Some(status.as_u16().into())), "{path}");
        assert!(read["title"].is_string() && read["detail"].is_string() && read["type"].is_string(), "{path}: {}", document.body);
        assert!(
            !document.headers.get(header::CACHE_CONTROL).is_some_and(|v| v.to_str().unwrap().contains("immutable")),
            "{path}"
        );
        // Machine endpoints answer machines only.
        if path.starts_with("/api/care") {
            continue;
        }
        let page = browser.send(request("text/html")).await;
        assert_eq!(
            (page.status, &page.headers[header::CONTENT_TYPE]),
            (status, &"text/html; charset=utf-8".parse().unwrap()),
            "{path}"
        );
        assert!(page.body.contains("<h1") && page.body.contains("href=\"/\""), "{path}: {}", page.body);
    }
    let style = browser.get(&long).await;
    assert!(style.body.contains("rel=\"stylesheet\""), "{}", style.body);
}
