//! Tests reads of the register: logged, with purpose and reader, and shown to the person concerned.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use server::{
    registry::{list_reads, own_facts},
    services::{draft, eligibility},
};
use shared::{Lang, Problem, registry::access_log::Reader};
use testing::test_city::{ALLOWANCE, HERE, TestCity, problem};

#[tokio::test]
async fn register_reads_are_logged_and_shown_to_the_person() {
    let fixture = TestCity::new().await;
    let (store, elder) = (fixture.store(), fixture.elder().await);
    eligibility::check(store, &elder, ALLOWANCE).await.unwrap();
    let number = fixture.submit_application(&fixture.daughter().await).await;
    let worker = fixture.staff("caseworker1", HERE).await;
    eligibility::check_case(store, &worker, &number).await.unwrap();
    assert!(matches!(problem(eligibility::check_case(store, &elder, &number).await), Problem::Forbidden));
    let all = own_facts(store, &elder).await.unwrap();
    assert_eq!(all.get("person.name").unwrap().value, "陈桂英");

    let page = list_reads(store, &elder, None).await.unwrap();
    let purposes: Vec<(&str, bool)> = page.reads.iter().map(|r| (r.purpose.as_str(), r.case.is_some())).collect();
    assert_eq!(purposes, [("own_data", false), ("casework", true), ("prefill", false), ("eligibility", false)]);
    let readers: Vec<String> = page.reads.iter().map(|r| r.reader.name(Lang::Zh)).collect();
    assert_eq!(readers, ["本人", "武昌区民政局工作人员", "受托人", "本人"]);
    let casework = &page.reads[1];
    assert!(matches!(casework.reader, Reader::Staff { .. }) && casework.case.as_deref() == Some(number.as_str()));
    assert!(casework.basis(Lang::En).contains("statutory duty"));
    assert_eq!(casework.fields, ["person.address.district", "person.born_on", "person.status"], "no more than the rules ask for");
    assert_eq!(page.next, None);
    // Others cannot read this log, even with a mandate.
    assert!(matches!(problem(list_reads(store, &fixture.daughter().await, None).await), Problem::Forbidden));
    assert!(matches!(problem(own_facts(store, &fixture.daughter().await).await), Problem::Forbidden));
    assert!(list_reads(store, &fixture.resident("liu.yang").await, None).await.unwrap().reads.is_empty());
}

#[tokio::test]
async fn access_log_is_paged() {
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
async fn register_is_not_read_without_real_name_verification() {
    let fixture = TestCity::new().await;
    let unverified = fixture.resident("zhao.xiaowen").await;
    assert!(matches!(problem(eligibility::check(fixture.store(), &unverified, ALLOWANCE).await), Problem::RealNameFirst));
    assert!(matches!(problem(draft::start(fixture.store(), &unverified, ALLOWANCE).await), Problem::RealNameFirst));
    assert_eq!(fixture.count("register_read").await, 0);
}
