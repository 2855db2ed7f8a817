//! Tests what a consent gives access to, through the services and directly in the database.

use crate::bank::CANARY;
use crate::bank::FIRST;
use crate::bank::SECOND;
use crate::bank::bank_view;
use crate::bank::consent;
use crate::bank::firm_view;
use crate::bank::make_offer;
use crate::bank::organisation;
use crate::bank::publish_demand;
use crate::bank::quota;
use crate::bank::register_firm;
use crate::bank::terms;
use crate::bank::withdraw_consent;
use sea_orm::FromQueryResult;
use serde_json::json;
use server::{Actor, Gate, Tx, access::gate::Check, finance::consent::expire_due};
use shared::Problem;
use testing::test_city::TestCity;
use testing::test_city::fields;
use testing::test_city::problem;

/// The rows of a table that this actor can read in the database.
async fn visible(fixture: &TestCity, actor: &Actor, table: &str) -> i64 {
    counted(&fixture.store().read(actor).await.unwrap(), table).await
}

/// The rows that a writing database function returns to this actor.
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
async fn withdrawn_consent_blocks_reading_immediately() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let officer = fixture.staff("officer1", SECOND).await;
    consent(&fixture, &owner, &number, SECOND, &["story"]).await.unwrap();
    let consented = bank_view(&fixture, &officer, &number).await.unwrap().consented;
    assert_eq!(consented.len(), 1);
    assert!(consented[0].facts["story"].as_str().unwrap().contains(CANARY));
    let reads = fixture.count("finance_read").await;
    assert_eq!(reads, 1);
    withdraw_consent(&fixture, &owner, &number, SECOND).await.unwrap();
    assert_eq!(problem(bank_view(&fixture, &officer, &number).await), Problem::NotFound);
    // Without the gate, the database itself returns nothing.
    let without_gate = fixture.store().with_gate(Gate::without_check(Check::Organisation));
    let page = server::finance::desk::page(&without_gate, &officer, &number).await;
    assert_eq!(problem(page), Problem::NotFound);
    assert_eq!(fixture.count("finance_read").await, reads, "nothing was read");
    // After a new consent it is readable again, but not after its expiry.
    consent(&fixture, &owner, &number, SECOND, &["story"]).await.unwrap();
    assert_eq!(bank_view(&fixture, &officer, &number).await.unwrap().consented.len(), 1);
    let later = fixture.store().with_clock_offset("91 days");
    assert_eq!(problem(server::finance::desk::page(&later, &officer, &number).await), Problem::NotFound);
    let (rows, _) = server::finance::desk::open_demands(&later, &officer, None).await.unwrap();
    assert_eq!(rows[0].number, None, "an expired consent gives no access");
    let shown = server::finance::demand::page(&later, &owner, &number).await.unwrap();
    assert!(shown.banks.iter().all(|b| b.given.is_empty()));
    // It can be renewed; the expired consent stays on record.
    let input = json!({ "bank": organisation(&fixture, SECOND).await, "categories": ["story"], "lang": "zh" });
    fixture.act_in(&later, &owner, &number, "give_consent", input.clone()).await.unwrap();
    assert_eq!(server::finance::desk::page(&later, &officer, &number).await.unwrap().consented.len(), 1);
    let ended = async |reason: &str| fixture.count(&format!("finance_consent WHERE end_reason = '{reason}'")).await;
    assert_eq!((ended("withdrawn").await, ended("expired").await), (1, 1));
    // A repeated consent on the same day changes nothing; a later one extends the term.
    fixture.act_in(&later, &owner, &number, "give_consent", input.clone()).await.unwrap();
    assert_eq!((fixture.count("finance_consent").await, ended("renewed").await), (3, 0));
    fixture.act_in(&fixture.store().with_clock_offset("100 days"), &owner, &number, "give_consent", input).await.unwrap();
    assert_eq!((fixture.count("finance_consent WHERE ended_at IS NULL").await, ended("renewed").await), (1, 1));
}

#[tokio::test]
async fn expired_consents_remove_the_bank_and_its_offer() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for bank in [FIRST, SECOND] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
    }
    let mut input = terms(&fixture, FIRST, "1000000", "4.2").await;
    input["valid_until"] = json!(fixture.ask("SELECT (huimin_today() + 120)::text").await);
    fixture.act_in(&fixture.store().with_clock_offset("80 days"), &first, &number, "make_offer", input).await.unwrap();
    let offered = firm_view(&fixture, &owner, &number).await.offers[0].id;
    let later = fixture.store().with_clock_offset("91 days");
    let mut input = terms(&fixture, SECOND, "1000000", "3.6").await;
    input["valid_until"] = json!(fixture.ask("SELECT (huimin_today() + 100)::text").await);
    assert_eq!(problem(fixture.act_in(&later, &second, &number, "make_offer", input).await), Problem::NotFound);
    let acceptance = fixture.act_in(&later, &owner, &number, "take_offer", json!({ "offer": offered })).await;
    assert_eq!(fields(&problem(acceptance)), ["offer"]);
    let city = server::AppState::new(later, (*fixture.state.config).clone());
    assert_eq!(expire_due(&fixture.state).await.unwrap(), 0, "not before their expiry");
    assert_eq!((expire_due(&city).await.unwrap(), expire_due(&city).await.unwrap()), (1, 0));
    assert_eq!(fixture.ask(&format!("SELECT cardinality(joined)::text FROM cases WHERE number = '{number}'")).await, "0");
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    assert_eq!(fixture.count("finance_consent WHERE end_reason = 'expired'").await, 2);
}

