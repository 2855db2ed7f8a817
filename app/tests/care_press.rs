//! A call for help over HTTP, as browsers without a script, scripts and devices make it, whatever else goes wrong.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share may stop at once, too"
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

/// The demo city's people without what the demo says of their care.
async fn quiet() -> TestCity {
    let fixture = TestCity::new().await;
    sqlx::raw_sql("DELETE FROM care_contact; DELETE FROM care_device; DELETE FROM care_profile;")
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    fixture
}

/// An answer of the edge.
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

    /// The cookie of this name that it sets, as a browser sends it.
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

/// Posts a document as the page's script or a program does.
async fn post_json(router: &Router, path: &str, cookie: &str, body: &Value) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, "application/json").header("sec-fetch-site", "same-origin");
    send(router, request.header(header::COOKIE, cookie).body(Body::from(body.to_string())).unwrap()).await
}

/// Posts a form as a browser without a script does.
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
async fn a_form_without_script_or_session_calls_follows_and_takes_back() {
    let fixture = quiet().await;
    let router = PageCity::route(&fixture.city);
    let asked = page(&router, "/care/sos", "").await;
    assert_eq!(asked.status, StatusCode::OK);
    assert_eq!(asked.headers[header::CACHE_CONTROL], "no-store");
    for there in ["sos-button", "href=\"tel:120\"", "name=\"callback\"", "action=\"/api/care/calls\""] {
        assert!(asked.body.contains(there), "{there}");
    }
    let fields = [("id", hidden(&asked.body, "id")), ("secret", hidden(&asked.body, "secret")), ("callback", "13812345678")];
    let pressed = post_form(&router, "/api/care/calls", "", &fields).await;
    assert_eq!((pressed.status, pressed.location()), (StatusCode::SEE_OTHER, "/care/sos"));
    let cookie = pressed.cookie("huimin_press").unwrap();
    let again = post_form(&router, "/api/care/calls", "", &fields).await;
    assert_eq!((again.status, fixture.count("cases WHERE kind = 'sos'").await), (StatusCode::SEE_OTHER, 1));

    let follows = page(&router, "/care/sos", &cookie).await.body;
    assert!(follows.contains("data-phase=\"ringing\"") && follows.contains("http-equiv=\"refresh\""), "{follows}");
    assert!(!follows.contains(fields[1].1), "the secret is in the cookie alone");
    let more = post_form(&router, "/api/care/calls/more", &cookie, &[("words", "在三楼")]).await;
    assert_eq!(more.location(), "/care/sos");
    assert_eq!(fixture.count("care_call WHERE words IS NOT NULL").await, 1);
    let back = post_form(&router, "/api/care/calls/cancel", &cookie, &[]).await;
    assert_eq!(back.location(), "/care/sos");
    let ended = page(&router, "/care/sos", &cookie).await.body;
    assert!(
        ended.contains("data-phase=\"ended\"") && ended.contains("呼救已撤销") && ended.contains("data-on=\"false\""),
        "{ended}"
    );
    assert_ne!(hidden(&ended, "id"), fields[0].1, "another press is another call");
}

