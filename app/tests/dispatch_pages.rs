//! The dispatchers' pages through the real router, without a script: every button is a form, every link leads.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share may stop at once, too"
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
    let router = PageCity::route(&desk.fixture.city);
    signed_in(desk.store(), &router, who.account.unwrap(), true, None).await
}

/// The hidden fields of the form on this page that holds this action.
fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let wanted = format!("name=\"action\" value=\"{action}\"");
    let mut forms = page.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
    let form = forms.find(|form| form.contains(&wanted)).unwrap_or_else(|| panic!("no form for {action}: {page}"));
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
    for there in
        [number.as_str(), "陈桂英", "武昌区粮道街8号", "data-ringing", "data-since", "data-until", "aria-keyshortcuts=\"a\""]
    {
        assert!(board.body.contains(there), "no {there}: {}", board.body);
    }
    assert!(board.body.contains("升级引擎超过 30 秒没有心跳"), "nothing beats in this test");
    assert!(!board.body.contains(" style="));

    let page = format!("/dispatch/{number}");
    let answered = send(&dispatcher, "/dispatch", "answer", &[]).await;
    assert_eq!((answered.status, answered.location.as_deref()), (StatusCode::SEE_OTHER, Some(page.as_str())));
    let call = dispatcher.get(&page).await.body;
    for there in ["已接听，由您处理", "高血压", "tel:13812345678", "王秀兰", "仍在处理", " 岁"] {
        assert!(call.contains(there), "no {there}: {call}");
    }
    // Another call that rings is told of, and marked for the sound, where it is not listed.
    let other = desk.raise_anonymous("13900007777", "").await;
    desk.join(&other).await;
    for elsewhere in [page.as_str(), "/dispatch?view=mine"] {
        let shown = dispatcher.get(elsewhere).await.body;
        assert!(
            shown.contains("另有 1 个呼救正在响") && shown.contains(&format!("data-ringing=\"{other}\"")),
            "{elsewhere}: {shown}"
        );
    }
    desk.exec(format!("UPDATE cases SET state = 'answered' WHERE number = '{other}'")).await;
    // What is refused comes back with what was typed.
    let form = format!("{page}/resolve");
    let refused = send(&dispatcher, &form, "resolve", &[("fields[sentence]", "好")]).await;
    assert_eq!((refused.status, refused.location.as_deref()), (StatusCode::SEE_OTHER, Some(form.as_str())));
    let again = dispatcher.get(&form).await.body;
    assert!(again.contains("至少 5 个字") && again.contains(">\n好</textarea>"), "{again}");
    let noted = send(&dispatcher, &page, "note", &[("fields[note]", "家人十分钟后到")]).await;
    assert_eq!(noted.location.as_deref(), Some(page.as_str()));
    let ended = send(&dispatcher, &form, "resolve", &[("fields[sentence]", "家人已到，老人平安。")]).await;
    assert_eq!(ended.location.as_deref(), Some("/dispatch"));
    let call = dispatcher.get(&page).await.body;
    assert!(call.contains("家人十分钟后到") && call.contains("138******78") && !call.contains("13812345678"), "{call}");
}

#[tokio::test]
async fn numbers_of_an_ended_call_are_shown_once_by_a_form() {
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
    assert!(!browser.get(&page).await.body.contains("13900001111"), "once");
}

