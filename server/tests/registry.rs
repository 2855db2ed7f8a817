//! Reads of the register: logged, named, and shown to whom they concern.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share may stop at once, too"
)]

use server::{
    registry::{list_reads, own_facts},
    services::{draft, eligibility},
};
use shared::{Lang, Problem, registry::access_log::Reader};
use testing::test_city::{ALLOWANCE, HERE, TestCity, problem};

#[tokio::test]
async fn every_read_is_written_down_and_told() {
    let fixture = TestCity::new().await;
    let (store, elder) = (fixture.store(), fixture.elder().await);
    eligibility::check(store, &elder, ALLOWANCE).await.unwrap();
    let number = fixture.applied(&fixture.daughter().await).await;
    let worker = fixture.staff("caseworker1", HERE).await;
    eligibility::check_case(store, &worker, &number).await.unwrap();
    assert!(matches!(problem(eligibility::check_case(store, &elder, &number).await), Problem::Forbidden));
    let all = own_facts(store, &elder).await.unwrap();
    assert_eq!(all.get("person.name").unwrap().value, "陈桂英");

    let page = list_reads(store, &elder, None).await.unwrap();
    let told: Vec<(&str, bool)> = page.reads.iter().map(|r| (r.purpose.as_str(), r.case.is_some())).collect();
    assert_eq!(told, [("own_data", false), ("casework", true), ("prefill", false), ("eligibility", false)]);
    let readers: Vec<String> = page.reads.iter().map(|r| r.reader.name(Lang::Zh)).collect();
    assert_eq!(readers, ["本人", "武昌区民政局工作人员", "受托人", "本人"]);
    let casework = &page.reads[1];
    assert!(matches!(casework.reader, Reader::Staff { .. }) && casework.case.as_deref() == Some(number.as_str()));
    assert!(casework.basis(Lang::En).contains("statutory duty"));
    assert_eq!(casework.fields, ["person.address.district", "person.born_on", "person.status"], "no more than the rules ask for");
    assert_eq!(page.next, None);
    // Nobody else reads this log, not even with a mandate.
    assert!(matches!(problem(list_reads(store, &fixture.daughter().await, None).await), Problem::Forbidden));
    assert!(matches!(problem(own_facts(store, &fixture.daughter().await).await), Problem::Forbidden));
    assert!(list_reads(store, &fixture.resident("liu.yang").await, None).await.unwrap().reads.is_empty());
}

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    let fixture = TestCity::new().await;
    let (store, elder) = (fixture.store(), fixture.elder().await);
    for _ in 0..60 {
        eligibility::check(store, &elder, ALLOWANCE).await.unwrap();
    }
    let first = list_reads(store, &elder, None).await.unwrap();
    let second = list_reads(store, &elder, first.next).await.unwrap();
    assert_eq!((first.reads.len(), second.reads.len(), second.next), (50, 10, None));
}

#[tokio::test]
async fn without_a_real_name_nothing_is_read() {
    let fixture = TestCity::new().await;
    let nobody = fixture.resident("zhao.xiaowen").await;
    assert!(matches!(problem(eligibility::check(fixture.store(), &nobody, ALLOWANCE).await), Problem::RealNameFirst));
    assert!(matches!(problem(draft::start(fixture.store(), &nobody, ALLOWANCE).await), Problem::RealNameFirst));
    assert_eq!(fixture.count("register_read").await, 0);
}
