//! Tests the account pages: posted forms, sessions that get a new id when rights change, and redirects that stay on the site.

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
use common::{Answer, Browser, PageCity};
use shared::account::demo;

const PASSWORD: &str = "梅花落满了南山东坡";
/// Where a personal page redirects a visitor who is not signed in.
const SIGN_IN_REDIRECT: &str = "/sign-in?next=%2Fme";

/// Stores the session cookie of a response, as a browser does.
fn store_cookie(browser: &mut Browser, answer: &Answer) {
    for cookie in answer.headers.get_all(header::SET_COOKIE) {
        let pair = cookie.to_str().unwrap().split(';').next().unwrap();
        if pair.starts_with("huimin=") {
            browser.cookie = pair.to_owned();
        }
    }
}

/// Posts a form from the page `page` and stores the cookie of the response.
async fn post(browser: &mut Browser, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let answer = browser.post_from(page, path, fields).await;
    store_cookie(browser, &answer);
    answer
}

/// The six digits of the newest message in the outbox.
fn code(city: &PageCity) -> String {
    let mut files: Vec<_> = std::fs::read_dir(city.state.config.outbox()).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let text = std::fs::read_to_string(files.last().unwrap()).unwrap();
    let digits = |part: &&str| part.len() == 6 && part.bytes().all(|b| b.is_ascii_digit());
    text.split(|c: char| !c.is_ascii_alphanumeric()).find(digits).unwrap().to_owned()
}

/// Signs up with a phone; returns the browser and the phone number.
async fn resident(city: &PageCity, serial: u32) -> (Browser, String) {
    let phone = demo::phone(serial).unwrap().as_str().to_owned();
    let mut browser = city.visitor();
    let sent = post(&mut browser, "/sign-up", "/api/account/sign-up", &[("contact", &phone)]).await;
    assert_eq!(sent.location.as_deref(), Some("/sign-up/code"), "{}", sent.body);
    let form = browser.get("/sign-up/code").await.body;
    assert!(form.contains("one-time-code") && form.contains("new-password") && !form.contains(&phone), "{form}");
    let before = browser.cookie.clone();
    let done =
        post(&mut browser, "/sign-up/code", "/api/account/sign-up-code", &[("code", &code(city)), ("password", PASSWORD)]).await;
    assert_eq!(done.location.as_deref(), Some("/me/identity"), "{}", done.body);
    assert_ne!(browser.cookie, before, "a new session id");
    (browser, phone)
}

#[tokio::test]
async fn a_session_ends_after_15_minutes_without_use() {
    let city = PageCity::new().await;
    let (browser, _) = resident(&city, 2).await;
    let at = |minutes: u32| city.with_clock_offset(&format!("{minutes} minutes"), &browser);
    assert_eq!(at(10).renew("/me").await.status, StatusCode::OK);
    assert_eq!(at(14).get("/me").await.status, StatusCode::OK, "automatic updates of a page do not end the session");
    for minutes in [20, 24, 28] {
        assert_eq!(at(minutes).renew("/me").await.status, StatusCode::OK);
    }
    // No page was opened after minute 14.
    assert_eq!(at(30).get("/me").await.location.as_deref(), Some(SIGN_IN_REDIRECT));
    assert_eq!(browser.get("/me").await.location.as_deref(), Some(SIGN_IN_REDIRECT), "the session is deleted");
}

#[tokio::test]
async fn a_used_session_ends_after_12_hours() {
    let city = PageCity::new().await;
    let (browser, _) = resident(&city, 3).await;
    let at = |minutes: u32| city.with_clock_offset(&format!("{minutes} minutes"), &browser);
    for minutes in (14..12 * 60).step_by(14) {
        assert_eq!(at(minutes).get("/me").await.status, StatusCode::OK, "after {minutes} minutes");
    }
    assert_eq!(at(12 * 60 + 1).get("/me").await.location.as_deref(), Some(SIGN_IN_REDIRECT));
}

