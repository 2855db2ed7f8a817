//! Thirty-two at once, each with a key of its own.

use crate::{
    bank::{FIRST, SECOND, act_as_seen, consent, firm, offer, product, published, quota, seen, terms},
    town::Town,
};
use futures::future::join_all;
use serde_json::json;
use server::Error;
use shared::Problem;

const AT_ONCE: usize = 32;
/// One for each of them, and some to look.
const CONNECTIONS: u32 = 36;

#[tokio::test]
async fn one_offer_is_accepted() {
    let town = Town::crowded(CONNECTIONS).await;
    let owner = firm(&town).await;
    let number = published(&town, &owner, "1000000").await;
    for (bank, rate) in [(FIRST, "4.2"), (SECOND, "3.6")] {
        consent(&town, &owner, &number, bank, &["firm"]).await.unwrap();
        offer(&town, &town.staff("officer1", bank).await, &number, bank, rate).await.unwrap();
    }
    let view = seen(&town, &owner, &number).await;
    // One offer or the other; as the demand stands, as it stood before, or as it stands after somebody else came first.
    let tries = (0..AT_ONCE).map(|n| {
        let input = json!({ "offer": view.offers[n % 2].id });
        let version = view.version + [0, 0, -1, 1][n / 2 % 4];
        act_as_seen(&town, &owner, &number, "take_offer", version, input)
    });
    let (done, refused): (Vec<_>, Vec<_>) = join_all(tries).await.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), refused.len()), (1, AT_ONCE - 1));
    assert!(refused.into_iter().all(|r| matches!(r, Err(Error::Problem(Problem::Conflict { .. })))));
    assert_eq!(town.count("offer WHERE outcome = 'accepted'").await, 1);
    assert_eq!(town.count("offer WHERE outcome = 'declined'").await, 1);
    let both = [quota(&town, FIRST).await, quota(&town, SECOND).await];
    assert_eq!(both.iter().map(|(reserved, _)| reserved).sum::<i64>(), 100_000_000);
}

#[tokio::test]
async fn a_bank_has_one_live_offer_to_a_demand() {
    let town = Town::crowded(CONNECTIONS).await;
    let owner = firm(&town).await;
    let number = published(&town, &owner, "1000000").await;
    consent(&town, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let officers = [town.staff("officer1", FIRST).await, town.staff("officer2", FIRST).await];
    let input = terms(&town, FIRST, "1000000", "4.2").await;
    let tries = (0..AT_ONCE).map(|n| act_as_seen(&town, &officers[n % 2], &number, "make_offer", 0, input.clone()));
    let done = join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((done, town.count("offer WHERE outcome IS NULL").await), (1, 1));
    assert_eq!(quota(&town, FIRST).await, (100_000_000, 0));
}

#[tokio::test]
async fn a_quota_is_never_exceeded() {
    let town = Town::crowded(CONNECTIONS).await;
    let owner = firm(&town).await;
    let mut numbers = Vec::new();
    for _ in 0..AT_ONCE {
        let number = published(&town, &owner, "1000000").await;
        consent(&town, &owner, &number, FIRST, &["firm"]).await.unwrap();
        numbers.push(number);
    }
    // Room for ten and a half.
    let id = product(&town, FIRST).await;
    let narrow = format!("UPDATE bank_product SET quota_fen = 1050000000 WHERE id = '{id}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(narrow)).execute(&town.db.owner).await.unwrap();
    let officer = town.staff("officer1", FIRST).await;
    let input = terms(&town, FIRST, "1000000", "4.2").await;
    let all = join_all(numbers.iter().map(|number| act_as_seen(&town, &officer, number, "make_offer", 0, input.clone()))).await;
    assert_eq!(all.into_iter().filter(Result::is_ok).count(), 10);
    assert_eq!(quota(&town, FIRST).await, (1_000_000_000, 0));
    // And given back once, whoever asks how often.
    let withdrawn = live_demand(&town).await;
    let tries = (0..AT_ONCE).map(|_| act_as_seen(&town, &officer, &withdrawn, "withdraw_offer", 0, json!({})));
    assert_eq!(join_all(tries).await.into_iter().filter(Result::is_ok).count(), 1);
    assert_eq!(quota(&town, FIRST).await, (900_000_000, 0));
}

async fn live_demand(town: &Town) -> String {
    town.ask("SELECT c.number FROM offer o JOIN cases c ON c.id = o.case_id WHERE o.outcome IS NULL ORDER BY o.id LIMIT 1").await
}
