//! Tests the dispatchers' pages through the real router without scripts: the board, a call with its forms, duty, figures.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helper functions of tests may panic, too"
)]

mod common;

use axum::http::{StatusCode, header};
use common::{Answer, Browser, PageCity, signed_in};
use serde_json::{Value, json};
use server::Actor;
use shared::ids::AccountId;
use testing::dispatch_fixture::DispatchFixture;

const ACT: &str = "/api/care/act";

async fn browser(desk: &DispatchFixture, who: &Actor) -> Browser {
    let router = PageCity::route(&desk.fixture.state);
    signed_in(desk.store(), &router, who.account.unwrap(), true, None).await
}

/// The hidden fields of the page's form for this action.
fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let marker = format!("name=\"action\" value=\"{action}\"");
    let mut forms = page.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
    let form = forms.find(|form| form.contains(&marker)).unwrap_or_else(|| panic!("no form for {action}: {page}"));
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|input| {
            let (name, rest) = input.split_once('"').unwrap();
            (name.to_owned(), rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
        })
        .collect()
}

/// Opens a page and sends its form for this action.
async fn send(browser: &Browser, page: &str, action: &str, more: &[(&str, &str)]) -> Answer {
    let shown = browser.get(page).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let fields = hidden(&shown.body, action);
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    fields.extend(more);
    browser.post_from(page, ACT, &fields).await
}

#[tokio::test]
async fn a_call_is_answered_and_ended_by_plain_forms() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let dispatcher = browser(&desk, &desk.dispatcher).await;
    let board = dispatcher.get("/dispatch").await;
    assert_eq!(board.status, StatusCode::OK, "{}", board.body);
    for expected in
        [number.as_str(), "陈桂英", "武昌区粮道街8号", "data-ringing", "data-since", "data-until", "aria-keyshortcuts=\"a\""]
    {
        assert!(board.body.contains(expected), "no {expected}: {}", board.body);
    }
    assert!(board.body.contains("升级引擎超过 30 秒没有心跳"), "no escalation engine runs in this test");
    assert!(!board.body.contains(" style="));

    let page = format!("/dispatch/{number}");
    let answered = send(&dispatcher, "/dispatch", "answer", &[]).await;
    assert_eq!((answered.status, answered.location.as_deref()), (StatusCode::SEE_OTHER, Some(page.as_str())));
    let call = dispatcher.get(&page).await.body;
    for expected in ["已接听，由您处理", "高血压", "tel:13812345678", "王秀兰", "仍在处理", " 岁"] {
        assert!(call.contains(expected), "no {expected}: {call}");
    }
    // Another ringing call is announced, and marked for the sound, also on pages that do not list it.
    let other = desk.raise_anonymous("13900007777", "").await;
    desk.join(&other).await;
    for path in [page.as_str(), "/dispatch?view=mine"] {
        let shown = dispatcher.get(path).await.body;
        assert!(shown.contains("另有 1 个呼救正在响") && shown.contains(&format!("data-ringing=\"{other}\"")), "{path}: {shown}");
    }
    desk.exec(format!("UPDATE cases SET state = 'answered' WHERE number = '{other}'")).await;
    // A refused form is shown again with its input.
    let form = format!("{page}/resolve");
    let refused = send(&dispatcher, &form, "resolve", &[("fields[sentence]", "好")]).await;
    assert_eq!((refused.status, refused.location.as_deref()), (StatusCode::SEE_OTHER, Some(form.as_str())));
    let form_again = dispatcher.get(&form).await.body;
    assert!(form_again.contains("至少 5 个字") && form_again.contains(">\n好</textarea>"), "{form_again}");
    let noted = send(&dispatcher, &page, "note", &[("fields[note]", "家人十分钟后到")]).await;
    assert_eq!(noted.location.as_deref(), Some(page.as_str()));
    let ended = send(&dispatcher, &form, "resolve", &[("fields[sentence]", "家人已到，老人平安。")]).await;
    assert_eq!(ended.location.as_deref(), Some("/dispatch"));
    let call = dispatcher.get(&page).await.body;
    assert!(call.contains("家人十分钟后到") && call.contains("138******78") && !call.contains("13812345678"), "{call}");
}

#[tokio::test]
async fn phone_numbers_of_an_ended_call_are_revealed_once_per_request() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise_anonymous("13900001111", "").await;
    desk.act(&desk.duty, &number, "answer", Value::Null).await.unwrap();
    desk.act(&desk.duty, &number, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    let (browser, page) = (browser(&desk, &desk.duty).await, format!("/dispatch/{number}"));
    let before = browser.get(&page).await.body;
    assert!(before.contains("139******11") && before.contains("/api/care/reveal") && !before.contains("13900001111"));
    let shown = browser.post_from(&page, "/api/care/reveal", &[("number", &number), ("field", "callback")]).await;
    assert_eq!(shown.location.as_deref(), Some(page.as_str()));
    assert!(browser.get(&page).await.body.contains("13900001111"));
    assert!(!browser.get(&page).await.body.contains("13900001111"), "shown once");
}

