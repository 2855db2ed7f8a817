//! What consent opens and closes, asked of the services and, without them, of the store.

use crate::bank::CANARY;
use crate::bank::FIRST;
use crate::bank::SECOND;
use crate::bank::consent;
use crate::bank::firm;
use crate::bank::offer;
use crate::bank::opened;
use crate::bank::organisation;
use crate::bank::published;
use crate::bank::quota;
use crate::bank::seen;
use crate::bank::terms;
use crate::bank::withdraw_consent;
use sea_orm::FromQueryResult;
use serde_json::json;
use server::{Actor, Gate, Tx, access::gate::Check, finance::consent::expire_due};
use shared::Problem;
use testing::test_city::TestCity;
use testing::test_city::fields;
use testing::test_city::problem;

/// Rows of a table that this actor sees in the store, whatever any code asks.
async fn visible(fixture: &TestCity, actor: &Actor, table: &str) -> i64 {
    counted(&fixture.store().read(actor).await.unwrap(), table).await
}

/// Rows that a function which writes gives to this actor.
async fn readable(fixture: &TestCity, actor: &Actor, from: &str) -> i64 {
    counted(&fixture.store().write(actor).await.unwrap(), from).await
}

async fn counted(tx: &Tx, from: &str) -> i64 {
    #[derive(FromQueryResult)]
    struct Row {
        found: i64,
    }
    let row: Option<Row> = tx.one(&format!("SELECT count(*) AS found FROM {from}"), []).await.unwrap();
    row.unwrap().found
}

#[tokio::test]
async fn a_consent_withdrawn_stops_the_reading_at_once() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let officer = fixture.staff("officer1", SECOND).await;
    consent(&fixture, &owner, &number, SECOND, &["story"]).await.unwrap();
    let told = opened(&fixture, &officer, &number).await.unwrap().consented;
    assert_eq!(told.len(), 1);
    assert!(told[0].facts["story"].as_str().unwrap().contains(CANARY));
    let reads = fixture.count("finance_read").await;
    assert_eq!(reads, 1);
    withdraw_consent(&fixture, &owner, &number, SECOND).await.unwrap();
    assert_eq!(problem(opened(&fixture, &officer, &number).await), Problem::NotFound);
    // Without the gate, the store itself gives nothing.
    let bare = fixture.store().with_gate(Gate::without_check(Check::Organisation));
    let page = server::finance::desk::page(&bare, &officer, &number).await;
    assert_eq!(problem(page), Problem::NotFound);
    assert_eq!(fixture.count("finance_read").await, reads, "and nothing was read");
    // Given anew, it can be read anew; after it has run out, not.
    consent(&fixture, &owner, &number, SECOND, &["story"]).await.unwrap();
    assert_eq!(opened(&fixture, &officer, &number).await.unwrap().consented.len(), 1);
    let later = fixture.store().with_clock_offset("91 days");
    assert_eq!(problem(server::finance::desk::page(&later, &officer, &number).await), Problem::NotFound);
    let (rows, _) = server::finance::desk::open_demands(&later, &officer, None).await.unwrap();
    assert_eq!(rows[0].number, None, "a consent that ran out is none");
    let shown = server::finance::demand::page(&later, &owner, &number).await.unwrap();
    assert!(shown.banks.iter().all(|b| b.given.is_empty()));
    // And it can be renewed; what ran out stays on record.
    let again = json!({ "bank": organisation(&fixture, SECOND).await, "categories": ["story"], "lang": "zh" });
    fixture.act_in(&later, &owner, &number, "give_consent", again.clone()).await.unwrap();
    assert_eq!(server::finance::desk::page(&later, &officer, &number).await.unwrap().consented.len(), 1);
    let ended = async |reason: &str| fixture.count(&format!("finance_consent WHERE end_reason = '{reason}'")).await;
    assert_eq!((ended("withdrawn").await, ended("expired").await), (1, 1));
    // Given twice on a day is given once; given later, it holds longer.
    fixture.act_in(&later, &owner, &number, "give_consent", again.clone()).await.unwrap();
    assert_eq!((fixture.count("finance_consent").await, ended("renewed").await), (3, 0));
    fixture.act_in(&fixture.store().with_clock_offset("100 days"), &owner, &number, "give_consent", again).await.unwrap();
    assert_eq!((fixture.count("finance_consent WHERE withdrawn_at IS NULL").await, ended("renewed").await), (1, 1));
}

