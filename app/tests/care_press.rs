//! Tests emergency calls over HTTP: raised, followed and cancelled by plain forms, scripts and devices, also while other parts of
//! the city fail.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helper functions of tests may panic, too"
)]

mod common;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    response::IntoResponse,
};
use common::{PageCity, signed_in};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use server::{care::intake::credential, http::limits};
use std::time::Duration;
use testing::test_city::TestCity;
use tower::ServiceExt;
use uuid::Uuid;

/// The small city without its care profiles, contacts and devices.
async fn city_without_care_data() -> TestCity {
    let fixture = TestCity::new().await;
    sqlx::raw_sql("DELETE FROM care_contact; DELETE FROM care_device; DELETE FROM care_profile;")
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    fixture
}

/// A response of the router.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{} {}", self.status, self.body))
    }

    fn location(&self) -> &str {
        self.headers.get(header::LOCATION).unwrap().to_str().unwrap()
    }

    /// The cookie with this name from `Set-Cookie`, in the form in which a browser sends it back.
    fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        set.filter_map(|c| c.split(';').next()).find(|c| c.starts_with(&format!("{name}="))).map(str::to_owned)
    }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// Posts JSON as the page's script or a program does.
async fn post_json(router: &Router, path: &str, cookie: &str, body: &Value) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").header("sec-fetch-site", "same-origin");
    send(router, request.header(header::COOKIE, cookie).body(Body::from(body.to_string())).unwrap()).await
}

/// Posts a form as a browser without scripts does.
async fn post_form(router: &Router, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie);
    send(router, request.body(Body::from(serde_urlencoded::to_string(fields).unwrap())).unwrap()).await
}

async fn page(router: &Router, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path).header(header::ACCEPT, "text/html").header(header::COOKIE, cookie);
    send(router, request.body(Body::empty()).unwrap()).await
}

/// The value of a hidden field of a page.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap()
}

async fn subject(fixture: &TestCity, number: &str) -> String {
    fixture.ask(&format!("SELECT subject_id::text FROM cases WHERE number = '{number}'")).await
}

#[tokio::test]
async fn plain_forms_raise_follow_and_cancel_a_call_without_a_session() {
    let fixture = city_without_care_data().await;
    let router = PageCity::route(&fixture.state);
    let form_page = page(&router, "/care/sos", "").await;
    assert_eq!(form_page.status, StatusCode::OK);
    assert_eq!(form_page.headers[header::CACHE_CONTROL], "no-store");
    for expected in ["sos-button", "href=\"tel:120\"", "name=\"callback\"", "action=\"/api/care/calls\""] {
        assert!(form_page.body.contains(expected), "{expected}");
    }
    let fields =
        [("id", hidden(&form_page.body, "id")), ("secret", hidden(&form_page.body, "secret")), ("callback", "13812345678")];
    let raised = post_form(&router, "/api/care/calls", "", &fields).await;
    assert_eq!((raised.status, raised.location()), (StatusCode::SEE_OTHER, "/care/sos"));
    let cookie = raised.cookie("huimin_press").unwrap();
    let repeated = post_form(&router, "/api/care/calls", "", &fields).await;
    assert_eq!((repeated.status, fixture.count("cases WHERE kind = 'sos'").await), (StatusCode::SEE_OTHER, 1));

    let status_page = page(&router, "/care/sos", &cookie).await.body;
    assert!(status_page.contains("data-phase=\"ringing\"") && status_page.contains("http-equiv=\"refresh\""), "{status_page}");
    assert!(!status_page.contains(fields[1].1), "the secret is only in the cookie");
    let details = post_form(&router, "/api/care/calls/more", &cookie, &[("words", "在三楼")]).await;
    assert_eq!(details.location(), "/care/sos");
    assert_eq!(fixture.count("care_call WHERE words IS NOT NULL").await, 1);
    let cancelled = post_form(&router, "/api/care/calls/cancel", &cookie, &[]).await;
    assert_eq!(cancelled.location(), "/care/sos");
    let ended_page = page(&router, "/care/sos", &cookie).await.body;
    assert!(
        ended_page.contains("data-phase=\"ended\"")
            && ended_page.contains("呼救已撤销")
            && ended_page.contains("data-on=\"false\""),
        "{ended_page}"
    );
    assert_ne!(hidden(&ended_page, "id"), fields[0].1, "a new press has a new id");
}

