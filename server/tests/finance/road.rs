//! Tests the financing process step by step.

use crate::bank::CODE;
use crate::bank::FIRST;
use crate::bank::SECOND;
use crate::bank::bank_view;
use crate::bank::consent;
use crate::bank::firm_view;
use crate::bank::make_offer;
use crate::bank::new_demand;
use crate::bank::publish_demand;
use crate::bank::quota;
use crate::bank::register_firm;
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
async fn only_the_legal_representative_registers_a_firm() {
    let fixture = TestCity::new().await;
    let other = fixture.resident("zhang.wei").await;
    for code in ["", "nonsense", "91420120MA0000015F", CODE, "91420120MA0000990X"] {
        assert_eq!(fields(&problem(enterprise::register_representation(&fixture.state, &other, code).await)), ["code"], "{code}");
    }
    let unverified = fixture.resident("zhao.xiaowen").await;
    assert_eq!(problem(enterprise::register_representation(&fixture.state, &unverified, CODE).await), Problem::RealNameFirst);
    let owner = fixture.resident("liu.yang").await;
    let delegate = Actor { acting_for: other.person, ..owner.clone() };
    assert_eq!(problem(enterprise::register_representation(&fixture.state, &delegate, CODE).await), Problem::Forbidden);
    let first = enterprise::register_representation(&fixture.state, &owner, CODE).await.unwrap();
    assert_eq!(enterprise::register_representation(&fixture.state, &owner, CODE).await.unwrap(), first);
    let mine = enterprise::list_own(fixture.store(), &owner).await.unwrap();
    assert_eq!((mine.len(), mine[0].code.as_str()), (1, CODE));
    assert!(enterprise::list_own(fixture.store(), &other).await.unwrap().is_empty());
    // Each read of the register is logged for the person concerned.
    assert!(fixture.count("register_read WHERE purpose = 'enterprise'").await >= 3);
}

#[tokio::test]
async fn publishing_a_demand_names_invalid_fields_and_requires_a_firm() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let empty = problem(demand::publish(fixture.store(), &owner, &NewDemand::default(), &key()).await);
    assert_eq!(fields(&empty), ["amount", "months", "purpose", "collateral", "story"]);
    let low = NewDemand { amount: "9999.99".into(), months: "601".into(), ..new_demand("1") };
    assert_eq!(fields(&problem(demand::publish(fixture.store(), &owner, &low, &key()).await)), ["amount", "months"]);
    let without_firm = Actor { enterprise: None, ..owner.clone() };
    assert_eq!(problem(demand::publish(fixture.store(), &without_firm, &new_demand("50000"), &key()).await), Problem::Forbidden);
    let same_key = key();
    let done = demand::publish(fixture.store(), &owner, &new_demand("50000"), &same_key).await.unwrap();
    assert_eq!(demand::publish(fixture.store(), &owner, &new_demand("50000"), &same_key).await.unwrap(), done);
    assert_eq!(demand::list_own(fixture.store(), &owner, None).await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn demand_passes_from_consent_to_credit_review() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    assert_eq!(problem(bank_view(&fixture, &first, &number).await), Problem::NotFound);
    consent(&fixture, &owner, &number, FIRST, &["firm", "story", "tax", "insured"]).await.unwrap();
    consent(&fixture, &owner, &number, SECOND, &["firm"]).await.unwrap();
    let all: Vec<String> =
        bank_view(&fixture, &first, &number).await.unwrap().consented.into_iter().map(|c| c.category.to_string()).collect();
    assert_eq!(all, ["firm", "insured", "story", "tax"]);
    make_offer(&fixture, &first, &number, FIRST, "4.2").await.unwrap();
    make_offer(&fixture, &second, &number, SECOND, "3.6").await.unwrap();
    let view = firm_view(&fixture, &owner, &number).await;
    let banks: Vec<&str> = view.offers.iter().map(|o| o.bank.en.as_str()).collect();
    assert_eq!(banks, ["Huanghe Bank (demo)", "Donghu Bank (demo)"], "the cheapest first");
    assert_eq!(view.offers[0].costs.schedule.instalments.len(), 12);
    assert!(view.reads.len() >= 4 && view.reads.iter().all(|r| !r.who.is_empty()));

    fixture.act(&owner, &number, "take_offer", json!({ "offer": view.offers[1].id })).await.unwrap();
    let view = firm_view(&fixture, &owner, &number).await;
    let outcomes: Vec<_> = view.offers.iter().map(|o| o.outcome.map(OfferOutcome::code)).collect();
    assert_eq!(outcomes, [Some("declined"), Some("accepted")]);
    assert_eq!(quota(&fixture, SECOND).await, (0, 0));
    assert_eq!(quota(&fixture, FIRST).await, (100_000_000, 0));
    assert_eq!(
        problem(bank_view(&fixture, &second, &number).await),
        Problem::NotFound,
        "a bank whose offer was declined loses access"
    );

    let supervisor = fixture.staff("supervisor1", FIRST).await;
    // The four-eyes principle applies to supervisors, too.
    fixture.act(&supervisor, &number, "submit_diligence", json!({ "sentence": "现场核实，经营正常" })).await.unwrap();
    assert_eq!(problem(fixture.act(&supervisor, &number, "approve_credit", Value::Null).await), Problem::Forbidden);
    assert_eq!(problem(fixture.act(&first, &number, "approve_credit", Value::Null).await), Problem::Forbidden);
    withdraw_consent(&fixture, &owner, &number, FIRST).await.unwrap();
    assert!(
        bank_view(&fixture, &first, &number).await.unwrap().consented.is_empty(),
        "the bank continues, but reads no more data"
    );
    let other = fixture.staff("officer2", FIRST).await;
    let back = fixture.act(&other, &number, "return_diligence", json!({ "sentence": "请补充回款流水" })).await;
    assert_eq!(problem(back), Problem::Forbidden, "an officer cannot act as the second pair of eyes");
    let view = bank_view(&fixture, &other, &number).await.unwrap();
    assert_eq!((view.state.as_str(), view.diligence.len()), ("credit_review", 1));
}

