//! Tests 32 concurrent financing actions, each with its own idempotency key.

use crate::bank::FIRST;
use crate::bank::SECOND;
use crate::bank::act_on_version;
use crate::bank::consent;
use crate::bank::firm_view;
use crate::bank::make_offer;
use crate::bank::product;
use crate::bank::publish_demand;
use crate::bank::quota;
use crate::bank::register_firm;
use crate::bank::terms;
use futures::future::join_all;
use serde_json::json;
use server::Error;
use shared::Problem;
use testing::test_city::TestCity;

const CONCURRENT: usize = 32;
/// One connection for each concurrent action, and some for checks.
const CONNECTIONS: u32 = 36;

#[tokio::test]
async fn one_of_32_concurrent_acceptances_wins() {
    let fixture = TestCity::with_connections(CONNECTIONS).await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    for (bank, rate) in [(FIRST, "4.2"), (SECOND, "3.6")] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
        make_offer(&fixture, &fixture.staff("officer1", bank).await, &number, bank, rate).await.unwrap();
    }
    let view = firm_view(&fixture, &owner, &number).await;
    // Each offer in turn, with the current version, the one before, or the one after.
    let attempts = (0..CONCURRENT).map(|n| {
        let input = json!({ "offer": view.offers[n % 2].id });
        let version = view.version + [0, 0, -1, 1][n / 2 % 4];
        act_on_version(&fixture, &owner, &number, "take_offer", version, input)
    });
    let (done, refused): (Vec<_>, Vec<_>) = join_all(attempts).await.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, CONCURRENT - 1));
    assert!(refused.into_iter().all(|r| matches!(r, Err(Error::Problem(Problem::Conflict { .. })))));
    assert_eq!(fixture.count("offer WHERE outcome = 'accepted'").await, 1);
    assert_eq!(fixture.count("offer WHERE outcome = 'declined'").await, 1);
    let both = [quota(&fixture, FIRST).await, quota(&fixture, SECOND).await];
    assert_eq!(both.iter().map(|(reserved, _)| reserved).sum::<i64>(), 100_000_000);
}

#[tokio::test]
async fn bank_has_one_open_offer_per_demand() {
    let fixture = TestCity::with_connections(CONNECTIONS).await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let officers = [fixture.staff("officer1", FIRST).await, fixture.staff("officer2", FIRST).await];
    let input = terms(&fixture, FIRST, "1000000", "4.2").await;
    let attempts = (0..CONCURRENT).map(|n| act_on_version(&fixture, &officers[n % 2], &number, "make_offer", 0, input.clone()));
    let done = join_all(attempts).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((done, fixture.count("offer WHERE outcome IS NULL").await), (1, 1));
    assert_eq!(quota(&fixture, FIRST).await, (100_000_000, 0));
}

#[tokio::test]
async fn quota_is_never_exceeded() {
    let fixture = TestCity::with_connections(CONNECTIONS).await;
    let owner = register_firm(&fixture).await;
    let mut numbers = Vec::new();
    for _ in 0..CONCURRENT {
        let number = publish_demand(&fixture, &owner, "1000000").await;
        consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
        numbers.push(number);
    }
    // A quota for ten and a half offers.
    let id = product(&fixture, FIRST).await;
    let reduce_quota = format!("UPDATE bank_product SET quota_fen = 1050000000 WHERE id = '{id}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(reduce_quota)).execute(&fixture.db.owner).await.unwrap();
    let officer = fixture.staff("officer1", FIRST).await;
    let input = terms(&fixture, FIRST, "1000000", "4.2").await;
    let all =
        join_all(numbers.iter().map(|number| act_on_version(&fixture, &officer, number, "make_offer", 0, input.clone()))).await;
    assert_eq!(all.into_iter().filter(Result::is_ok).count(), 10);
    assert_eq!(quota(&fixture, FIRST).await, (1_000_000_000, 0));
    // The quota is released once, even if the offer is withdrawn repeatedly.
    let withdrawn = demand_with_open_offer(&fixture).await;
    let attempts = (0..CONCURRENT).map(|_| act_on_version(&fixture, &officer, &withdrawn, "withdraw_offer", 0, json!({})));
    assert_eq!(join_all(attempts).await.into_iter().filter(Result::is_ok).count(), 1);
    assert_eq!(quota(&fixture, FIRST).await, (900_000_000, 0));
}

async fn demand_with_open_offer(fixture: &TestCity) -> String {
    fixture
        .ask("SELECT c.number FROM offer o JOIN cases c ON c.id = o.case_id WHERE o.outcome IS NULL ORDER BY o.id LIMIT 1")
        .await
}
