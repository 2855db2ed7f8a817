//! What is done with staff through the pages: a lost authenticator, organisations, absences, and the record of it.

#![cfg(feature = "ssr")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share may stop at once, too"
)]

mod common;

use common::{Browser, PageCity, signed_in};
use server::Actor;
use testing::test_city::{HERE, TestCity};

async fn browser(fixture: &TestCity, who: &Actor) -> Browser {
    let router = PageCity::route(&fixture.city);
    signed_in(fixture.store(), &router, who.account.unwrap(), true, None).await
}

#[tokio::test]
async fn a_lost_authenticator_is_taken_away_and_auditors_read_of_it() {
    let fixture = TestCity::new().await;
    let admin = browser(&fixture, &fixture.city_staff("administrator").await).await;
    let caseworker = fixture.staff("caseworker1", HERE).await;
    let desk = browser(&fixture, &caseworker).await;
    let account = caseworker.account.unwrap().to_string();
    let before = admin.get("/admin").await.body;
    assert!(before.contains(&format!("name=\"account\" value=\"{account}\"")), "the form is there");

    let done = admin.post_from("/admin", "/api/account/authenticator-reset", &[("account", &account)]).await;
    assert_eq!(done.location.as_deref(), Some("/admin"), "{}", done.body);
    let after = admin.get("/admin").await.body;
    assert!(after.contains("验证器已解除") && !after.contains(&format!("value=\"{account}\"")));
    assert_eq!(desk.get("/desk").await.location.as_deref(), Some("/sign-in?next=%2Fdesk"), "signed out at once");

    let auditor = browser(&fixture, &fixture.city_staff("auditor").await).await;
    let record = auditor.get("/audit/staff").await.body;
    assert!(record.contains("解除验证器"), "{record}");
}

#[tokio::test]
async fn an_organisation_is_added_and_renamed() {
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
    let one = format!("{path}/{id}");
    assert!(admin.get(&one).await.body.contains("health-420106"));
    let fields = [("organisation", id.as_str()), ("name_zh", "武昌区卫健局"), ("name_en", "Wuchang Health")];
    let renamed = admin.post_from(&one, "/api/account/organisation-names", &fields).await;
    assert_eq!(renamed.location.as_deref(), Some(path), "{}", renamed.body);
    assert!(admin.get(path).await.body.contains("武昌区卫健局"));
}

#[tokio::test]
async fn a_supervisor_enters_an_absence_and_takes_it_back() {
    let fixture = TestCity::new().await;
    let path = "/desk/absences";
    let caseworker = fixture.staff("caseworker1", HERE).await;
    let own = browser(&fixture, &caseworker).await.get(path).await.body;
    assert!(!own.contains("<select"), "one's own alone: nobody to choose");

    let boss = browser(&fixture, &fixture.staff("supervisor1", HERE).await).await;
    let account = caseworker.account.unwrap().to_string();
    let turned = [("account", account.as_str()), ("first", "2030-02-03"), ("last", "2030-02-01")];
    boss.post_from(path, "/api/account/absence", &turned).await;
    let form = boss.get(path).await.body;
    assert!(form.contains("<a href=\"#field-last\">结束日期：") && form.contains("value=\"2030-02-03\""), "{form}");

    let right = [("account", account.as_str()), ("first", "2030-02-01"), ("last", "2030-02-03")];
    let set = boss.post_from(path, "/api/account/absence", &right).await;
    assert_eq!(set.location.as_deref(), Some(path), "{}", set.body);
    assert!(boss.get(path).await.body.contains("2030"));
    let id = fixture.ask("SELECT id::text FROM absence").await;
    boss.post_from(path, "/api/account/absence-end", &[("absence", &id)]).await;
    assert_eq!(fixture.count("absence").await, 0);
}