#[tokio::test]
async fn a_resident_signs_up_out_and_in_again() {
    let city = PageCity::new().await;
    let (mut browser, phone) = resident(&city, 1).await;
    let page = browser.get("/me/identity").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("注册成功"), "the done message: {}", page.body);
    assert!(!browser.get("/me/identity").await.body.contains("注册成功"), "shown once");
    let me = browser.get("/me").await;
    assert_eq!(me.headers[header::CACHE_CONTROL], "no-store");
    assert!(me.body.contains("还没有实名认证"), "{}", me.body);

    let signed_in_cookie = browser.cookie.clone();
    let signed_out = post(&mut browser, "/me", "/api/account/sign-out", &[]).await;
    assert_eq!(signed_out.location.as_deref(), Some("/sign-in"));
    assert_ne!(browser.cookie, signed_in_cookie);
    assert!(browser.get("/sign-in").await.body.contains("已退出登录"));
    let old_browser = Browser { cookie: signed_in_cookie, ..browser.clone() };
    assert_eq!(old_browser.get("/me").await.location.as_deref(), Some("/sign-in?next=%2Fme"), "the old session id is invalid");

    let refused =
        post(&mut browser, "/sign-in?next=%2Fme", "/api/account/sign-in", &[("contact", &phone), ("password", "nope")]).await;
    assert_eq!(refused.location.as_deref(), Some("/sign-in?next=%2Fme"));
    let form = browser.get("/sign-in?next=%2Fme").await.body;
    assert!(form.contains("<title>错误：") && form.contains("error-summary") && form.contains(&phone), "{form}");
    assert!(form.contains("<a href=\"#field-password\">密码："), "the summary names the field: {form}");
    assert!(!form.contains("nope"), "a password is never sent back");
    assert!(form.contains("name=\"next\" value=\"/me\""));
    let before = browser.cookie.clone();
    let fields = [("contact", phone.as_str()), ("password", PASSWORD), ("next", "/me")];
    let signed_in = post(&mut browser, "/sign-in", "/api/account/sign-in", &fields).await;
    assert_eq!(signed_in.location.as_deref(), Some("/me"), "{}", signed_in.body);
    assert_ne!(browser.cookie, before);
    assert_eq!(browser.get("/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn next_never_redirects_to_another_site() {
    let city = PageCity::new().await;
    let (browser, phone) = resident(&city, 1).await;
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/中"] {
        let fields = [("contact", phone.as_str()), ("password", PASSWORD), ("next", next)];
        let signed_in = city.visitor().post("/api/account/sign-in", &fields).await;
        assert_eq!(signed_in.location.as_deref(), Some("/"), "{next:?}");
        let query = serde_urlencoded::to_string([("next", next)]).unwrap();
        let page = browser.get(&format!("/sign-in?{query}")).await;
        assert_eq!(page.location.as_deref(), Some("/"), "{next:?}");
    }
}

#[tokio::test]
async fn a_password_reset_ends_every_session() {
    let city = PageCity::new().await;
    let (other_session, phone) = resident(&city, 1).await;
    let mut browser = city.visitor();
    let requested = post(&mut browser, "/reset", "/api/account/reset", &[("contact", &phone)]).await;
    assert_eq!(requested.location.as_deref(), Some("/reset/code"), "{}", requested.body);
    server::notices::background_send::wait_until_sent().await;
    let fields = [("code", code(&city)), ("password", "a-better-tulip-canal".to_owned())].map(|(k, v)| (k, v));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let done = post(&mut browser, "/reset/code", "/api/account/reset-code", &fields).await;
    assert_eq!(done.location.as_deref(), Some("/sign-in"), "{}", done.body);
    assert!(browser.get("/sign-in").await.body.contains("新密码已保存"));
    assert_eq!(other_session.get("/me").await.status, StatusCode::SEE_OTHER);
    let invalid_link =
        post(&mut browser, "/reset/abc", "/api/account/reset-link", &[("token", "abc"), ("password", "a-better-tulip-canal")])
            .await;
    assert_eq!(invalid_link.location.as_deref(), Some("/reset/abc"));
    let page = browser.get("/reset/abc").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("error-summary") && !page.body.contains("#field-token"), "{}", page.body);
}

