//! Tests the responder's page through the real router without scripts: offers, the steps of a call, duty, skills and position.

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
use leptos::prelude::*;
use serde_json::json;
use shared::{Lang, care::ranking::RankingRequest};
use testing::response_fixture::{ResponseFixture, Staff};

async fn browser(fixture: &ResponseFixture, who: &Staff) -> Browser {
    let router = PageCity::route(&fixture.city.state);
    signed_in(fixture.city.store(), &router, who.id(), true, None).await
}

/// The hidden fields of the page's form for this action.
fn hidden(page: &str, action: &str) -> Vec<(String, String)> {
    let form = page
        .split("<form")
        .skip(1)
        .map(|rest| rest.split("</form>").next().unwrap())
        .find(|form| form.contains(&format!("value=\"{action}\"")))
        .unwrap_or_else(|| panic!("no form for {action}: {page}"));
    form.split("<input type=\"hidden\" name=\"")
        .skip(1)
        .map(|input| {
            let (name, rest) = input.split_once('"').unwrap();
            (name.to_owned(), rest.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned())
        })
        .collect()
}

/// Opens a page and sends its form for this action.
async fn send_form(browser: &Browser, page: &str, action: &str, more: &[(&str, &str)]) -> common::Answer {
    let shown = browser.get(page).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    let fields = hidden(&shown.body, action);
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    fields.extend(more);
    browser.post_from(page, "/api/care/respond-act", &fields).await
}

#[tokio::test]
async fn a_responder_accepts_reaches_and_resolves_a_call_with_plain_forms() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 900.0).await);
    let (first, second) = (browser(&fixture, &one).await, browser(&fixture, &two).await);
    let empty = first.get("/respond").await;
    assert_eq!(empty.status, StatusCode::OK, "{}", empty.body);
    assert!(empty.body.contains("现在没有派给您的呼救") && !empty.body.contains("金丝雀钥匙"), "{}", empty.body);
    let number = fixture.call("answered").await;
    fixture.exec("UPDATE care_centre SET phone = '02785550120'").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", json!({ "responders": [one.id(), two.id()] })).await.unwrap();

    let offer_page = first.get("/respond").await.body;
    for words in [
        "陈桂英",
        "洪山路 1 号",
        "金丝雀钥匙",
        "400 米",
        "tel:02785550120",
        "tel:13800001234",
        "tel:120",
        "geo:30.556000,114.316000?q=",
    ] {
        assert!(offer_page.contains(words), "{words}: {offer_page}");
    }
    assert_eq!(
        first.get("/respond").await.body.split("id=\"offers\"").nth(1).map(|b| b.split("</article>").next().unwrap().to_owned()),
        offer_page.split("id=\"offers\"").nth(1).map(|b| b.split("</article>").next().unwrap().to_owned()),
        "the unchanged offer renders the same, so that the page does not update under a thumb"
    );

    let accepted = send_form(&first, "/respond", "accept_offer", &[]).await;
    assert_eq!((accepted.status, accepted.location.as_deref()), (StatusCode::SEE_OTHER, Some("/respond")), "{}", accepted.body);
    let fields = [("number", number.as_str()), ("action", "accept_offer"), ("key", "a-late-key")];
    let late = second.post_from("/respond", "/api/care/respond-act", &fields).await;
    assert_eq!(late.location.as_deref(), Some("/respond"), "{}", late.body);
    let page = second.get("/respond").await.body;
    assert!(page.contains("情况已有变化") && !page.contains("金丝雀钥匙"), "{page}");
    assert_eq!(second.get(&format!("/respond/{number}/decline")).await.status, StatusCode::NOT_FOUND);

    for (action, words) in [("set_out", "前按“我出发了”，否则另派他人"), ("arrive", "前按“我到了”，否则另派他人")]
    {
        let deadline_page = first.get("/respond").await.body;
        assert!(deadline_page.contains("data-due=\"") && deadline_page.contains(words), "{words}: {deadline_page}");
        let done = send_form(&first, "/respond", action, &[]).await;
        assert_eq!(done.location.as_deref(), Some("/respond"), "{}", done.body);
    }
    let arrived_page = first.get("/respond").await.body;
    assert!(arrived_page.contains("data-due=\"") && arrived_page.contains("前报平安"), "{arrived_page}");
    let checked_in = send_form(&first, "/respond", "check_in", &[]).await;
    assert_eq!(checked_in.location.as_deref(), Some("/respond"), "{}", checked_in.body);
    let done = format!("/respond/{number}/done");
    let too_short = send_form(&first, &done, "resolve", &[("sentence", "好")]).await;
    assert_eq!(too_short.location.as_deref(), Some(done.as_str()), "{}", too_short.body);
    let form_again = first.get(&done).await.body;
    assert!(form_again.contains("error-summary") && form_again.contains("好</textarea>"), "{form_again}");
    let ended = send_form(&first, &done, "resolve", &[("sentence", "老人滑倒，没有受伤，已扶起")]).await;
    assert_eq!(ended.location.as_deref(), Some("/respond"), "{}", ended.body);
    let after = first.get("/respond").await.body;
    assert!(after.contains("呼救已结束") && !after.contains("金丝雀钥匙"), "{after}");
    assert_eq!(fixture.query_text("SELECT state FROM cases").await, "resolved");
    let done = "SELECT (done_at IS NOT NULL AND welfare_due_at IS NULL)::text FROM care_offer WHERE accepted_at IS NOT NULL";
    assert_eq!(fixture.query_text(done).await, "true");
}