#[tokio::test]
async fn every_form_of_a_call_has_its_page_and_an_overtaken_one_says_what_can_be_done() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let other = desk.raise_anonymous("13900001111", "").await;
    let (duty, page) = (browser(&desk, &desk.duty).await, format!("/dispatch/{number}"));
    let stale = hidden(&duty.get(&page).await.body, "answer");
    let stale: Vec<(&str, &str)> = stale.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let overtaken = duty.post_from(&page, ACT, &stale).await;
    assert_eq!(overtaken.status, StatusCode::CONFLICT);
    assert!(overtaken.body.contains(&format!("href=\"{page}\"")) && overtaken.body.contains("仍在处理"), "{}", overtaken.body);
    assert_eq!(duty.get(&format!("{page}/stand_down")).await.status, StatusCode::CONFLICT, "nobody was asked");
    desk.offer(&number, &desk.responder, "accepted_at = huimin_now()").await;
    for (action, there) in [
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
        assert!(form.body.contains(there), "{action}: no {there}: {}", form.body);
    }
    assert_eq!(duty.get(&format!("{page}/answer")).await.status, StatusCode::CONFLICT);
    assert_eq!(duty.get(&format!("{page}/press_again")).await.status, StatusCode::CONFLICT);
    let merged = send(&duty, &format!("{page}/merge"), "merge", &[("fields[other]", &other)]).await;
    assert_eq!(merged.location.as_deref(), Some(format!("/dispatch/{other}").as_str()));
    let one = duty.get(&page).await.body;
    assert!(one.contains(&format!("href=\"/dispatch/{other}\"")), "{one}");
}

#[tokio::test]
async fn whoever_is_on_duty_is_asked_whether_they_are_there_and_others_are_warned_of_the_end() {
    let desk = DispatchFixture::new().await;
    let dispatcher = browser(&desk, &desk.dispatcher).await;
    let off = dispatcher.get("/dispatch").await.body;
    assert!(off.contains("session-title") && !off.contains("presence-title"));
    sqlx::query("INSERT INTO care_duty (account_id, on_duty) VALUES ($1, true)")
        .bind(desk.dispatcher.account.map(AccountId::uuid))
        .execute(&desk.fixture.db.owner)
        .await
        .unwrap();
    let on = dispatcher.get("/dispatch").await.body;
    assert!(on.contains("presence-title") && !on.contains("session-title") && on.contains("调度甲（调度员）"), "{on}");
    assert_eq!(dispatcher.call("/api/care/presence", &[("there", "false")]).await.status, StatusCode::OK);
    assert_eq!(desk.count("care_duty WHERE absent_at IS NOT NULL").await, 1);
    let absent = dispatcher.get("/dispatch").await.body;
    assert!(!absent.contains("presence-title") && absent.contains("/api/care/presence"), "they can say that they are back");
    let back = dispatcher.post_from("/dispatch", "/api/care/presence", &[("there", "true")]).await;
    assert_eq!((back.status, back.location.as_deref()), (StatusCode::SEE_OTHER, Some("/dispatch")));
    assert_eq!(desk.count("care_duty WHERE absent_at IS NULL AND seen_at IS NOT NULL").await, 1);
}

#[tokio::test]
async fn figures_are_drawn_with_a_table_beside_them_and_had_as_a_file() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act_in(&desk.later("10 seconds").store, &desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let chief = browser(&desk, &desk.chief).await;
    let page = chief.get("/dispatch/figures").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for there in
        ["15 秒内接听", "60 秒内接听", "180 秒内接听", "45 分钟内到场", "100.0 %（目标 97.5 %）", "role=\"img\"", "dispatch-a"]
    {
        assert!(page.body.contains(there), "no {there}: {}", page.body);
    }
    assert!(!page.body.contains(" style="));
    let live = format!("/live?queue={}", desk.centre);
    assert!(page.body.contains(&live) && page.body.contains("id=\"live\""), "it renews itself: {}", page.body);
    let from: String = desk.ask("SELECT (huimin_today() - 300)::text").await;
    let file = chief.get(&format!("/dispatch/figures.csv?from={from}")).await;
    assert_eq!(file.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(chief.get("/dispatch/figures?from=2026-02-01&to=2026-01-01").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let dispatcher = browser(&desk, &desk.dispatcher).await;
    assert_eq!(dispatcher.get("/dispatch/figures").await.status, StatusCode::FORBIDDEN);
    assert!(!dispatcher.get("/dispatch").await.body.contains("/dispatch/figures"));
}