#[tokio::test]
async fn other_devices_are_listed_and_signed_out() {
    let city = PageCity::new().await;
    let (mut one, phone) = resident(&city, 1).await;
    let mut two = city.visitor();
    post(&mut two, "/sign-in", "/api/account/sign-in", &[("contact", &phone), ("password", PASSWORD)]).await;
    assert_eq!(two.get("/me/sessions").await.body.matches("<h2 class=\"card-title\">").count(), 2);
    let done = post(&mut one, "/me/sessions", "/api/account/sessions-end", &[]).await;
    assert_eq!(done.location.as_deref(), Some("/me/sessions"), "{}", done.body);
    assert_eq!(two.get("/me").await.status, StatusCode::SEE_OTHER, "signed out");
    assert_eq!(one.get("/me/sessions").await.status, StatusCode::OK);
    let before = one.cookie.clone();
    let fields = [("current_password", PASSWORD), ("password", "a-better-tulip-canal")];
    let changed = post(&mut one, "/me/password", "/api/account/password", &fields).await;
    assert_eq!(changed.location.as_deref(), Some("/me"), "{}", changed.body);
    assert_ne!(one.cookie, before);
    assert!(one.get("/me").await.body.contains("密码已修改"));
}

#[tokio::test]
async fn a_wrong_code_keeps_the_pending_authenticator_key() {
    let city = PageCity::new().await;
    let (mut browser, _) = resident(&city, 1).await;
    let page = browser.get("/me/second-factor").await.body;
    let pending = page.split("name=\"pending\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let secret = |page: &str| page.split("<code translate=\"no\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(secret(&page).split(' ').count(), 8, "groups of four");
    let refused = post(&mut browser, "/me/second-factor", "/api/account/totp", &[("pending", &pending), ("code", "00")]).await;
    assert_eq!(refused.location.as_deref(), Some("/me/second-factor"));
    let form_again = browser.get("/me/second-factor").await.body;
    assert_eq!(secret(&form_again), secret(&page));
    assert_ne!(secret(&browser.get("/me/second-factor").await.body), secret(&page), "a new key on the next visit");
}

#[tokio::test]
async fn the_real_name_check_requires_consent_and_a_match_in_the_register() {
    let city = PageCity::new().await;
    let (mut browser, _) = resident(&city, 1).await;
    assert_eq!(browser.get("/me/family").await.location.as_deref(), Some("/me/identity?next=%2Fme%2Ffamily"));
    let fields = [("name", "张三"), ("resident_id", "")];
    let refused = post(&mut browser, "/me/identity", "/api/account/real-name", &fields).await;
    assert_eq!(refused.location.as_deref(), Some("/me/identity"));
    let form = browser.get("/me/identity").await.body;
    assert!(
        form.contains("href=\"#field-consent\"") && form.contains("href=\"#field-resident_id\"") && form.contains("张三"),
        "{form}"
    );
    let consented = [fields[0], ("resident_id", "11010519491231002X"), ("consent", "yes")];
    post(&mut browser, "/me/identity", "/api/account/real-name", &consented).await;
    assert!(browser.get("/me/identity").await.body.contains("与人口库中的登记不符"));
}

#[tokio::test]
async fn an_invited_administrator_sets_a_password_and_binds_an_authenticator() {
    let city = PageCity::new().await;
    let names = server::account::organisations::Names { zh: "武汉市".to_owned(), en: "Wuhan".to_owned() };
    let link = server::account::staff::create_administrator(&city.state, "admin@demo.huimin.example", "林晓", Some(&names))
        .await
        .unwrap();
    let token = link.rsplit('/').next().unwrap();
    let mut browser = city.visitor();
    let page = browser.get(&format!("/invitation/{token}")).await.body;
    assert!(page.contains("林晓") && page.contains("管理员"), "{page}");
    let invitation_page = format!("/invitation/{token}");
    let accepted =
        post(&mut browser, &invitation_page, "/api/account/invitation", &[("token", token), ("password", PASSWORD)]).await;
    assert_eq!(accepted.location.as_deref(), Some("/me/second-factor"), "{}", accepted.body);
    assert_eq!(browser.get("/admin").await.location.as_deref(), Some("/sign-in/code?next=%2Fadmin"));
    assert_eq!(browser.get("/sign-in/code?next=%2Fadmin").await.location.as_deref(), Some("/me/second-factor?next=%2Fadmin"));
    let form = browser.get("/me/second-factor?next=%2Fadmin").await.body;
    let part = |from: &str| form.split(from).nth(1).unwrap().split(['"', '<']).next().unwrap().to_owned();
    let (pending, uri) = (part("name=\"pending\" value=\""), part("href=\"otpauth://"));
    let code =
        totp_rs::Totp::from_url(format!("otpauth://{}", uri.replace("&amp;", "&"))).unwrap().generate_current().to_string();
    let fields = [("pending", pending.as_str()), ("code", code.as_str()), ("next", "/admin")];
    let done = post(&mut browser, "/me/second-factor", "/api/account/totp", &fields).await;
    assert_eq!(done.location.as_deref(), Some("/admin"), "{}", done.body);
    let admin = browser.get("/admin").await;
    assert_eq!(admin.status, StatusCode::OK, "{}", admin.body);
    assert!(admin.body.contains("林晓") && admin.body.contains("验证器已绑定"), "{}", admin.body);
    assert_eq!(browser.get("/admin/warnings").await.status, StatusCode::OK);
    assert_eq!(browser.get(&invitation_page).await.status, StatusCode::NOT_FOUND, "an invitation is valid once");
    let membership = admin.body.split("name=\"membership\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    post(&mut browser, "/admin", "/api/account/membership-end", &[("membership", &membership)]).await;
    assert!(browser.get("/admin").await.body.contains("至少要有一名管理员"));
    let invite = [("email", "x"), ("staff_name", ""), ("organisation", "")];
    post(&mut browser, "/admin", "/api/account/invite", &invite).await;
    assert!(browser.get("/admin").await.body.contains("#field-organisation"));
}

#[tokio::test]
async fn a_daughter_acts_for_her_mother_until_the_mandate_is_ended() {
    let city = PageCity::new().await;
    server::services::catalogue::import_embedded(&city.db.owner).await.unwrap();
    let seeded = server::seed::seed(&city.db.owner, &city.state, 1000).await.unwrap();
    let sign_in = async |name: &str| {
        let contact = &seeded.accounts.iter().find(|a| a.contact.starts_with(name)).unwrap().contact;
        let mut browser = city.visitor();
        let fields = [("contact", contact.as_str()), ("password", server::seed::PASSWORD)];
        let answer = post(&mut browser, "/sign-in", "/api/account/sign-in", &fields).await;
        assert_eq!(answer.location.as_deref(), Some("/"), "{}", answer.body);
        browser
    };
    let mut daughter = sign_in("wang.xiulan").await;
    let family = daughter.get("/me/family").await.body;
    assert!(family.contains("陈桂英") && family.contains("您是对方的子女"), "{family}");
    let hidden = |page: &str, name: &str| {
        page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let before = daughter.cookie.clone();
    let fields = [("person", hidden(&family, "person")), ("return_to", "/me".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert_eq!(post(&mut daughter, "/me/family", "/api/account/act-as", &fields).await.location.as_deref(), Some("/me"));
    assert_ne!(daughter.cookie, before, "other rights, a new session id");
    assert!(daughter.get("/me").await.body.contains("您正在代 陈桂英 办理"));
    assert!(daughter.get("/me/data").await.body.contains("登记信息只给本人看"), "a mandate does not cover it");

    let mut mother = sign_in("chen.guiying").await;
    let data = mother.get("/me/data").await.body;
    assert!(data.contains("陈桂英") && data.contains("谁看过我的信息") && data.contains("本人查询"), "{data}");
    assert_eq!(mother.get("/inbox").await.status, StatusCode::OK);
    let family = mother.get("/me/family").await.body;
    let mandate = hidden(&family, "mandate");
    let ended = post(&mut mother, "/me/family", "/api/account/mandate-end", &[("mandate", &mandate)]).await;
    assert_eq!(ended.location.as_deref(), Some("/me/family"), "{}", ended.body);
    assert!(!daughter.get("/me").await.body.contains("您正在代"), "the mandate has ended");
    let again = daughter.post("/api/account/act-as", &fields).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    let inbox = mother.get("/inbox").await.body;
    assert!(inbox.contains("委托已撤销"), "{inbox}");
    let notice = hidden(&inbox, "notice");
    post(&mut mother, "/inbox", "/api/notices/read", &[("notice", &notice)]).await;
    assert!(!mother.get("/inbox").await.body.contains("name=\"notice\""), "the notice is marked as read");
}
