//! The road, step by step.

use crate::bank::CODE;
use crate::bank::FIRST;
use crate::bank::SECOND;
use crate::bank::consent;
use crate::bank::firm;
use crate::bank::offer;
use crate::bank::opened;
use crate::bank::published;
use crate::bank::quota;
use crate::bank::seen;
use crate::bank::wish;
use crate::bank::withdraw_consent;
use serde_json::{Value, json};
use server::{
    Actor, Gate,
    access::gate::Check,
    finance::{
        demand::{self, NewDemand},
        desk, enterprise,
        offers::expire_due,
    },
};
use shared::{Problem, finance::codes::OfferOutcome};
use testing::test_city::TestCity;
use testing::test_city::fields;
use testing::test_city::key;
use testing::test_city::problem;

#[tokio::test]
async fn only_the_legal_representative_claims_a_firm() {
    let fixture = TestCity::new().await;
    let other = fixture.resident("zhang.wei").await;
    for code in ["", "nonsense", "91420120MA0000015F", CODE, "91420120MA0000990X"] {
        assert_eq!(fields(&problem(enterprise::register_representation(&fixture.city, &other, code).await)), ["code"], "{code}");
    }
    let unverified = fixture.resident("zhao.xiaowen").await;
    assert_eq!(problem(enterprise::register_representation(&fixture.city, &unverified, CODE).await), Problem::RealNameFirst);
    let owner = fixture.resident("liu.yang").await;
    let delegate = Actor { acting_for: other.person, ..owner.clone() };
    assert_eq!(problem(enterprise::register_representation(&fixture.city, &delegate, CODE).await), Problem::Forbidden);
    let first = enterprise::register_representation(&fixture.city, &owner, CODE).await.unwrap();
    assert_eq!(enterprise::register_representation(&fixture.city, &owner, CODE).await.unwrap(), first);
    let mine = enterprise::list_own(fixture.store(), &owner).await.unwrap();
    assert_eq!((mine.len(), mine[0].code.as_str()), (1, CODE));
    assert!(enterprise::list_own(fixture.store(), &other).await.unwrap().is_empty());
    // Each look into the register is on record for the person it was about.
    assert!(fixture.count("register_read WHERE purpose = 'enterprise'").await >= 3);
}

#[tokio::test]
async fn a_demand_names_what_is_wrong_and_needs_a_firm() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let empty = problem(demand::publish(fixture.store(), &owner, &NewDemand::default(), &key()).await);
    assert_eq!(fields(&empty), ["amount", "months", "purpose", "collateral", "story"]);
    let low = NewDemand { amount: "9999.99".into(), months: "601".into(), ..wish("1") };
    assert_eq!(fields(&problem(demand::publish(fixture.store(), &owner, &low, &key()).await)), ["amount", "months"]);
    let nobody = Actor { enterprise: None, ..owner.clone() };
    assert_eq!(problem(demand::publish(fixture.store(), &nobody, &wish("50000"), &key()).await), Problem::Forbidden);
    let once = key();
    let done = demand::publish(fixture.store(), &owner, &wish("50000"), &once).await.unwrap();
    assert_eq!(demand::publish(fixture.store(), &owner, &wish("50000"), &once).await.unwrap(), done);
    assert_eq!(demand::list_own(fixture.store(), &owner, None).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn from_the_demand_to_the_money() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    assert_eq!(problem(opened(&fixture, &first, &number).await), Problem::NotFound);
    consent(&fixture, &owner, &number, FIRST, &["firm", "story", "tax", "insured"]).await.unwrap();
    consent(&fixture, &owner, &number, SECOND, &["firm"]).await.unwrap();
    let all: Vec<String> =
        opened(&fixture, &first, &number).await.unwrap().consented.into_iter().map(|c| c.category.to_string()).collect();
    assert_eq!(all, ["firm", "insured", "story", "tax"]);
    offer(&fixture, &first, &number, FIRST, "4.2").await.unwrap();
    offer(&fixture, &second, &number, SECOND, "3.6").await.unwrap();
    let view = seen(&fixture, &owner, &number).await;
    let banks: Vec<&str> = view.offers.iter().map(|o| o.bank.en.as_str()).collect();
    assert_eq!(banks, ["Huanghe Bank (demo)", "Donghu Bank (demo)"], "the cheapest first");
    assert_eq!(view.offers[0].costs.schedule.instalments.len(), 12);
    assert!(view.reads.len() >= 4 && view.reads.iter().all(|r| !r.who.is_empty()));

    fixture.act(&owner, &number, "take_offer", json!({ "offer": view.offers[1].id })).await.unwrap();
    let view = seen(&fixture, &owner, &number).await;
    let outcomes: Vec<_> = view.offers.iter().map(|o| o.outcome.map(OfferOutcome::code)).collect();
    assert_eq!(outcomes, [Some("declined"), Some("accepted")]);
    assert_eq!(quota(&fixture, SECOND).await, (0, 0));
    assert_eq!(quota(&fixture, FIRST).await, (100_000_000, 0));
    assert_eq!(
        problem(opened(&fixture, &second, &number).await),
        Problem::NotFound,
        "whose offer was declined has no part in it"
    );

    let supervisor = fixture.staff("supervisor1", FIRST).await;
    // Four eyes, also for a supervisor.
    fixture.act(&supervisor, &number, "submit_diligence", json!({ "sentence": "现场核实，经营正常" })).await.unwrap();
    assert_eq!(problem(fixture.act(&supervisor, &number, "approve_credit", Value::Null).await), Problem::Forbidden);
    assert_eq!(problem(fixture.act(&first, &number, "approve_credit", Value::Null).await), Problem::Forbidden);
    withdraw_consent(&fixture, &owner, &number, FIRST).await.unwrap();
    assert!(opened(&fixture, &first, &number).await.unwrap().consented.is_empty(), "the bank works on, but reads no more");
    let other = fixture.staff("officer2", FIRST).await;
    let back = fixture.act(&other, &number, "return_diligence", json!({ "sentence": "请补充回款流水" })).await;
    assert_eq!(problem(back), Problem::Forbidden, "an officer is no second pair of eyes");
    let view = opened(&fixture, &other, &number).await.unwrap();
    assert_eq!((view.state.as_str(), view.diligence.len()), ("credit_review", 1));
}