#[tokio::test]
async fn declining_an_offer_without_a_reason_shows_an_error() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.responder("一", 400.0).await;
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", json!({ "responders": [one.id()] })).await.unwrap();
    let phone = browser(&fixture, &one).await;
    let page = format!("/respond/{number}/decline");
    let refused = send_form(&phone, &page, "decline_offer", &[]).await;
    assert_eq!(refused.location.as_deref(), Some(page.as_str()), "{}", refused.body);
    assert!(phone.get(&page).await.body.contains("error-summary"));
    let declined = send_form(&phone, &page, "decline_offer", &[("reason", "unwell")]).await;
    assert_eq!(declined.location.as_deref(), Some("/respond"), "{}", declined.body);
    assert_eq!(fixture.query_text("SELECT decline_reason FROM care_offer").await, "unwell");
    // Actions that are not a responder's do not exist here.
    let fields = [("number", number.as_str()), ("action", "call_off"), ("key", "a-fresh-key")];
    assert_eq!(phone.call("/api/care/respond-act", &fields).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn duty_skills_and_position_are_saved_from_plain_forms() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.member("新").await;
    let phone = browser(&fixture, &one).await;
    assert!(phone.get("/respond").await.body.contains("不在岗"));
    let on = phone.post_from("/respond", "/api/care/respond-duty", &[("on", "on")]).await;
    assert_eq!(on.location.as_deref(), Some("/respond"), "{}", on.body);
    assert!(phone.get("/respond").await.body.contains("结束值勤"));
    let fields = [("mode", "car"), ("skills[nurse]", "yes"), ("languages[zh-x-wuhan]", "yes")];
    let saved = phone.post_from("/respond", "/api/care/respond-profile", &fields).await;
    assert_eq!(saved.location.as_deref(), Some("/respond"), "{}", saved.body);
    assert_eq!(fixture.query_text("SELECT mode || skills[1] || languages[1] FROM care_responder").await, "carnursezh-x-wuhan");
    let without_mode = phone.post_from("/respond", "/api/care/respond-profile", &[("skills[nurse]", "yes")]).await;
    assert_eq!(without_mode.location.as_deref(), Some("/respond"));
    assert!(phone.get("/respond").await.body.contains("error-summary"));
    let position = [("lat", "30.55"), ("lon", "114.31"), ("accuracy", "12.5"), ("taken", "1700000000000")];
    let located = phone.call("/api/care/respond-locate", &position).await;
    assert_eq!(located.status, StatusCode::OK, "{}", located.body);
    assert_eq!(fixture.query_text("SELECT extract(epoch FROM located_at)::bigint::text FROM care_responder").await, "1700000000");
    let invalid_position = phone.call("/api/care/respond-locate", &[("lat", "95"), ("lon", "0"), ("taken", "0")]).await;
    assert_eq!(invalid_position.status, StatusCode::UNPROCESSABLE_ENTITY);
    let hidden = phone.post_from("/respond", "/api/care/respond-hide", &[]).await;
    assert_eq!(hidden.location.as_deref(), Some("/respond"), "{}", hidden.body);
    assert_eq!(fixture.query_text("SELECT (located_at IS NULL)::text FROM care_responder").await, "true");
}

