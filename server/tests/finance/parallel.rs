//! Thirty-two at once, each with a key of its own.

use crate::bank::FIRST;
use crate::bank::SECOND;
use crate::bank::act_as_seen;
use crate::bank::consent;
use crate::bank::firm;
use crate::bank::offer;
use crate::bank::product;
use crate::bank::published;
use crate::bank::quota;
use crate::bank::seen;
use crate::bank::terms;
use futures::future::join_all;
use serde_json::json;
use server::Error;
use shared::Problem;
use testing::test_city::TestCity;

const AT_ONCE: usize = 32;
/// One for each of them, and some to look.
const CONNECTIONS: u32 = 36;

#[tokio::test]
async fn one_offer_is_accepted() {
    let fixture = TestCity::crowded(CONNECTIONS).await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    for (bank, rate) in [(FIRST, "4.2"), (SECOND, "3.6")] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
        offer(&fixture, &fixture.staff("officer1", bank).await, &number, bank, rate).await.unwrap();
    }
    let view = seen(&fixture, &owner, &number).await;
    // One offer or the other; as the demand stands, as it stood before, or as it stands after somebody else came first.
    let tries = (0..AT_ONCE).map(|n| {
        let input = json!({ "offer": view.offers[n % 2].id });
        let version = view.version + [0, 0, -1, 1][n / 2 % 4];
        act_as_seen(&fixture, &owner, &number, "take_offer", version, input)
    });
    let (done, refused): (Vec<_>, Vec<_>) = join_all(tries).await.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, AT_ONCE - 1));
    assert!(refused.into_iter().all(|r| matches!(r, Err(Error::Problem(Problem::Conflict { .. })))));
    assert_eq!(fixture.count("offer WHERE outcome = 'accepted'").await, 1);
    assert_eq!(fixture.count("offer WHERE outcome = 'declined'").await, 1);
    let both = [quota(&fixture, FIRST).await, quota(&fixture, SECOND).await];
    assert_eq!(both.iter().map(|(reserved, _)| reserved).sum::<i64>(), 100_000_000);
}

#[tokio::test]
async fn a_bank_has_one_live_offer_to_a_demand() {
    let fixture = TestCity::crowded(CONNECTIONS).await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let officers = [fixture.staff("officer1", FIRST).await, fixture.staff("officer2", FIRST).await];
    let input = terms(&fixture, FIRST, "1000000", "4.2").await;
    let tries = (0..AT_ONCE).map(|n| act_as_seen(&fixture, &officers[n % 2], &number, "make_offer", 0, input.clone()));
    let done = join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((done, fixture.count("offer WHERE outcome IS NULL").await), (1, 1));
    assert_eq!(quota(&fixture, FIRST).await, (100_000_000, 0));
}

#[tokio::test]
async fn a_quota_is_never_exceeded() {
    let fixture = TestCity::crowded(CONNECTIONS).await;
    let owner = firm(&fixture).await;
    let mut numbers = Vec::new();
    for _ in 0..AT_ONCE {
        let number = published(&fixture, &owner, "1000000").await;
        consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
        numbers.push(number);
    }
    // Room for ten and a half.
    let id = product(&fixture, FIRST).await;
    let narrow = format!("UPDATE bank_product SET quota_fen = 1050000000 WHERE id = '{id}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(narrow)).execute(&fixture.db.owner).await.unwrap();
    let officer = fixture.staff("officer1", FIRST).await;
    let input = terms(&fixture, FIRST, "1000000", "4.2").await;
    let all =
        join_all(numbers.iter().map(|number| act_as_seen(&fixture, &officer, number, "make_offer", 0, input.clone()))).await;
    assert_eq!(all.into_iter().filter(Result::is_ok).count(), 10);
    assert_eq!(quota(&fixture, FIRST).await, (1_000_000_000, 0));
    // And given back once, whoever asks how often.
    let withdrawn = live_demand(&fixture).await;
    let tries = (0..AT_ONCE).map(|_| act_as_seen(&fixture, &officer, &withdrawn, "withdraw_offer", 0, json!({})));
    assert_eq!(join_all(tries).await.into_iter().filter(Result::is_ok).count(), 1);
    assert_eq!(quota(&fixture, FIRST).await, (900_000_000, 0));
}

async fn live_demand(fixture: &TestCity) -> String {
    fixture
        .ask("SELECT c.number FROM offer o JOIN cases c ON c.id = o.case_id WHERE o.outcome IS NULL ORDER BY o.id LIMIT 1")
        .await
}