#[tokio::test]
async fn approved_and_paid_out() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let (officer, supervisor) = (fixture.staff("officer1", FIRST).await, fixture.staff("supervisor1", FIRST).await);
    let number = accepted(&fixture, &owner, &officer).await;
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "现场核实，经营正常" })).await.unwrap();
    fixture.act(&supervisor, &number, "return_diligence", json!({ "sentence": "请补充回款流水" })).await.unwrap();
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "补充近六个月流水" })).await.unwrap();
    let view = opened(&fixture, &supervisor, &number).await.unwrap();
    assert_eq!(view.diligence.len(), 2);
    assert_eq!(view.diligence[0].sent_back.as_deref(), Some("请补充回款流水"));
    fixture.act(&supervisor, &number, "approve_credit", Value::Null).await.unwrap();
    fixture.act(&officer, &number, "disburse", Value::Null).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 100_000_000));
    let view = seen(&fixture, &owner, &number).await;
    assert_eq!(view.state, "disbursed");
    let schedule = view.schedule().unwrap();
    assert_eq!(schedule.instalments.iter().map(|i| i.principal_fen).sum::<i64>(), 100_000_000);
    assert!(view.decision.is_some_and(|d| d.approved));
    // The firm's own record shows neither the findings nor that they were sent back.
    assert!(view.timeline.iter().all(|e| !e.action.ends_with("diligence")));
    assert!(view.timeline.iter().all(|e| e.action != "publish" || e.facts.get("enterprise") == Some(&json!(CODE))));
}

#[tokio::test]
async fn nobody_who_handed_findings_in_decides_in_a_later_round() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let one = fixture.staff("supervisor1", FIRST).await;
    // An officer who has become a supervisor since.
    let account = fixture.staff("officer2", FIRST).await.account.unwrap();
    let promote = format!("UPDATE membership SET role = 'bank_supervisor' WHERE account_id = '{account}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(promote)).execute(&fixture.db.owner).await.unwrap();
    let other = fixture.staff("officer2", FIRST).await;
    let number = accepted(&fixture, &owner, &officer).await;
    fixture.act(&one, &number, "submit_diligence", json!({ "sentence": "现场核实，经营正常" })).await.unwrap();
    fixture.act(&other, &number, "return_diligence", json!({ "sentence": "请补充回款流水" })).await.unwrap();
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "补充近六个月流水" })).await.unwrap();
    assert_eq!(problem(fixture.act(&one, &number, "approve_credit", Value::Null).await), Problem::Forbidden);
    let refused = fixture.act(&one, &number, "refuse_credit", json!({ "code": "debts", "sentence": "现有负债偏高" })).await;
    assert_eq!(problem(refused), Problem::Forbidden);
    assert!(!opened(&fixture, &one, &number).await.unwrap().allowed.iter().any(|a| a == "approve_credit"));
    // The store holds to it without the gate.
    let bare = fixture.store().with_gate(Gate::without_check(Check::FourEyes));
    let forced = fixture.act_in(&bare, &one, &number, "approve_credit", Value::Null).await;
    assert!(forced.unwrap_err().to_string().contains("handed findings in"));
    fixture.act(&other, &number, "approve_credit", Value::Null).await.unwrap();
}