#[tokio::test]
async fn a_bank_whose_consents_have_run_out_leaves_with_its_offer() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for bank in [FIRST, SECOND] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
    }
    let mut input = terms(&fixture, FIRST, "1000000", "4.2").await;
    input["valid_until"] = json!(fixture.ask("SELECT (huimin_today() + 120)::text").await);
    fixture.act_in(&fixture.store().with_clock_offset("80 days"), &first, &number, "make_offer", input).await.unwrap();
    let offered = seen(&fixture, &owner, &number).await.offers[0].id;
    let later = fixture.store().with_clock_offset("91 days");
    let mut input = terms(&fixture, SECOND, "1000000", "3.6").await;
    input["valid_until"] = json!(fixture.ask("SELECT (huimin_today() + 100)::text").await);
    assert_eq!(problem(fixture.act_in(&later, &second, &number, "make_offer", input).await), Problem::NotFound);
    let taken = fixture.act_in(&later, &owner, &number, "take_offer", json!({ "offer": offered })).await;
    assert_eq!(fields(&problem(taken)), ["offer"]);
    let city = server::AppState::new(later, (*fixture.city.config).clone());
    assert_eq!(expire_due(&fixture.city).await.unwrap(), 0, "not before");
    assert_eq!((expire_due(&city).await.unwrap(), expire_due(&city).await.unwrap()), (1, 0));
    assert_eq!(fixture.ask(&format!("SELECT cardinality(joined)::text FROM cases WHERE number = '{number}'")).await, "0");
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    assert_eq!(fixture.count("finance_consent WHERE end_reason = 'expired'").await, 2);
}

#[tokio::test]
async fn what_declined_banks_could_read_ends_and_the_chosen_one_can_be_consented_to_anew() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for (bank, officer) in [(FIRST, &first), (SECOND, &second)] {
        consent(&fixture, &owner, &number, bank, &["firm", "tax"]).await.unwrap();
        offer(&fixture, officer, &number, bank, "4.2").await.unwrap();
    }
    let offers = seen(&fixture, &owner, &number).await.offers;
    let chosen = offers.iter().find(|o| o.bank.en.starts_with("Donghu")).unwrap().id;
    fixture.act(&owner, &number, "take_offer", json!({ "offer": chosen })).await.unwrap();
    assert_eq!(fixture.count("finance_consent WHERE end_reason = 'declined'").await, 2);
    let banks = seen(&fixture, &owner, &number).await.banks;
    assert_eq!(banks.iter().map(|b| (b.bank.en.as_str(), b.given.len())).collect::<Vec<_>>(), [("Donghu Bank (demo)", 2)]);
    // Were one of them left, it would open nothing: its bank has no part in the case.
    sqlx::raw_sql("UPDATE finance_consent SET withdrawn_at = NULL, end_reason = NULL").execute(&fixture.db.owner).await.unwrap();
    let case = fixture.ask(&format!("SELECT id::text FROM cases WHERE number = '{number}'")).await;
    let opens = format!("finance_read_consented('{case}')");
    assert_eq!((readable(&fixture, &first, &opens).await, readable(&fixture, &second, &opens).await), (2, 0));

    withdraw_consent(&fixture, &owner, &number, FIRST).await.unwrap();
    assert!(opened(&fixture, &first, &number).await.unwrap().consented.is_empty());
    let strange = consent(&fixture, &owner, &number, SECOND, &["tax"]).await;
    assert_eq!(fields(&problem(strange)), ["bank"]);
    consent(&fixture, &owner, &number, FIRST, &["tax"]).await.unwrap();
    assert_eq!(opened(&fixture, &first, &number).await.unwrap().consented.len(), 1);
    fixture.act(&owner, &number, "withdraw", json!({})).await.unwrap();
    assert_eq!(fixture.count("finance_consent WHERE end_reason = 'demand_withdrawn' AND organisation_id IN (SELECT organisation_id FROM offer WHERE outcome = 'accepted')").await, 1);
    assert!(seen(&fixture, &owner, &number).await.banks.is_empty());
}