#[tokio::test]
async fn credit_is_approved_and_disbursed() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let (officer, supervisor) = (fixture.staff("officer1", FIRST).await, fixture.staff("supervisor1", FIRST).await);
    let number = demand_with_accepted_offer(&fixture, &owner, &officer).await;
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "现场核实，经营正常" })).await.unwrap();
    fixture.act(&supervisor, &number, "return_diligence", json!({ "sentence": "请补充回款流水" })).await.unwrap();
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "补充近六个月流水" })).await.unwrap();
    let view = bank_view(&fixture, &supervisor, &number).await.unwrap();
    assert_eq!(view.diligence.len(), 2);
    assert_eq!(view.diligence[0].sent_back.as_deref(), Some("请补充回款流水"));
    fixture.act(&supervisor, &number, "approve_credit", Value::Null).await.unwrap();
    fixture.act(&officer, &number, "disburse", Value::Null).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 100_000_000));
    let view = firm_view(&fixture, &owner, &number).await;
    assert_eq!(view.state, "disbursed");
    let schedule = view.schedule().unwrap();
    assert_eq!(schedule.instalments.iter().map(|i| i.principal_fen).sum::<i64>(), 100_000_000);
    assert!(view.decision.is_some_and(|d| d.approved));
    // The firm's record shows neither the findings nor their return.
    assert!(view.timeline.iter().all(|e| !e.action.ends_with("diligence")));
    assert!(view.timeline.iter().all(|e| e.action != "publish" || e.facts.get("enterprise") == Some(&json!(CODE))));
}

#[tokio::test]
async fn author_of_findings_cannot_decide_in_a_later_round() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let author = fixture.staff("supervisor1", FIRST).await;
    // An officer who has since become a supervisor.
    let account = fixture.staff("officer2", FIRST).await.account.unwrap();
    let promote = format!("UPDATE membership SET role = 'bank_supervisor' WHERE account_id = '{account}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(promote)).execute(&fixture.db.owner).await.unwrap();
    let other = fixture.staff("officer2", FIRST).await;
    let number = demand_with_accepted_offer(&fixture, &owner, &officer).await;
    fixture.act(&author, &number, "submit_diligence", json!({ "sentence": "现场核实，经营正常" })).await.unwrap();
    fixture.act(&other, &number, "return_diligence", json!({ "sentence": "请补充回款流水" })).await.unwrap();
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "补充近六个月流水" })).await.unwrap();
    assert_eq!(problem(fixture.act(&author, &number, "approve_credit", Value::Null).await), Problem::Forbidden);
    let refused = fixture.act(&author, &number, "refuse_credit", json!({ "code": "debts", "sentence": "现有负债偏高" })).await;
    assert_eq!(problem(refused), Problem::Forbidden);
    assert!(!bank_view(&fixture, &author, &number).await.unwrap().allowed.iter().any(|a| a == "approve_credit"));
    // Without the gate, the database enforces it.
    let without_gate = fixture.store().with_gate(Gate::without_check(Check::FourEyes));
    let forced = fixture.act_in(&without_gate, &author, &number, "approve_credit", Value::Null).await;
    assert!(forced.unwrap_err().to_string().contains("submitted findings"));
    fixture.act(&other, &number, "approve_credit", Value::Null).await.unwrap();
}