#[tokio::test]
async fn every_action_of_a_call_has_a_form_page_and_an_outdated_form_returns_409_with_a_link() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let other = desk.raise_anonymous("13900001111", "").await;
    let (duty, page) = (browser(&desk, &desk.duty).await, format!("/dispatch/{number}"));
    let stale = hidden(&duty.get(&page).await.body, "answer");
    let stale: Vec<(&str, &str)> = stale.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let outdated = duty.post_from(&page, ACT, &stale).await;
    assert_eq!(outdated.status, StatusCode::CONFLICT);
    assert!(outdated.body.contains(&format!("href=\"{page}\"")) && outdated.body.contains("仍在处理"), "{}", outdated.body);
    assert_eq!(duty.get(&format!("{page}/stand_down")).await.status, StatusCode::CONFLICT, "no responder was asked");
    desk.offer(&number, &desk.responder, "accepted_at = huimin_now()").await;
    for (action, expected) in [
        ("call_back", "接通了吗？"),
        ("hand_over", "调度乙"),
        ("merge", other.as_str()),
        ("escalate_now", "第 1 步"),
        ("stand_down", "救援甲（接单）"),
        ("dispatch", "派人"),
        ("resolve", "给本人和家人的说明"),
        ("call_off", "给本人和家人的说明"),
        ("note", "备注"),
    ] {
        let form = duty.get(&format!("{page}/{action}")).await;
        assert_eq!(form.status, StatusCode::OK, "{action}: {}", form.body);
        assert!(form.body.contains(expected), "{action}: no {expected}: {}", form.body);
    }
    assert_eq!(duty.get(&format!("{page}/answer")).await.status, StatusCode::CONFLICT);
    assert_eq!(duty.get(&format!("{page}/press_again")).await.status, StatusCode::CONFLICT);
    let merged = send(&duty, &format!("{page}/merge"), "merge", &[("fields[other]", &other)]).await;
    assert_eq!(merged.location.as_deref(), Some(format!("/dispatch/{other}").as_str()));
    let merged_page = duty.get(&page).await.body;
    assert!(merged_page.contains(&format!("href=\"/dispatch/{other}\"")), "{merged_page}");
}

#[tokio::test]
async fn dispatchers_on_duty_get_the_presence_check_and_others_the_session_warning() {
    let desk = DispatchFixture::new().await;
    let dispatcher = browser(&desk, &desk.dispatcher).await;
    let off_duty_page = dispatcher.get("/dispatch").await.body;
    assert!(off_duty_page.contains("session-title") && !off_duty_page.contains("presence-title"));
    sqlx::query("INSERT INTO care_duty (account_id, on_duty) VALUES ($1, true)")
        .bind(desk.dispatcher.account.map(AccountId::uuid))
        .execute(&desk.fixture.db.owner)
        .await
        .unwrap();
    let on_duty_page = dispatcher.get("/dispatch").await.body;
    assert!(
        on_duty_page.contains("presence-title")
            && !on_duty_page.contains("session-title")
            && on_duty_page.contains("调度甲（调度员）"),
        "{on_duty_page}"
    );
    assert_eq!(dispatcher.call("/api/care/presence", &[("there", "false")]).await.status, StatusCode::OK);
    assert_eq!(desk.count("care_duty WHERE absent_at IS NOT NULL").await, 1);
    let absent_page = dispatcher.get("/dispatch").await.body;
    assert!(
        !absent_page.contains("presence-title") && absent_page.contains("/api/care/presence"),
        "an absent dispatcher can report being back"
    );
    let back = dispatcher.post_from("/dispatch", "/api/care/presence", &[("there", "true")]).await;
    assert_eq!((back.status, back.location.as_deref()), (StatusCode::SEE_OTHER, Some("/dispatch")));
    assert_eq!(desk.count("care_duty WHERE absent_at IS NULL AND seen_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn figures_are_shown_as_charts_with_tables_and_exported_as_csv() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act_in(&desk.with_clock_offset("10 seconds").store, &desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let chief = browser(&desk, &desk.chief).await;
    let page = chief.get("/dispatch/figures").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for expected in
        ["15 秒内接听", "60 秒内接听", "180 秒内接听", "45 分钟内到场", "100.0 %（目标 97.5 %）", "role=\"img\"", "dispatch-a"]
    {
        assert!(page.body.contains(expected), "no {expected}: {}", page.body);
    }
    assert!(!page.body.contains(" style="));
    let live = format!("/live?queue={}", desk.centre);
    assert!(page.body.contains(&live) && page.body.contains("id=\"live\""), "the page updates itself: {}", page.body);
    let from: String = desk.ask("SELECT (huimin_today() - 300)::text").await;
    let file = chief.get(&format!("/dispatch/figures.csv?from={from}")).await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(chief.get("/dispatch/figures?from=2026-02-01&to=2026-01-01").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let dispatcher = browser(&desk, &desk.dispatcher).await;
    assert_eq!(dispatcher.get("/dispatch/figures").await.status, StatusCode::FORBIDDEN);
    assert!(!dispatcher.get("/dispatch").await.body.contains("/dispatch/figures"));
}