#[tokio::test]
async fn officers_are_told_what_became_of_their_offers() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for (bank, officer) in [(FIRST, &first), (SECOND, &second)] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
        offer(&fixture, officer, &number, bank, "4.2").await.unwrap();
    }
    let offers = seen(&fixture, &owner, &number).await.offers;
    let chosen = offers.iter().find(|o| o.bank.en.starts_with("Donghu")).unwrap().id;
    fixture.act(&owner, &number, "take_offer", json!({ "offer": chosen })).await.unwrap();
    let told = async |officer: &Actor| {
        let account = officer.account.unwrap();
        fixture
            .ask(&format!(
                "SELECT string_agg(kind || ' ' || (facts - 'zh' - 'en')::text, ',') FROM notice WHERE account_id = '{account}'"
            ))
            .await
    };
    assert_eq!(told(&first).await, format!(r#"take_offer {{"path": "/bank/{number}", "number": "{number}"}}"#));
    assert_eq!(told(&second).await, format!(r#"offer_not_chosen {{"path": "/bank", "number": "{number}"}}"#));
}

#[tokio::test]
async fn lists_of_demands_go_on_page_by_page() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    for _ in 0..51 {
        published(&fixture, &owner, "1000000").await;
    }
    // As accepted by the bank, all but twenty of them.
    let taken = format!(
        "INSERT INTO offer (id, case_id, organisation_id, product_id, amount_fen, months, method, annual_rate, day_count, grace_months,
             service_fee_fen, guarantee_fen, conditions, valid_until, made_by, outcome, ended_at)
         SELECT gen_random_uuid(), d.case_id, p.organisation_id, p.id, d.amount_fen, 12, 'bullet', 4000000, '30/360', 0, 0, 0, '',
                huimin_today(), '{}', 'accepted', huimin_now()
           FROM (SELECT * FROM demand ORDER BY case_id LIMIT 31) d, bank_product p WHERE p.id = '{}';
         UPDATE cases c SET joined = ARRAY[o.organisation_id], state = 'diligence' FROM offer o WHERE o.case_id = c.id",
        officer.account.unwrap(),
        crate::bank::product(&fixture, FIRST).await
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(taken)).execute(&fixture.db.owner).await.unwrap();
    let (rows, next) = demand::list_own(fixture.store(), &owner, None).await.unwrap();
    let (rest, end) = demand::list_own(fixture.store(), &owner, next.as_deref()).await.unwrap();
    assert_eq!((rows.len(), rest.len(), end), (50, 1, None));
    let (rows, next) = desk::own_demands(fixture.store(), &officer, None).await.unwrap();
    let (rest, end) = desk::own_demands(fixture.store(), &officer, next.as_deref()).await.unwrap();
    assert_eq!((rows.len(), rest.len(), end), (30, 1, None));
    assert!(rows.iter().all(|row| row.number != rest[0].number));
}

#[tokio::test]
async fn a_bank_is_told_no_version_while_others_can_offer() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let number = published(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    assert_eq!(desk::form(fixture.store(), &officer, &number).await.unwrap().version, None);
    offer(&fixture, &officer, &number, FIRST, "4.2").await.unwrap();
    let id = seen(&fixture, &owner, &number).await.offers[0].id;
    fixture.act(&owner, &number, "take_offer", json!({ "offer": id })).await.unwrap();
    assert!(desk::form(fixture.store(), &officer, &number).await.unwrap().version.is_some());
}

async fn accepted(fixture: &TestCity, owner: &Actor, officer: &Actor) -> String {
    let number = published(fixture, owner, "1000000").await;
    consent(fixture, owner, &number, FIRST, &["firm", "story"]).await.unwrap();
    offer(fixture, officer, &number, FIRST, "4.2").await.unwrap();
    let id = seen(fixture, owner, &number).await.offers[0].id;
    fixture.act(owner, &number, "take_offer", json!({ "offer": id })).await.unwrap();
    number
}

#[tokio::test]
async fn a_refusal_takes_a_code_and_a_sentence_and_frees_the_quota() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let (officer, supervisor) = (fixture.staff("officer1", FIRST).await, fixture.staff("supervisor1", FIRST).await);
    let number = accepted(&fixture, &owner, &officer).await;
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "负债率偏高，建议不予" })).await.unwrap();
    let bare = fixture.act(&supervisor, &number, "refuse_credit", json!({ "sentence": "现有负债偏高" })).await;
    assert_eq!(fields(&problem(bare)), ["code"]);
    let mute = fixture.act(&supervisor, &number, "refuse_credit", json!({ "code": "debts", "sentence": "" })).await;
    assert_eq!(fields(&problem(mute)), ["sentence"]);
    fixture
        .act(&supervisor, &number, "refuse_credit", json!({ "code": "debts", "sentence": "现有负债偏高，请先归还部分贷款" }))
        .await
        .unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    let decision = seen(&fixture, &owner, &number).await.decision.unwrap();
    assert_eq!((decision.approved, decision.code.as_str()), (false, "debts"));
}

