//! Test helpers for financing: the firm, the banks and their actions.

use serde_json::{Value, json};
use server::{
    Actor,
    cases::ActionResult,
    finance::{
        demand::{self, NewDemand},
        desk, enterprise,
    },
};
use shared::finance::view::{BankView, DemandView};
use testing::test_city::{TestCity, key};

/// The code of 刘洋's firm.
pub const CODE: &str = "91420120MA0000015E";
pub const FIRST: &str = "bank-donghu";
pub const SECOND: &str = "bank-huanghe";
/// A word in the firm's story that must not appear where it is not consented.
pub const CANARY: &str = "金丝雀订单";

pub fn new_demand(amount: &str) -> NewDemand {
    NewDemand {
        amount: amount.to_owned(),
        months: "12".to_owned(),
        purpose: "working_capital".to_owned(),
        collateral: "none".to_owned(),
        story: format!("{CANARY}：采购原材料，三个月回款。"),
    }
}

/// The firm's representative, acting for it.
pub async fn register_firm(fixture: &TestCity) -> Actor {
    let person = fixture.resident("liu.yang").await;
    let id = enterprise::register_representation(&fixture.state, &person, CODE).await.unwrap();
    Actor { enterprise: Some(id), ..person }
}

pub async fn publish_demand(fixture: &TestCity, firm: &Actor, amount: &str) -> String {
    demand::publish(fixture.store(), firm, &new_demand(amount), &key()).await.unwrap().number
}

pub async fn organisation(fixture: &TestCity, code: &str) -> String {
    fixture.ask(&format!("SELECT id::text FROM organisation WHERE code = '{code}'")).await
}

pub async fn product(fixture: &TestCity, bank: &str) -> String {
    let sql = "SELECT p.id::text FROM bank_product p JOIN organisation o ON o.id = p.organisation_id
                WHERE p.name_en = 'Small-firm credit' AND o.code";
    fixture.ask(&format!("{sql} = '{bank}'")).await
}

pub async fn consent(
    fixture: &TestCity,
    firm: &Actor,
    number: &str,
    bank: &str,
    categories: &[&str],
) -> server::Result<ActionResult> {
    let input = json!({ "bank": organisation(fixture, bank).await, "categories": categories, "lang": "zh" });
    fixture.act(firm, number, "give_consent", input).await
}

pub async fn withdraw_consent(fixture: &TestCity, firm: &Actor, number: &str, bank: &str) -> server::Result<ActionResult> {
    fixture.act(firm, number, "withdraw_consent", json!({ "bank": organisation(fixture, bank).await })).await
}

/// The input of an offer as the form posts it.
pub async fn terms(fixture: &TestCity, bank: &str, amount: &str, rate: &str) -> Value {
    let until = fixture.ask("SELECT (huimin_today() + 14)::text").await;
    json!({
        "product": product(fixture, bank).await, "amount": amount, "months": "12", "method": "equal_instalment", "rate": rate,
        "service_fee": "1000", "valid_until": until, "conditions": "",
    })
}

pub async fn make_offer(
    fixture: &TestCity,
    officer: &Actor,
    number: &str,
    bank: &str,
    rate: &str,
) -> server::Result<ActionResult> {
    let input = terms(fixture, bank, "1000000", rate).await;
    fixture.act(officer, number, "make_offer", input).await
}

pub async fn firm_view(fixture: &TestCity, firm: &Actor, number: &str) -> DemandView {
    demand::page(fixture.store(), firm, number).await.unwrap()
}

pub async fn bank_view(fixture: &TestCity, officer: &Actor, number: &str) -> server::Result<BankView> {
    desk::page(fixture.store(), officer, number).await
}

/// The reserved and the used quota of a bank's credit product, in fen.
pub async fn quota(fixture: &TestCity, bank: &str) -> (i64, i64) {
    let id = product(fixture, bank).await;
    let ask = |column: &'static str| {
        let sql = format!("SELECT {column}::text FROM bank_product WHERE id = '{id}'");
        async move { fixture.ask(&sql).await.parse().unwrap() }
    };
    (ask("reserved_fen").await, ask("used_fen").await)
}

/// Performs an action with a new idempotency key and the given version.
pub async fn act_on_version(
    fixture: &TestCity,
    actor: &Actor,
    number: &str,
    action: &str,
    version: i32,
    input: Value,
) -> server::Result<ActionResult> {
    testing::act::perform(
        fixture.store(),
        actor,
        testing::act::ActRequest { number, action, version: Some(version), key: &key(), input },
    )
    .await
}