#[tokio::test]
async fn a_script_calls_and_is_answered_in_documents_and_drawings() {
    let fixture = quiet().await;
    let router = PageCity::route(&fixture.city);
    let elder = fixture.elder().await;
    let session = signed_in(fixture.store(), &router, elder.account.unwrap(), false, None).await.cookie;
    let key = json!({ "id": Uuid::new_v4(), "secret": Uuid::new_v4().simple().to_string() });
    let mut body = key.clone();
    body["fix"] = json!({ "lat": 30.55, "lon": 114.31, "accuracy_m": 25.0 });
    let first = post_json(&router, "/api/care/calls", &session, &body).await;
    assert_eq!((first.status, &first.json()["received"]), (StatusCode::CREATED, &json!(true)));
    assert!(first.json().get("secret").is_none(), "who brought one knows it");
    let number = first.json()["number"].as_str().unwrap().to_owned();
    assert_eq!(subject(&fixture, &number).await, elder.person.unwrap().to_string());
    let again = post_json(&router, "/api/care/calls", "", &body).await;
    assert_eq!((again.status, again.json()["number"].as_str()), (StatusCode::OK, Some(number.as_str())));

    let status = post_json(&router, "/api/care/calls/status", "", &key).await;
    assert_eq!((status.json()["phase"].as_str(), status.json()["placed"].as_bool()), (Some("ringing"), Some(true)));
    let fields = [("id", key["id"].as_str().unwrap()), ("secret", key["secret"].as_str().unwrap()), ("lang", "en")];
    let drawn = post_form(&router, "/api/care/calls/status", "", &fields).await;
    assert!(drawn.body.contains("data-phase=\"ringing\"") && drawn.body.contains("Received") && !drawn.body.contains("<html"));
    // The session alone follows, too, and a page without it is somebody else's.
    assert_eq!(post_json(&router, "/api/care/calls/status", &session, &json!({})).await.json()["number"], number);
    for (act, cookie) in [("status", ""), ("locate", ""), ("cancel", ""), ("dance", session.as_str())] {
        let refused = post_json(&router, &format!("/api/care/calls/{act}"), cookie, &json!({ "number": number })).await;
        assert_eq!((refused.status, refused.json()["status"].as_u64()), (StatusCode::NOT_FOUND, Some(404)), "{act}");
    }
    let follow = page(&router, &format!("/care/calls/{number}"), &session).await;
    assert!(follow.status == StatusCode::OK && follow.body.contains("陈桂英") && follow.body.contains("北纬 30.55"));
    assert_eq!(page(&router, &format!("/cases/{number}"), &session).await.location(), format!("/care/calls/{number}"));
    assert!(page(&router, "/cases", &session).await.body.contains(&format!("/care/calls/{number}")));
    let stranger = fixture.resident("zhang.wei").await.account.unwrap();
    let other = signed_in(fixture.store(), &router, stranger, false, None).await.cookie;
    assert_eq!(page(&router, &format!("/care/calls/{number}"), &other).await.status, StatusCode::NOT_FOUND);
    let refused = post_json(&router, "/api/care/calls/cancel", &other, &json!({ "number": number })).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_that_is_sent_or_missing_refuses_a_call() {
    let fixture = quiet().await;
    let router = PageCity::route(&fixture.city);
    for (n, body) in
        ["", "[]", "nonsense=%ff", "{\"id\":7,\"secret\":\"short\",\"fix\":\"here\"}", "\u{1}\u{2}"].into_iter().enumerate()
    {
        let request = Request::post("/api/care/calls").body(Body::from(body)).unwrap();
        let answer = send(&router, request).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{n} {}", answer.body);
        // Whoever brought no secret is told one, to follow it by.
        let told = answer.json();
        let key = json!({ "id": told["press"], "secret": told["secret"] });
        assert_eq!(post_json(&router, "/api/care/calls/status", "", &key).await.json()["number"], told["number"]);
    }
    // What says beforehand that it is no call is not read; what is cut off is a call all the same.
    let huge = || Request::post("/api/care/calls");
    let said = huge().header(header::CONTENT_LENGTH, "20000").body(Body::from("x".repeat(20_000))).unwrap();
    assert_eq!(send(&router, said).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let cut = huge().body(Body::from("x".repeat(20_000))).unwrap();
    assert_eq!(send(&router, cut).await.status, StatusCode::CREATED);
    // Another page's script may not call with somebody's cookie.
    let forged = Request::post("/api/care/calls").header("sec-fetch-site", "cross-site").header(header::COOKIE, "huimin=x");
    assert_eq!(send(&router, forged.body(Body::empty()).unwrap()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_session_that_ended_or_cannot_be_read_leaves_the_browsers_credential() {
    let fixture = quiet().await;
    let router = PageCity::route(&fixture.city);
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
    assert_eq!(fixture.count("cases WHERE kind = 'sos'").await, 1, "one person, one call");
    assert!(page(&router, "/care/sos", &device).await.body.contains("data-phase=\"ringing\""));
    // The credential opens nothing else.
    assert_eq!(page(&router, "/care/profile", &device).await.status, StatusCode::SEE_OTHER);
    // Taken back or wrong, the call is taken all the same: of nobody known.
    sqlx::query("UPDATE care_device SET revoked_at = huimin_now()").execute(&fixture.db.owner).await.unwrap();
    for cookie in [device.as_str(), "huimin_sos=x.y", session.as_str()] {
        let answer = post_json(&router, "/api/care/calls", cookie, &json!({ "callback": "13812345678" })).await;
        assert_ne!(subject(&fixture, answer.json()["number"].as_str().unwrap()).await, person, "{cookie}");
    }
}

#[tokio::test]
async fn signing_in_gives_the_browser_its_credential_and_the_page_lists_it() {
    let fixture = quiet().await;
    let router = PageCity::route(&fixture.city);
    let fields = [("contact", "chen.guiying@demo.huimin.example"), ("password", server::seed::PASSWORD)];
    let entered = post_form(&router, "/api/account/sign-in", "", &fields).await;
    let (session, device) = (entered.cookie("huimin").unwrap(), entered.cookie("huimin_sos").unwrap());
    let set = entered.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
    let set = set.into_iter().find(|c| c.starts_with("huimin_sos=")).unwrap();
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Max-Age=31536000"), "{set}");
    let both = format!("{session}; {device}");
    let again = post_form(&router, "/api/account/sign-in", &both, &fields).await;
    assert_eq!(again.cookie("huimin_sos"), None, "it has one");
    let both = format!("{}; {device}", again.cookie("huimin").unwrap());
    let listed = page(&router, "/care/devices", &both).await.body;
    assert!(listed.contains("就是这台"), "{listed}");
    assert_eq!(fixture.count("care_device WHERE kind = 'browser'").await, 1);

    // A button: its credential is told once.
    let made = post_form(&router, "/api/care/button-register", &both, &[("label", "床头按钮")]).await;
    assert_eq!(made.location(), "/care/devices");
    let told = page(&router, "/care/devices", &both).await.body;
    let token = told.split("class=\"sos-secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(!page(&router, "/care/devices", &both).await.body.contains(&token));
    let alarm = async |token: &str, body: Value| {
        let request = Request::post("/api/care/alarms").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        send(&router, request.body(Body::from(body.to_string())).unwrap()).await
    };
    let test = alarm(&token, json!({ "id": Uuid::new_v4(), "kind": "test" })).await;
    assert!(test.status == StatusCode::OK && test.json()["tested_at"].is_string());
    assert!(page(&router, "/care/devices", &both).await.body.contains("上次测试"));
    let pressed = json!({ "id": Uuid::new_v4(), "kind": "press", "location": { "lat": 30.5, "lon": 114.3 } });
    assert_eq!(alarm(&token, pressed.clone()).await.status, StatusCode::CREATED);
    assert_eq!(alarm(&token, pressed.clone()).await.status, StatusCode::OK);
    let unknown = alarm("nonsense", pressed).await;
    assert_eq!((unknown.status, unknown.json()["problem"].as_str()), (StatusCode::UNAUTHORIZED, Some("sign_in_first")));
    assert_eq!(unknown.headers[header::CONTENT_TYPE], "application/problem+json");
    let anonymous = alarm("nonsense", json!({ "callback": "13812345678" })).await;
    assert_eq!(anonymous.status, StatusCode::CREATED);
    let device = hidden(&listed, "device").to_owned();
    let revoked = post_form(&router, "/api/care/device-revoke", &both, &[("device", &device)]).await;
    assert_eq!(revoked.location(), "/care/devices");
    assert!(!page(&router, "/care/devices", &both).await.body.contains("就是这台"));
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_overload_nor_the_limit_of_writes_stands_before_a_call() {
    let fixture = quiet().await;
    let router = PageCity::route(&fixture.city);
    // Every slot of everything else is taken.
    let held: Vec<_> = (0..3).map(|_| Request::get("/slow").body(Body::empty()).unwrap()).collect();
    let slow = Router::new().route(
        "/slow",
        axum::routing::get(|| async {
            std::future::pending::<()>().await;
            StatusCode::OK.into_response()
        }),
    );
    let busy = limits::with_custom_limits(slow, &fixture.city, 2, Duration::from_secs(30))
        .merge(app::site::api::router(&app_of(&fixture)));
    let waiting: Vec<_> = held.into_iter().take(2).map(|r| tokio::spawn(busy.clone().oneshot(r))).collect();
    while send(&busy, Request::get("/slow").body(Body::empty()).unwrap()).await.status != StatusCode::SERVICE_UNAVAILABLE {}
    assert_eq!(post_json(&busy, "/api/care/calls", "", &json!({})).await.status, StatusCode::CREATED);
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    // An address that has used up its writes for everything else.
    let turned_away = async || {
        let tries = (0..310).map(|_| post_form(&router, "/api/account/preferences", "", &[("lang", "zh")]));
        futures::future::join_all(tries).await.iter().filter(|a| a.status == StatusCode::TOO_MANY_REQUESTS).count()
    };
    assert!(turned_away().await > 0);
    assert_eq!(post_json(&router, "/api/care/calls", "", &json!({})).await.status, StatusCode::CREATED);
}

fn app_of(fixture: &TestCity) -> app::http::context::App {
    let leptos =
        leptos::prelude::LeptosOptions::builder().output_name("huimin").site_root("target/site").site_pkg_dir("pkg").build();
    app::http::context::App { city: fixture.city.clone(), leptos }
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_told_with_what_was_typed() {
    let fixture = quiet().await;
    let mut city = fixture.city.clone();
    let gone = sqlx::postgres::PgPoolOptions::new()
        .acquire_timeout(Duration::from_millis(50))
        .connect_lazy("postgres://huimin_app@127.0.0.1:1/none")
        .unwrap();
    city.emergency_store = Some(server::Store::from_pool(gone, fixture.store().vault.clone()).with(testing::trial::LIVES));
    let router = PageCity::route(&city);
    let answer = post_form(&router, "/api/care/calls", "", &[("callback", "13812345678"), ("words", "救命")]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    for there in ["尚未收到", "href=\"tel:120\"", "value=\"13812345678\"", "value=\"救命\"", "Not yet received"] {
        assert!(answer.body.contains(there), "{there}: {}", answer.body);
    }
    let answer = post_json(&router, "/api/care/calls", "", &json!({})).await;
    assert_eq!((answer.status, answer.json()["problem"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("unavailable")));
    // The page itself needs no call to be found.
    assert_eq!(page(&router, "/care/sos", "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_button_is_one_tap_from_every_page_of_a_resident() {
    let fixture = quiet().await;
    let router = PageCity::route(&fixture.city);
    let elder = fixture.elder().await;
    let session = signed_in(fixture.store(), &router, elder.account.unwrap(), false, None).await.cookie;
    for path in ["/", "/services", "/me", "/inbox", "/care", "/care/profile", "/care/contacts", "/care/sos", "/nowhere"] {
        let body = page(&router, path, &session).await.body;
        assert!(body.contains("href=\"/care/sos\"") && body.contains("class=\"sos-link\""), "{path}");
    }
    // Profile and contacts, typed and kept.
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
    let wrong = post_form(&router, "/api/care/contact-save", &session, &[("name", "王秀兰"), ("phone", "123")]).await;
    assert_eq!(wrong.status, StatusCode::SEE_OTHER);
    let named = post_form(
        &router,
        "/api/care/contact-save",
        &session,
        &[("name", "王秀兰"), ("phone", "13812345678"), ("key_holder", "yes")],
    )
    .await;
    assert_eq!(named.location(), "/care/contacts", "{}", named.body);
    let listed = page(&router, "/care/contacts", &session).await.body;
    assert!(listed.contains("王秀兰") && listed.contains("有钥匙"), "{listed}");
    let contact = hidden(&listed, "contact").to_owned();
    assert!(page(&router, &format!("/care/contacts/{contact}"), &session).await.body.contains("13812345678"));
    post_form(&router, "/api/care/contact-remove", &session, &[("contact", &contact)]).await;
    assert!(!page(&router, "/care/contacts", &session).await.body.contains("王秀兰"));
    // What the worker keeps shows nobody, in the language and mode it asks for.
    let kept = page(&router, "/care/sos?lang=en&elder=1", "").await.body;
    assert!(kept.contains("lang=\"en\" data-mode=\"elder\"") && !kept.contains("陈桂英"));
    assert!(page(&router, "/care/sos?lang=en", "lang=zh").await.body.contains("lang=\"zh-CN\""));
}