#[tokio::test]
async fn officers_are_notified_of_the_outcome_of_their_offers() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let (first, second) = (fixture.staff("officer1", FIRST).await, fixture.staff("officer1", SECOND).await);
    for (bank, officer) in [(FIRST, &first), (SECOND, &second)] {
        consent(&fixture, &owner, &number, bank, &["firm"]).await.unwrap();
        make_offer(&fixture, officer, &number, bank, "4.2").await.unwrap();
    }
    let offers = firm_view(&fixture, &owner, &number).await.offers;
    let chosen = offers.iter().find(|o| o.bank.en.starts_with("Donghu")).unwrap().id;
    fixture.act(&owner, &number, "take_offer", json!({ "offer": chosen })).await.unwrap();
    let notices_of = async |officer: &Actor| {
        let account = officer.account.unwrap();
        fixture
            .ask(&format!(
                "SELECT string_agg(kind || ' ' || (facts - 'zh' - 'en')::text, ',') FROM notice WHERE account_id = '{account}'"
            ))
            .await
    };
    assert_eq!(notices_of(&first).await, format!(r#"take_offer {{"path": "/bank/{number}", "number": "{number}"}}"#));
    assert_eq!(notices_of(&second).await, format!(r#"offer_not_chosen {{"path": "/bank", "number": "{number}"}}"#));
}

#[tokio::test]
async fn demand_lists_are_paged() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    for _ in 0..51 {
        publish_demand(&fixture, &owner, "1000000").await;
    }
    // 31 of the demands have an accepted offer of the bank.
    let accept_offers = format!(
        "INSERT INTO offer (id, case_id, organisation_id, product_id, amount_fen, months, method, annual_rate, day_count, grace_months,
             service_fee_fen, guarantee_fen, conditions, valid_until, made_by, outcome, ended_at)
         SELECT gen_random_uuid(), d.case_id, p.organisation_id, p.id, d.amount_fen, 12, 'bullet', 4000000, '30/360', 0, 0, 0, '',
                huimin_today(), '{}', 'accepted', huimin_now()
           FROM (SELECT * FROM demand ORDER BY case_id LIMIT 31) d, bank_product p WHERE p.id = '{}';
         UPDATE cases c SET joined = ARRAY[o.organisation_id], state = 'diligence' FROM offer o WHERE o.case_id = c.id",
        officer.account.unwrap(),
        crate::bank::product(&fixture, FIRST).await
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(accept_offers)).execute(&fixture.db.owner).await.unwrap();
    let (rows, next) = demand::list_own(fixture.store(), &owner, None).await.unwrap();
    let (rest, end) = demand::list_own(fixture.store(), &owner, next.as_deref()).await.unwrap();
    assert_eq!((rows.len(), rest.len(), end), (50, 1, None));
    let (rows, next) = desk::own_demands(fixture.store(), &officer, None).await.unwrap();
    let (rest, end) = desk::own_demands(fixture.store(), &officer, next.as_deref()).await.unwrap();
    assert_eq!((rows.len(), rest.len(), end), (30, 1, None));
    assert!(rows.iter().all(|row| row.number != rest[0].number));
}

#[tokio::test]
async fn bank_sees_no_version_while_others_can_offer() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    assert_eq!(desk::form(fixture.store(), &officer, &number).await.unwrap().version, None);
    make_offer(&fixture, &officer, &number, FIRST, "4.2").await.unwrap();
    let id = firm_view(&fixture, &owner, &number).await.offers[0].id;
    fixture.act(&owner, &number, "take_offer", json!({ "offer": id })).await.unwrap();
    assert!(desk::form(fixture.store(), &officer, &number).await.unwrap().version.is_some());
}

async fn demand_with_accepted_offer(fixture: &TestCity, owner: &Actor, officer: &Actor) -> String {
    let number = publish_demand(fixture, owner, "1000000").await;
    consent(fixture, owner, &number, FIRST, &["firm", "story"]).await.unwrap();
    make_offer(fixture, officer, &number, FIRST, "4.2").await.unwrap();
    let id = firm_view(fixture, owner, &number).await.offers[0].id;
    fixture.act(owner, &number, "take_offer", json!({ "offer": id })).await.unwrap();
    number
}

#[tokio::test]
async fn refusal_requires_a_code_and_a_sentence_and_releases_the_quota() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let (officer, supervisor) = (fixture.staff("officer1", FIRST).await, fixture.staff("supervisor1", FIRST).await);
    let number = demand_with_accepted_offer(&fixture, &owner, &officer).await;
    fixture.act(&officer, &number, "submit_diligence", json!({ "sentence": "负债率偏高，建议不予" })).await.unwrap();
    let without_code = fixture.act(&supervisor, &number, "refuse_credit", json!({ "sentence": "现有负债偏高" })).await;
    assert_eq!(fields(&problem(without_code)), ["code"]);
    let without_sentence = fixture.act(&supervisor, &number, "refuse_credit", json!({ "code": "debts", "sentence": "" })).await;
    assert_eq!(fields(&problem(without_sentence)), ["sentence"]);
    fixture
        .act(&supervisor, &number, "refuse_credit", json!({ "code": "debts", "sentence": "现有负债偏高，请先归还部分贷款" }))
        .await
        .unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    let decision = firm_view(&fixture, &owner, &number).await.decision.unwrap();
    assert_eq!((decision.approved, decision.code.as_str()), (false, "debts"));
}