#[tokio::test]
async fn declined_banks_lose_access_and_the_chosen_bank_can_receive_new_consent() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for (bank, officer) in [(FIRST, &first), (SECOND, &second)] {
        consent(&fixture, &owner, &number, bank, &["firm", "tax"]).await.unwrap();
        make_offer(&fixture, officer, &number, bank, "4.2").await.unwrap();
    }
    let offers = firm_view(&fixture, &owner, &number).await.offers;
    let chosen = offers.iter().find(|o| o.bank.en.starts_with("Donghu")).unwrap().id;
    fixture.act(&owner, &number, "take_offer", json!({ "offer": chosen })).await.unwrap();
    assert_eq!(fixture.count("finance_consent WHERE end_reason = 'declined'").await, 2);
    let banks = firm_view(&fixture, &owner, &number).await.banks;
    assert_eq!(banks.iter().map(|b| (b.bank.en.as_str(), b.given.len())).collect::<Vec<_>>(), [("Donghu Bank (demo)", 2)]);
    // Even a remaining consent would give no access, because its bank is no longer part of the case.
    sqlx::raw_sql("UPDATE finance_consent SET ended_at = NULL, end_reason = NULL").execute(&fixture.db.owner).await.unwrap();
    let case = fixture.ask(&format!("SELECT id::text FROM cases WHERE number = '{number}'")).await;
    let read_consented = format!("finance_read_consented('{case}')");
    assert_eq!((readable(&fixture, &first, &read_consented).await, readable(&fixture, &second, &read_consented).await), (2, 0));

    withdraw_consent(&fixture, &owner, &number, FIRST).await.unwrap();
    assert!(bank_view(&fixture, &first, &number).await.unwrap().consented.is_empty());
    let to_declined_bank = consent(&fixture, &owner, &number, SECOND, &["tax"]).await;
    assert_eq!(fields(&problem(to_declined_bank)), ["bank"]);
    consent(&fixture, &owner, &number, FIRST, &["tax"]).await.unwrap();
    assert_eq!(bank_view(&fixture, &first, &number).await.unwrap().consented.len(), 1);
    fixture.act(&owner, &number, "withdraw", json!({})).await.unwrap();
    assert_eq!(fixture.count("finance_consent WHERE end_reason = 'demand_withdrawn' AND organisation_id IN (SELECT organisation_id FROM offer WHERE outcome = 'accepted')").await, 1);
    assert!(firm_view(&fixture, &owner, &number).await.banks.is_empty());
}

#[tokio::test]
async fn reads_are_listed_with_their_purpose_and_grouped() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for bank in [FIRST, SECOND] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
    }
    bank_view(&fixture, &first, &number).await.unwrap();
    for _ in 0..60 {
        bank_view(&fixture, &second, &number).await.unwrap();
    }
    let view = firm_view(&fixture, &owner, &number).await;
    let lines: Vec<_> = view.reads.iter().map(|r| (r.bank.en.as_str(), r.times, r.purpose.code())).collect();
    assert_eq!(lines, [("Huanghe Bank (demo)", 60, "assess_demand"), ("Donghu Bank (demo)", 1, "assess_demand")]);
    assert_eq!(view.earlier, None);
    // Reads on more days than a page has lines are all listed.
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
async fn bank_sees_no_trace_of_another_banks_offer() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for bank in [FIRST, SECOND] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
    }
    make_offer(&fixture, &first, &number, FIRST, "4.2").await.unwrap();
    assert!(bank_view(&fixture, &second, &number).await.unwrap().offers.is_empty());
    assert_eq!(visible(&fixture, &second, "offer").await, 0);
    assert_eq!(visible(&fixture, &first, "offer").await, 1);
    assert_eq!(visible(&fixture, &owner, "offer").await, 1);
    assert_eq!(visible(&fixture, &second, "event WHERE action = 'make_offer'").await, 0);
    assert_eq!(visible(&fixture, &first, "event WHERE action = 'make_offer'").await, 1);
    assert_eq!(visible(&fixture, &second, "finance_consent").await, 1, "only its own consent");
    for table in ["demand_detail", "finance_read", "enterprise", "person", "person_key"] {
        assert_eq!(visible(&fixture, &second, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn unrelated_actors_see_nothing_of_a_demand() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
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
    // The firm has no access to the bank's page.
    assert_eq!(problem(bank_view(&fixture, &owner, &number).await), Problem::Forbidden);
    // A family member's mandate does not reach the firm.
    let delegate = Actor { acting_for: owner.person, ..fixture.resident("wang.xiulan").await };
    assert!(server::finance::demand::page(fixture.store(), &delegate, &number).await.is_err());
    assert_eq!(firm_view(&fixture, &owner, &number).await.enterprise.code, crate::bank::CODE);
}