#[tokio::test]
async fn a_script_raises_a_call_and_reads_its_status_as_json_and_html() {
    let fixture = city_without_care_data().await;
    let router = PageCity::route(&fixture.state);
    let elder = fixture.elder().await;
    let session = signed_in(fixture.store(), &router, elder.account.unwrap(), false, None).await.cookie;
    let key = json!({ "id": Uuid::new_v4(), "secret": Uuid::new_v4().simple().to_string() });
    let mut body = key.clone();
    body["fix"] = json!({ "lat": 30.55, "lon": 114.31, "accuracy_m": 25.0 });
    let raised = post_json(&router, "/api/care/calls", &session, &body).await;
    assert_eq!((raised.status, &raised.json()["received"]), (StatusCode::CREATED, &json!(true)));
    assert!(raised.json().get("secret").is_none(), "a client that sent a secret does not get it back");
    let number = raised.json()["number"].as_str().unwrap().to_owned();
    assert_eq!(subject(&fixture, &number).await, elder.person.unwrap().to_string());
    let repeated = post_json(&router, "/api/care/calls", "", &body).await;
    assert_eq!((repeated.status, repeated.json()["number"].as_str()), (StatusCode::OK, Some(number.as_str())));

    let status = post_json(&router, "/api/care/calls/status", "", &key).await;
    assert_eq!((status.json()["phase"].as_str(), status.json()["placed"].as_bool()), (Some("ringing"), Some(true)));
    let fields = [("id", key["id"].as_str().unwrap()), ("secret", key["secret"].as_str().unwrap()), ("lang", "en")];
    let fragment = post_form(&router, "/api/care/calls/status", "", &fields).await;
    assert!(
        fragment.body.contains("data-phase=\"ringing\"")
            && fragment.body.contains("Received")
            && !fragment.body.contains("<html")
    );
    // A session alone is enough to follow the call; without a session or the secret every action is refused.
    assert_eq!(post_json(&router, "/api/care/calls/status", &session, &json!({})).await.json()["number"], number);
    for (act, cookie) in [("status", ""), ("locate", ""), ("cancel", ""), ("dance", session.as_str())] {
        let refused = post_json(&router, &format!("/api/care/calls/{act}"), cookie, &json!({ "number": number })).await;
        assert_eq!((refused.status, refused.json()["status"].as_u64()), (StatusCode::NOT_FOUND, Some(404)), "{act}");
    }
    let follow_page = page(&router, &format!("/care/calls/{number}"), &session).await;
    assert!(
        follow_page.status == StatusCode::OK && follow_page.body.contains("陈桂英") && follow_page.body.contains("北纬 30.55")
    );
    assert_eq!(page(&router, &format!("/cases/{number}"), &session).await.location(), format!("/care/calls/{number}"));
    assert!(page(&router, "/cases", &session).await.body.contains(&format!("/care/calls/{number}")));
    let stranger = fixture.resident("zhang.wei").await.account.unwrap();
    let other = signed_in(fixture.store(), &router, stranger, false, None).await.cookie;
    assert_eq!(page(&router, &format!("/care/calls/{number}"), &other).await.status, StatusCode::NOT_FOUND);
    let refused = post_json(&router, "/api/care/calls/cancel", &other, &json!({ "number": number })).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn malformed_and_empty_bodies_still_raise_a_call() {
    let fixture = city_without_care_data().await;
    let router = PageCity::route(&fixture.state);
    for (n, body) in
        ["", "[]", "nonsense=%ff", "{\"id\":7,\"secret\":\"short\",\"fix\":\"here\"}", "\u{1}\u{2}"].into_iter().enumerate()
    {
        let malformed = Request::post("/api/care/calls").body(Body::from(body)).unwrap();
        let answer = send(&router, malformed).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{n} {}", answer.body);
        // A client that sent no secret receives one, to follow the call.
        let created = answer.json();
        let key = json!({ "id": created["press"], "secret": created["secret"] });
        assert_eq!(post_json(&router, "/api/care/calls/status", "", &key).await.json()["number"], created["number"]);
    }
    // A declared length above the limit is refused; a body that exceeds the limit undeclared still raises a call.
    let request = || Request::post("/api/care/calls");
    let declared = request().header(header::CONTENT_LENGTH, "20000").body(Body::from("x".repeat(20_000))).unwrap();
    assert_eq!(send(&router, declared).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let undeclared = request().body(Body::from("x".repeat(20_000))).unwrap();
    assert_eq!(send(&router, undeclared).await.status, StatusCode::CREATED);
    // A cross-site request with a session cookie is refused.
    let forged = Request::post("/api/care/calls").header("sec-fetch-site", "cross-site").header(header::COOKIE, "huimin=x");
    assert_eq!(send(&router, forged.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_browsers_credential_identifies_the_caller_when_the_session_is_invalid() {
    let fixture = city_without_care_data().await;
    let router = PageCity::route(&fixture.state);
    let elder = fixture.elder().await;
    let token = credential::issue_to_browser(fixture.store(), &elder, None, "Chrome").await.unwrap().unwrap();
    let device = format!("huimin_sos={token}");
    let session = signed_in(fixture.store(), &router, elder.account.unwrap(), false, None).await.cookie;
    sqlx::query("UPDATE session SET data = '\\x00'").execute(&fixture.db.owner).await.unwrap();
    let person = elder.person.unwrap().to_string();
    for cookie in [format!("{session}; {device}"), format!("huimin=nonsense; {device}"), device.clone()] {
        let answer = post_json(&router, "/api/care/calls", &cookie, &json!({})).await;
        assert_eq!(subject(&fixture, answer.json()["number"].as_str().unwrap()).await, person, "{cookie}");
    }
    assert_eq!(fixture.count("cases WHERE kind = 'sos'").await, 1, "one open call for one person");
    assert!(page(&router, "/care/sos", &device).await.body.contains("data-phase=\"ringing\""));
    // The credential gives access to no other page.
    assert_eq!(page(&router, "/care/profile", &device).await.status, StatusCode::SEE_OTHER);
    // With a revoked or wrong credential the call is accepted, too, but as one of an unknown person.
    sqlx::query("UPDATE care_device SET revoked_at = huimin_now()").execute(&fixture.db.owner).await.unwrap();
    for cookie in [device.as_str(), "huimin_sos=x.y", session.as_str()] {
        let answer = post_json(&router, "/api/care/calls", cookie, &json!({ "callback": "13812345678" })).await;
        assert_ne!(subject(&fixture, answer.json()["number"].as_str().unwrap()).await, person, "{cookie}");
    }
}

#[tokio::test]
async fn sign_in_registers_the_browser_and_its_devices_are_listed_and_revoked() {
    let fixture = city_without_care_data().await;
    let router = PageCity::route(&fixture.state);
    let fields = [("contact", "chen.guiying@demo.huimin.example"), ("password", server::seed::PASSWORD)];
    let first_sign_in = post_form(&router, "/api/account/sign-in", "", &fields).await;
    let (session, device) = (first_sign_in.cookie("huimin").unwrap(), first_sign_in.cookie("huimin_sos").unwrap());
    let set_cookie = first_sign_in.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
    let set_cookie = set_cookie.into_iter().find(|c| c.starts_with("huimin_sos=")).unwrap();
    assert!(
        set_cookie.contains("HttpOnly") && set_cookie.contains("SameSite=Lax") && set_cookie.contains("Max-Age=31536000"),
        "{set_cookie}"
    );
    let cookies = format!("{session}; {device}");
    let second_sign_in = post_form(&router, "/api/account/sign-in", &cookies, &fields).await;
    assert_eq!(second_sign_in.cookie("huimin_sos"), None, "the browser has a credential already");
    let cookies = format!("{}; {device}", second_sign_in.cookie("huimin").unwrap());
    let devices_page = page(&router, "/care/devices", &cookies).await.body;
    assert!(devices_page.contains("就是这台"), "{devices_page}");
    assert_eq!(fixture.count("care_device WHERE kind = 'browser'").await, 1);

    // A button: its credential is shown once.
    let registered = post_form(&router, "/api/care/button-register", &cookies, &[("label", "床头按钮")]).await;
    assert_eq!(registered.location(), "/care/devices");
    let page_with_secret = page(&router, "/care/devices", &cookies).await.body;
    let token = page_with_secret.split("class=\"sos-secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!page(&router, "/care/devices", &cookies).await.body.contains(&token));
    let alarm = async |token: &str, body: Value| {
        let request = Request::post("/api/care/alarms").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        send(&router, request.body(Body::from(body.to_string())).unwrap()).await
    };
    let test = alarm(&token, json!({ "id": Uuid::new_v4(), "kind": "test" })).await;
    assert!(test.status == StatusCode::OK && test.json()["tested_at"].is_string());
    assert!(page(&router, "/care/devices", &cookies).await.body.contains("上次测试"));
    let pressed = json!({ "id": Uuid::new_v4(), "kind": "press", "location": { "lat": 30.5, "lon": 114.3 } });
    assert_eq!(alarm(&token, pressed.clone()).await.status, StatusCode::CREATED);
    assert_eq!(alarm(&token, pressed.clone()).await.status, StatusCode::OK);
    let unknown = alarm("nonsense", pressed).await;
    assert_eq!((unknown.status, unknown.json()["problem"].as_str()), (StatusCode::UNAUTHORIZED, Some("sign_in_first")));
    assert_eq!(unknown.headers[header::CONTENT_TYPE], "application/problem+json");
    let anonymous = alarm("nonsense", json!({ "callback": "13812345678" })).await;
    assert_eq!(anonymous.status, StatusCode::CREATED);
    let device = hidden(&devices_page, "device").to_owned();
    let revoked = post_form(&router, "/api/care/device-revoke", &cookies, &[("device", &device)]).await;
    assert_eq!(revoked.location(), "/care/devices");
    assert!(!page(&router, "/care/devices", &cookies).await.body.contains("就是这台"));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_accepted_during_overload_and_beyond_the_write_limit() {
    let fixture = city_without_care_data().await;
    let router = PageCity::route(&fixture.state);
    // All slots for other requests are taken.
    let requests: Vec<_> = (0..3).map(|_| Request::get("/slow").body(Body::empty()).unwrap()).collect();
    let slow = Router::new().route(
        "/slow",
        axum::routing::get(|| async {
            std::future::pending::<()>().await;
            StatusCode::OK.into_response()
        }),
    );
    let busy = limits::with_custom_limits(slow, &fixture.state, 2, Duration::from_secs(30))
        .merge(app::site::api::router(&app_of(&fixture)));
    let waiting: Vec<_> = requests.into_iter().take(2).map(|r| tokio::spawn(busy.clone().oneshot(r))).collect();
    while send(&busy, Request::get("/slow").body(Body::empty()).unwrap()).await.status != StatusCode::SERVICE_UNAVAILABLE {}
    assert_eq!(post_json(&busy, "/api/care/calls", "", &json!({})).await.status, StatusCode::CREATED);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    // The address has used up its limit of other writes.
    let count_rate_limited = async || {
        let writes = (0..310).map(|_| post_form(&router, "/api/account/preferences", "", &[("lang", "zh")]));
        futures::future::join_all(writes).await.iter().filter(|a| a.status == StatusCode::TOO_MANY_REQUESTS).count()
    };
    assert!(count_rate_limited().await > 0);
    assert_eq!(post_json(&router, "/api/care/calls", "", &json!({})).await.status, StatusCode::CREATED);
}

fn app_of(fixture: &TestCity) -> app::http::context::App {
    let leptos =
        leptos::prelude::LeptosOptions::builder().output_name("huimin").site_root("target/site").site_pkg_dir("pkg").build();
    app::http::context::App { state: fixture.state.clone(), leptos }
}

#[tokio::test]
async fn an_unreachable_store_is_reported_and_the_form_keeps_its_input() {
    let fixture = city_without_care_data().await;
    let mut city = fixture.state.clone();
    let unreachable = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(50))
        .connect_lazy("postgres://huimin_app@127.0.0.1:1/none")
        .unwrap();
    city.emergency_store =
        Some(server::Store::from_pool(unreachable, fixture.store().vault.clone()).with(testing::test_flow::LIVES));
    let router = PageCity::route(&city);
    let answer = post_form(&router, "/api/care/calls", "", &[("callback", "13812345678"), ("words", "救命")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    for expected in ["尚未收到", "href=\"tel:120\"", "value=\"13812345678\"", "value=\"救命\"", "Not yet received"] {
        assert!(answer.body.contains(expected), "{expected}: {}", answer.body);
    }
    let answer = post_json(&router, "/api/care/calls", "", &json!({})).await;
    assert_eq!((answer.status, answer.json()["problem"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("unavailable")));
    // Without a call to look up, the page itself needs no store.
    assert_eq!(page(&router, "/care/sos", "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_resident_page_links_to_the_sos_page_and_care_data_is_saved() {
    let fixture = city_without_care_data().await;
    let router = PageCity::route(&fixture.state);
    let elder = fixture.elder().await;
    let session = signed_in(fixture.store(), &router, elder.account.unwrap(), false, None).await.cookie;
    for path in ["/", "/services", "/me", "/inbox", "/care", "/care/profile", "/care/contacts", "/care/sos", "/nowhere"] {
        let body = page(&router, path, &session).await.body;
        assert!(body.contains("href=\"/care/sos\"") && body.contains("class=\"sos-link\""), "{path}");
    }
    // Profile and contacts are saved.
    let fields = [
        ("conditions", "高血压"),
        ("district", ""),
        ("languages[]", "zh"),
        ("languages[]", "zh-x-wuhan"),
        ("home_lat", "30.55"),
        ("home_lon", "114.3"),
    ];
    let saved = post_form(&router, "/api/care/profile-save", &session, &fields).await;
    assert_eq!(saved.location(), "/care/profile", "{}", saved.body);
    let profile = page(&router, "/care/profile", &session).await.body;
    assert!(profile.contains("高血压") && profile.contains("照护档案已保存") && profile.contains("30.55000"), "{profile}");
    let invalid = post_form(&router, "/api/care/contact-save", &session, &[("name", "王秀兰"), ("phone", "123")]).await;
    assert_eq!(invalid.status, StatusCode::SEE_OTHER);
    let contact_saved = post_form(
        &router,
        "/api/care/contact-save",
        &session,
        &[("name", "王秀兰"), ("phone", "13812345678"), ("key_holder", "yes")],
    )
    .await;
    assert_eq!(contact_saved.location(), "/care/contacts", "{}", contact_saved.body);
    let contacts_page = page(&router, "/care/contacts", &session).await.body;
    assert!(contacts_page.contains("王秀兰") && contacts_page.contains("有钥匙"), "{contacts_page}");
    let contact = hidden(&contacts_page, "contact").to_owned();
    assert!(page(&router, &format!("/care/contacts/{contact}"), &session).await.body.contains("13812345678"));
    post_form(&router, "/api/care/contact-remove", &session, &[("contact", &contact)]).await;
    assert!(!page(&router, "/care/contacts", &session).await.body.contains("王秀兰"));
    // The copy that the service worker stores shows no personal data, in the language and mode of the query.
    let cached_page = page(&router, "/care/sos?lang=en&elder=1", "").await.body;
    assert!(cached_page.contains("lang=\"en\" data-mode=\"elder\"") && !cached_page.contains("陈桂英"));
    assert!(page(&router, "/care/sos?lang=en", "lang=zh").await.body.contains("lang=\"zh-CN\""));
}