#[tokio::test]
async fn the_responder_page_and_its_functions_are_forbidden_to_dispatchers() {
    let fixture = ResponseFixture::new().await;
    let desk = browser(&fixture, &fixture.dispatcher).await;
    assert_eq!(desk.get("/respond").await.status, StatusCode::FORBIDDEN);
    for (path, fields) in [
        ("respond-act", &[("number", "HJ-1"), ("action", "arrive"), ("key", "some-key")][..]),
        ("respond-duty", &[("on", "on")]),
        ("respond-profile", &[("mode", "car")]),
        ("respond-locate", &[("lat", "30"), ("lon", "114"), ("taken", "0")]),
        ("respond-hide", &[]),
    ] {
        let refused = desk.call(&format!("/api/care/{path}"), fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {}", refused.body);
    }
}

/// Most account ids begin with a digit; as the name of a field, such an id was once parsed as an index of a list.
#[tokio::test]
async fn dispatch_checkboxes_accept_account_ids_that_begin_with_a_digit() {
    let fixture = ResponseFixture::new().await;
    let responders: Vec<Staff> = [fixture.responder("甲", 400.0).await, fixture.responder("乙", 500.0).await].into();
    assert!(responders.iter().any(|one| one.id().to_string().starts_with(|c: char| c.is_ascii_digit())));
    let number = fixture.call("answered").await;
    let desk = browser(&fixture, &fixture.dispatcher).await;
    let call_page = format!("/dispatch/{number}");
    let page = desk.get(&call_page).await.body;
    let field_name = |one: &Staff| {
        page.split("name=\"")
            .filter_map(|rest| rest.split('"').next())
            .find(|n| n.contains(&one.id().to_string()))
            .map(str::to_owned)
    };
    let checkboxes: Vec<(String, String)> =
        responders.iter().map(|one| (field_name(one).expect("a checkbox"), one.id().to_string())).collect();
    let mut fields = vec![("number", number.as_str()), ("action", "dispatch"), ("key", "the-boxes")];
    fields.extend(checkboxes.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let done = desk.post_from(&call_page, "/api/care/act", &fields).await;
    assert_eq!((done.status, done.location.as_deref()), (StatusCode::SEE_OTHER, Some(call_page.as_str())), "{}", done.body);
    assert_eq!(fixture.query_text("SELECT count(*)::text FROM care_offer").await, "2");
}

#[tokio::test]
async fn suggestions_show_checkboxes_reasons_and_shortfalls() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.responder("甲", 400.0).await;
    fixture.exec("UPDATE care_responder SET located_at = huimin_now() - interval '45 minutes'").await;
    let number = fixture.call("answered").await;
    let (found, _) = fixture.suggest(&number, RankingRequest::default()).await;
    for (lang, words) in [
        (Lang::Zh, ["距住处 400 米", "位置已旧（45 分钟前）", "位置都已过时"]),
        (Lang::En, ["400 m from the home", "Old position (45 min ago)", "No position is fresh"]),
    ] {
        let html = Owner::new().with(|| app::care::dispatch::suggestions::suggestions(lang, &found).to_html());
        assert!(html.contains(&format!("name=\"responders[to-{}]\"", one.id())), "{html}");
        for word in words {
            assert!(html.contains(word), "{word}: {html}");
        }
        let filter = Owner::new()
            .with(|| app::care::dispatch::suggestions::suggestions_filter(lang, "/dispatch/X", &found.request).to_html());
        assert!(
            filter.contains("name=\"skill\"") && filter.contains("name=\"radius\"") && !filter.contains("style="),
            "{filter}"
        );
    }
}
