//! Tests the pages of staff administration: resetting an authenticator, organisations, absences, and the audit page of these actions.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helper functions of tests may panic, too"
)]

mod common;

use common::{Browser, PageCity, signed_in};
use server::Actor;
use testing::test_city::{HERE, TestCity};

async fn browser(fixture: &TestCity, who: &Actor) -> Browser {
    let router = PageCity::route(&fixture.state);
    signed_in(fixture.store(), &router, who.account.unwrap(), true, None).await
}

#[tokio::test]
async fn a_lost_authenticator_is_reset_and_the_audit_page_shows_it() {
    let fixture = TestCity::new().await;
    let admin = browser(&fixture, &fixture.city_staff("administrator").await).await;
    let caseworker = fixture.staff("caseworker1", HERE).await;
    let desk = browser(&fixture, &caseworker).await;
    let account = caseworker.account.unwrap().to_string();
    let before = admin.get("/admin").await.body;
    assert!(before.contains(&format!("name=\"account\" value=\"{account}\"")), "the form is there");

    let reset = admin.post_from("/admin", "/api/account/authenticator-reset", &[("account", &account)]).await;
    assert_eq!(reset.location.as_deref(), Some("/admin"), "{}", reset.body);
    let after = admin.get("/admin").await.body;
    assert!(after.contains("验证器已解除") && !after.contains(&format!("value=\"{account}\"")));
    assert_eq!(desk.get("/desk").await.location.as_deref(), Some("/sign-in?next=%2Fdesk"), "signed out at once");

    let auditor = browser(&fixture, &fixture.city_staff("auditor").await).await;
    let record = auditor.get("/audit/staff").await.body;
    assert!(record.contains("解除验证器"), "{record}");
}

#[tokio::test]
async fn an_unnamed_or_existing_organisation_is_refused_and_one_is_renamed() {
    let fixture = TestCity::new().await;
    let admin = browser(&fixture, &fixture.city_staff("administrator").await).await;
    let path = "/admin/organisations";
    let fields = [("department", "health"), ("district", "420106"), ("name_zh", ""), ("name_en", "x")];
    let unnamed = admin.post_from(path, "/api/account/organisation", &fields).await;
    assert_eq!(unnamed.location.as_deref(), Some(path), "{}", unnamed.body);
    let form = admin.get(path).await.body;
    assert!(form.contains("<a href=\"#field-name_zh\">中文名称：请填写此项"), "{form}");

    let fields = [("department", "health"), ("district", "420106"), ("name_zh", "某局"), ("name_en", "Some Bureau")];
    admin.post_from(path, "/api/account/organisation", &fields).await;
    assert!(admin.get(path).await.body.contains("<a href=\"#field-department\">"), "the demo city has it already");

    let id = fixture.ask("SELECT id::text FROM organisation WHERE code = 'health-420106'").await;
    let organisation_page = format!("{path}/{id}");
    assert!(admin.get(&organisation_page).await.body.contains("health-420106"));
    let fields = [("organisation", id.as_str()), ("name_zh", "武昌区卫健局"), ("name_en", "Wuchang Health")];
    let renamed = admin.post_from(&organisation_page, "/api/account/organisation-names", &fields).await;
    assert_eq!(renamed.location.as_deref(), Some(path), "{}", renamed.body);
    assert!(admin.get(path).await.body.contains("武昌区卫健局"));
}

#[tokio::test]
async fn a_supervisor_adds_and_removes_an_absence() {
    let fixture = TestCity::new().await;
    let path = "/desk/absences";
    let caseworker = fixture.staff("caseworker1", HERE).await;
    let own_page = browser(&fixture, &caseworker).await.get(path).await.body;
    assert!(!own_page.contains("<select"), "caseworkers enter only their own absence");

    let supervisor = browser(&fixture, &fixture.staff("supervisor1", HERE).await).await;
    let account = caseworker.account.unwrap().to_string();
    let reversed = [("account", account.as_str()), ("first", "2030-02-03"), ("last", "2030-02-01")];
    supervisor.post_from(path, "/api/account/absence", &reversed).await;
    let form = supervisor.get(path).await.body;
    assert!(form.contains("<a href=\"#field-last\">结束日期：") && form.contains("value=\"2030-02-03\""), "{form}");

    let valid = [("account", account.as_str()), ("first", "2030-02-01"), ("last", "2030-02-03")];
    let added = supervisor.post_from(path, "/api/account/absence", &valid).await;
    assert_eq!(added.location.as_deref(), Some(path), "{}", added.body);
    assert!(supervisor.get(path).await.body.contains("2030"));
    let id = fixture.ask("SELECT id::text FROM absence").await;
    supervisor.post_from(path, "/api/account/absence-end", &[("absence", &id)]).await;
    assert_eq!(fixture.count("absence").await, 0);
}