#[tokio::test]
async fn every_read_is_shown_with_its_purpose_and_many_are_one_line() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for bank in [FIRST, SECOND] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
    }
    opened(&fixture, &first, &number).await.unwrap();
    for _ in 0..60 {
        opened(&fixture, &second, &number).await.unwrap();
    }
    let view = seen(&fixture, &owner, &number).await;
    let lines: Vec<_> = view.reads.iter().map(|r| (r.bank.en.as_str(), r.times, r.purpose.code())).collect();
    assert_eq!(lines, [("Huanghe Bank (demo)", 60, "assess_demand"), ("Donghu Bank (demo)", 1, "assess_demand")]);
    assert_eq!(view.earlier, None);
    // Of more days than a page has lines, each is found.
    let more = "INSERT INTO finance_read (case_id, consent_id, organisation_id, account_id, category, purpose, at)
                SELECT r.case_id, r.consent_id, r.organisation_id, r.account_id, r.category, r.purpose, r.at - d * interval '1 day'
                  FROM (SELECT * FROM finance_read ORDER BY at LIMIT 1) r, generate_series(1, 70) d";
    sqlx::raw_sql(more).execute(&fixture.db.owner).await.unwrap();
    let (mut found, mut before) = (Vec::new(), None::<String>);
    loop {
        let page = server::finance::demand::page_with_reads(fixture.store(), &owner, &number, before.as_deref()).await.unwrap();
        assert!(page.reads.len() <= 50);
        found.extend(page.reads.iter().map(|r| r.at));
        before = page.earlier;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(found.len(), 72);
    assert!(found.is_sorted_by(|a, b| a >= b));
}

#[tokio::test]
async fn no_bank_sees_anothers_offer_nor_that_there_is_one() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for bank in [FIRST, SECOND] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
    }
    offer(&fixture, &first, &number, FIRST, "4.2").await.unwrap();
    assert!(opened(&fixture, &second, &number).await.unwrap().offers.is_empty());
    assert_eq!(visible(&fixture, &second, "offer").await, 0);
    assert_eq!(visible(&fixture, &first, "offer").await, 1);
    assert_eq!(visible(&fixture, &owner, "offer").await, 1);
    assert_eq!(visible(&fixture, &second, "event WHERE action = 'make_offer'").await, 0);
    assert_eq!(visible(&fixture, &first, "event WHERE action = 'make_offer'").await, 1);
    assert_eq!(visible(&fixture, &second, "finance_consent").await, 1, "its own alone");
    for table in ["demand_detail", "finance_read", "enterprise", "person", "person_key"] {
        assert_eq!(visible(&fixture, &second, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn strangers_see_nothing_of_a_demand() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let strangers = [
        fixture.resident("zhang.wei").await,
        fixture.staff("caseworker1", testing::test_city::HERE).await,
        fixture.staff("officer1", SECOND).await,
    ];
    for stranger in &strangers {
        for table in ["demand", "demand_detail", "finance_consent", "offer", "enterprise", "finance_read"] {
            assert_eq!(visible(&fixture, stranger, table).await, 0, "{table}");
        }
        assert!(server::finance::demand::page(fixture.store(), stranger, &number).await.is_err());
    }
    // The firm itself, through the bank's door, is nobody.
    assert_eq!(problem(opened(&fixture, &owner, &number).await), Problem::Forbidden);
    // A family member's mandate does not reach the firm.
    let delegate = Actor { acting_for: owner.person, ..fixture.resident("wang.xiulan").await };
    assert!(server::finance::demand::page(fixture.store(), &delegate, &number).await.is_err());
    assert_eq!(seen(&fixture, &owner, &number).await.enterprise.code, crate::bank::CODE);
}