#[tokio::test]
async fn reserved_quota_is_released_however_a_demand_ends() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let number = demand_with_accepted_offer(&fixture, &owner, &officer).await;
    fixture.act(&owner, &number, "withdraw", Value::Null).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));

    let number = publish_demand(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    make_offer(&fixture, &officer, &number, FIRST, "4.2").await.unwrap();
    let second_offer = make_offer(&fixture, &officer, &number, FIRST, "4.1").await;
    assert_eq!(fields(&problem(second_offer)), ["product"]);
    fixture.act(&officer, &number, "withdraw_offer", Value::Null).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    make_offer(&fixture, &officer, &number, FIRST, "4.1").await.unwrap();
    withdraw_consent(&fixture, &owner, &number, FIRST).await.unwrap();
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    assert_eq!(firm_view(&fixture, &owner, &number).await.offers.iter().filter(|o| o.outcome.is_none()).count(), 0);
}

#[tokio::test]
async fn offer_must_match_its_product_and_lapses_after_its_last_day() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let officer = fixture.staff("officer1", FIRST).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let valid = crate::bank::terms(&fixture, FIRST, "1000000", "4.2").await;
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
        let mut input = valid.clone();
        input[field] = json!(value);
        assert_eq!(fields(&problem(fixture.act(&officer, &number, "make_offer", input).await)), [field], "{field} {value}");
    }
    // A product of another bank is rejected.
    let mut foreign_product = valid.clone();
    foreign_product["product"] = json!(crate::bank::product(&fixture, SECOND).await);
    assert_eq!(fields(&problem(fixture.act(&officer, &number, "make_offer", foreign_product).await)), ["product"]);
    fixture.act(&officer, &number, "make_offer", valid).await.unwrap();
    let id = firm_view(&fixture, &owner, &number).await.offers[0].id;
    let later = fixture.store().with_clock_offset("15 days");
    let late = fixture.act_in(&later, &owner, &number, "take_offer", json!({ "offer": id })).await;
    assert_eq!(fields(&problem(late)), ["offer"]);
    // After its last day the offer reserves nothing, and the bank can make a new one.
    let city = server::AppState::new(later.clone(), (*fixture.state.config).clone());
    assert_eq!(expire_due(&fixture.state).await.unwrap(), 0);
    assert_eq!((expire_due(&city).await.unwrap(), expire_due(&city).await.unwrap()), (1, 0));
    assert_eq!(quota(&fixture, FIRST).await, (0, 0));
    assert_eq!(firm_view(&fixture, &owner, &number).await.offers[0].outcome.map(OfferOutcome::code), Some("lapsed"));
    make_offer(&fixture, &officer, &number, FIRST, "4.0").await.unwrap();
}

#[tokio::test]
async fn bank_officer_cannot_process_their_own_firm() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let officer = fixture.staff("officer1", FIRST).await;
    let officer_of_own_firm = Actor { person: owner.person, ..officer.clone() };
    let input = crate::bank::terms(&fixture, FIRST, "1000000", "4.2").await;
    assert_eq!(problem(fixture.act(&officer_of_own_firm, &number, "make_offer", input).await), Problem::Forbidden);
    make_offer(&fixture, &officer, &number, FIRST, "4.2").await.unwrap();
}

#[tokio::test]
async fn bank_sees_open_demands_anonymously() {
    let fixture = TestCity::new().await;
    let owner = register_firm(&fixture).await;
    let number = publish_demand(&fixture, &owner, "1000000").await;
    let officer = fixture.staff("officer1", FIRST).await;
    let (rows, _) = desk::open_demands(fixture.store(), &officer, None).await.unwrap();
    assert_eq!((rows.len(), rows[0].number.as_deref(), rows[0].request.amount_fen), (1, None, 100_000_000));
    consent(&fixture, &owner, &number, FIRST, &["firm"]).await.unwrap();
    let (rows, _) = desk::open_demands(fixture.store(), &officer, None).await.unwrap();
    assert_eq!(rows[0].number.as_deref(), Some(number.as_str()));
    assert_eq!(problem(desk::open_demands(fixture.store(), &owner, None).await), Problem::Forbidden);
}
