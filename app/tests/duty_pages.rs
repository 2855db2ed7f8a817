//! Tests the pages of duty, the rota and escalation policies with plain forms.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helper functions of tests may panic, too"
)]

mod common;

use axum::http::StatusCode;
use common::{Browser, PageCity, signed_in};
use shared::ids::AccountId;
use uuid::Uuid;

const CITY_DESK: &str = "00000000-0000-8000-8000-000000000120";

async fn staff(city: &PageCity, name: &str, role: &str) -> (AccountId, Browser) {
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO account (id, email_sealed, email_index, password_hash, staff_name) VALUES ($1, $2, $3, '', $4)")
        .bind(id)
        .bind(city.state.store.vault.seal("account.email", id, b"x@demo.huimin.example").unwrap())
        .bind(id.as_bytes().to_vec())
        .bind(name)
        .execute(&city.db.owner)
        .await
        .unwrap();
    sqlx::query("INSERT INTO membership (id, account_id, organisation_id, role) VALUES ($1, $2, $3::uuid, $4)")
        .bind(Uuid::now_v7())
        .bind(id)
        .bind(CITY_DESK.parse::<Uuid>().unwrap())
        .bind(role)
        .execute(&city.db.owner)
        .await
        .unwrap();
    let account = AccountId(id);
    (account, signed_in(&city.state.store, &city.router, account, true, None).await)
}

#[tokio::test]
async fn a_dispatcher_goes_on_and_off_duty() {
    let city = PageCity::new().await;
    let (_, browser) = staff(&city, "王调度", "dispatcher").await;
    let page = browser.get("/dispatch/duty").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("您不在岗") && page.body.contains("我在岗") && !page.body.contains("加入班次"), "{}", page.body);
    let answer = browser.post_from("/dispatch/duty", "/api/care/duty", &[("said", "on")]).await;
    assert_eq!((answer.status, answer.location.as_deref()), (StatusCode::SEE_OTHER, Some("/dispatch/duty")));
    let page = browser.get("/dispatch/duty").await.body;
    assert!(page.contains("您在岗") && page.contains("本人设为在岗"), "{page}");
    browser.post_from("/dispatch/duty", "/api/care/duty", &[("said", "off")]).await;
    assert!(browser.get("/dispatch/duty").await.body.contains("您不在岗"));
    let invalid = browser.call("/api/care/duty", &[("said", "maybe")]).await;
    assert_eq!(invalid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.get("/dispatch/policies").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_chief_adds_and_removes_shifts_of_the_rota() {
    let city = PageCity::new().await;
    let (_, chief) = staff(&city, "李值班长", "chief_dispatcher").await;
    let (worker, browser) = staff(&city, "王调度", "dispatcher").await;
    let worker = worker.to_string();
    let shift = [("centre", CITY_DESK), ("account", &worker), ("weekday", "1"), ("from", "08:00"), ("to", "07:00")];
    let answer = chief.post_from("/dispatch/duty", "/api/care/shift-add", &shift).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    // Shown again with the input and an error at its field.
    let page = chief.get("/dispatch/duty").await.body;
    assert!(page.contains("href=\"#field-to\"") && page.contains("value=\"07:00\""), "{page}");
    let shift = [("centre", CITY_DESK), ("account", &worker), ("weekday", "1"), ("from", "08:00"), ("to", "20:00")];
    let answer = chief.post_from("/dispatch/duty", "/api/care/shift-add", &shift).await;
    assert_eq!(answer.location.as_deref(), Some(&*format!("/dispatch/duty?centre={CITY_DESK}")));
    assert!(browser.get("/dispatch/duty").await.body.contains("08:00–20:00"));
    let refused = browser.call("/api/care/shift-add", &shift).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let id: Uuid = sqlx::query_scalar("SELECT id FROM care_rota").fetch_one(&city.db.owner).await.unwrap();
    let id = id.to_string();
    chief.post_from("/dispatch/duty", "/api/care/shift-remove", &[("centre", CITY_DESK), ("shift", &id)]).await;
    assert!(!browser.get("/dispatch/duty").await.body.contains("08:00–20:00"));
}

#[tokio::test]
async fn the_chief_publishes_a_policy_and_errors_are_shown_at_their_fields() {
    let city = PageCity::new().await;
    let (_, chief) = staff(&city, "李值班长", "chief_dispatcher").await;
    let page = chief.get("/dispatch/policies").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("第 1 版") && page.body.contains("城市值班台，等 20 秒"), "{}", page.body);
    let invalid = [
        ("centre", CITY_DESK),
        ("seen", "1"),
        ("progress_seconds", "120"),
        ("steps.1.dispatchers", "yes"),
        ("steps.1.delay", "20"),
        ("steps.3.family", "yes"),
        ("steps.3.delay", "60"),
    ];
    chief.post_from("/dispatch/policies", "/api/care/policy", &invalid).await;
    let page = chief.get("/dispatch/policies").await.body;
    assert!(page.contains("href=\"#field-steps.3.city_desk\"") && page.contains("href=\"#field-steps.3.delay\""), "{page}");
    assert!(page.contains("value=\"60\""));
    let valid = [
        ("centre", CITY_DESK),
        ("seen", "1"),
        ("progress_seconds", "180"),
        ("steps.1.dispatchers", "yes"),
        ("steps.1.delay", "15"),
        ("steps.2.delay", ""),
        ("steps.4.family", "yes"),
        ("steps.4.city_desk", "yes"),
        ("steps.4.delay", "30"),
    ];
    let answer = chief.post_from("/dispatch/policies", "/api/care/policy", &valid).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = chief.get("/dispatch/policies").await.body;
    assert!(page.contains("第 2 版") && page.contains("紧急联系人、城市值班台，等 30 秒") && page.contains("李值班长"), "{page}");
    // Based on a version that is no longer the latest.
    let outdated = chief.call("/api/care/policy", &valid).await;
    assert_eq!(outdated.status, StatusCode::CONFLICT);
}
