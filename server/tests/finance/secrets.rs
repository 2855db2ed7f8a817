//! What consent opens and closes, asked of the services and, without them, of the store.

use crate::{
    bank::{CANARY, FIRST, SECOND, consent, firm, offer, opened, published, seen, withdraw_consent},
    town::{Town, problem},
};
use sea_orm::FromQueryResult;
use server::{Actor, Gate, account::gate::Check};
use shared::Problem;

/// Rows of a table that this actor sees in the store, whatever any code asks.
async fn visible(town: &Town, actor: &Actor, table: &str) -> i64 {
    #[derive(FromQueryResult)]
    struct Row {
        found: i64,
    }
    let tx = town.store().read(actor).await.unwrap();
    let row: Option<Row> = tx.one(&format!("SELECT count(*) AS found FROM {table}"), []).await.unwrap();
    row.unwrap().found
}

#[tokio::test]
async fn a_consent_withdrawn_stops_the_reading_at_once() {
    let town = Town::new().await;
    let owner = firm(&town).await;
    let number = published(&town, &owner, "1000000").await;
    let officer = town.staff("officer1", SECOND).await;
    consent(&town, &owner, &number, SECOND, &["story"]).await.unwrap();
    let told = opened(&town, &officer, &number).await.unwrap().consented;
    assert_eq!(told.len(), 1);
    assert!(told[0].facts["story"].as_str().unwrap().contains(CANARY));
    let reads = town.count("finance_read").await;
    assert_eq!(reads, 1);
    withdraw_consent(&town, &owner, &number, SECOND).await.unwrap();
    assert_eq!(problem(opened(&town, &officer, &number).await), Problem::NotFound);
    // Without the gate, the store itself gives nothing.
    let bare = town.store().behind(Gate::waiving(Check::Organisation));
    let page = server::finance::desk::page(&bare, &officer, &number).await;
    assert_eq!(problem(page), Problem::NotFound);
    assert_eq!(town.count("finance_read").await, reads, "and nothing was read");
    // Given anew, it can be read anew; after it has run out, not.
    consent(&town, &owner, &number, SECOND, &["story"]).await.unwrap();
    assert_eq!(opened(&town, &officer, &number).await.unwrap().consented.len(), 1);
    let later = town.store().later("91 days");
    assert!(server::finance::desk::page(&later, &officer, &number).await.unwrap().consented.is_empty());
}

#[tokio::test]
async fn no_bank_sees_anothers_offer_nor_that_there_is_one() {
    let town = Town::new().await;
    let owner = firm(&town).await;
    let number = published(&town, &owner, "1000000").await;
    let (first, second) = (town.staff("officer1", FIRST).await, town.staff("officer1", SECOND).await);
    for bank in [FIRST, SECOND] {
        consent(&town, &owner, &number, bank, &["firm"]).await.unwrap();
    }
    offer(&town, &first, &number, FIRST, "4.2").await.unwrap();
    assert!(opened(&town, &second, &number).await.unwrap().offers.is_empty());
    assert_eq!(visible(&town, &second, "offer").await, 0);
    assert_eq!(visible(&town, &first, "offer").await, 1);
    assert_eq!(visible(&town, &owner, "offer").await, 1);
    assert_eq!(visible(&town, &second, "event WHERE action = 'make_offer'").await, 0);
    assert_eq!(visible(&town, &first, "event WHERE action = 'make_offer'").await, 1);
    assert_eq!(visible(&town, &second, "finance_consent").await, 1, "its own alone");
    for table in ["demand_detail", "finance_read", "enterprise", "person", "person_key"] {
        assert_eq!(visible(&town, &second, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn strangers_see_nothing_of_a_demand() {
    let town = Town::new().await;
    let owner = firm(&town).await;
    let number = published(&town, &owner, "1000000").await;
    consent(&town, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let strangers = [
        town.resident("zhang.wei").await,
        town.staff("caseworker1", crate::town::HERE).await,
        town.staff("officer1", SECOND).await,
    ];
    for stranger in &strangers {
        for table in ["demand", "demand_detail", "finance_consent", "offer", "enterprise", "finance_read"] {
            assert_eq!(visible(&town, stranger, table).await, 0, "{table}");
        }
        assert!(server::finance::demand::page(town.store(), stranger, &number).await.is_err());
    }
    // The firm itself, through the bank's door, is nobody.
    assert_eq!(problem(opened(&town, &owner, &number).await), Problem::Forbidden);
    // A family member's mandate does not reach the firm.
    let delegate = Actor { acting_for: owner.person, ..town.resident("wang.xiulan").await };
    assert!(server::finance::demand::page(town.store(), &delegate, &number).await.is_err());
    assert_eq!(seen(&town, &owner, &number).await.enterprise.code, crate::bank::CODE);
}