#[tokio::test]
async fn what_was_reserved_is_given_back_however_a_demand_ends() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let number = accepted(&fixture, &owner, &officer).await;
    fixture.act(&owner, &number, "withdraw", Value::Null).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));

    let number = published(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    offer(&fixture, &officer, &number, FIRST, "4.2").await.unwrap();
    let twice = offer(&fixture, &officer, &number, FIRST, "4.1").await;
    assert_eq!(fields(&problem(twice)), ["product"]);
    fixture.act(&officer, &number, "withdraw_offer", Value::Null).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    offer(&fixture, &officer, &number, FIRST, "4.1").await.unwrap();
    withdraw_consent(&fixture, &owner, &number, FIRST).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    assert_eq!(seen(&fixture, &owner, &number).await.offers.iter().filter(|o| o.outcome.is_none()).count(), 0);
}

#[tokio::test]
async fn an_offer_holds_to_its_product_and_its_day() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let number = published(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let good = crate::bank::terms(&fixture, FIRST, "1000000", "4.2").await;
    for (field, value) in [
        ("amount", "5000000.01"),
        ("months", "2"),
        ("method", "bullet"),
        ("rate", "7.21"),
        ("rate", "abc"),
        ("grace", "12"),
        ("service_fee", "1000000"),
        ("valid_until", "2020-01-01"),
        ("product", "x"),
    ] {
        let mut input = good.clone();
        input[field] = json!(value);
        assert_eq!(fields(&problem(fixture.act(&officer, &number, "make_offer", input).await)), [field], "{field} {value}");
    }
    // Another bank's product is none of theirs.
    let mut strange = good.clone();
    strange["product"] = json!(crate::bank::product(&fixture, SECOND).await);
    assert_eq!(fields(&problem(fixture.act(&officer, &number, "make_offer", strange).await)), ["product"]);
    fixture.act(&officer, &number, "make_offer", good).await.unwrap();
    let id = seen(&fixture, &owner, &number).await.offers[0].id;
    let later = fixture.store().with_clock_offset("15 days");
    let late = fixture.act_in(&later, &owner, &number, "take_offer", json!({ "offer": id })).await;
    assert_eq!(fields(&problem(late)), ["offer"]);
    // Once its day is over it holds nothing reserved, and the bank can offer anew.
    let city = server::AppState::new(later.clone(), (*fixture.city.config).clone());
    assert_eq!(expire_due(&fixture.city).await.unwrap(), 0);
    assert_eq!((expire_due(&city).await.unwrap(), expire_due(&city).await.unwrap()), (1, 0));
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    assert_eq!(seen(&fixture, &owner, &number).await.offers[0].outcome.map(OfferOutcome::code), Some("lapsed"));
    offer(&fixture, &officer, &number, FIRST, "4.0").await.unwrap();
}

#[tokio::test]
async fn nobody_handles_their_own_firm_for_a_bank() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let officer = fixture.staff("officer1", FIRST).await;
    let both = Actor { person: owner.person, ..officer.clone() };
    let input = crate::bank::terms(&fixture, FIRST, "1000000", "4.2").await;
    assert_eq!(problem(fixture.act(&both, &number, "make_offer", input).await), Problem::Forbidden);
    offer(&fixture, &officer, &number, FIRST, "4.2").await.unwrap();
}

#[tokio::test]
async fn a_bank_sees_open_demands_without_a_name() {
    let fixture = TestCity::new().await;
    let owner = firm(&fixture).await;
    let number = published(&fixture, &owner, "1000000").await;
    let officer = fixture.staff("officer1", FIRST).await;
    let (rows, _) = desk::open_demands(fixture.store(), &officer, None).await.unwrap();
    assert_eq!((rows.len(), rows[0].number.as_deref(), rows[0].request.amount_fen), (1, None, 100_000_000));
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let (rows, _) = desk::open_demands(fixture.store(), &officer, None).await.unwrap();
    assert_eq!(rows[0].number.as_deref(), Some(number.as_str()));
    assert_eq!(problem(desk::open_demands(fixture.store(), &owner, None).await), Problem::Forbidden);
}
