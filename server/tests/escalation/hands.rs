//! Tests manual escalation by staff.

use crate::fixture::{EscalationFixture, step};
use serde_json::json;
use server::{Actor, Error};
use shared::{
    Problem,
    care::escalation::Target::{CityDesk, Dispatchers, Family, Neighbour},
};

async fn escalate_manually(
    fixture: &EscalationFixture,
    who: &Actor,
    number: &str,
    seconds: f64,
    step: serde_json::Value,
) -> Result<String, Problem> {
    let key = uuid::Uuid::now_v7().to_string();
    let request =
        testing::act::ActRequest { number, action: "escalate_now", version: None, key: &key, input: json!({ "step": step }) };
    match testing::act::perform(&fixture.at(seconds).store, who, request).await {
        Ok(done) => Ok(done.state),
        Err(Error::Problem(problem)) => Err(problem),
        Err(other) => panic!("{other}"),
    }
}

async fn fixture() -> EscalationFixture {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[Neighbour], 20), step(&[CityDesk], 20)]).await;
    fixture
}

#[tokio::test]
async fn staff_trigger_the_next_or_a_chosen_step() {
    let fixture = fixture().await;
    let (case, number) = fixture.ring().await;
    fixture.tick(0.5).await;
    assert_eq!(escalate_manually(&fixture, &fixture.dispatcher, &number, 5.0, json!("")).await.unwrap(), "ringing");
    assert_eq!(fixture.tick(5.5).await, 1);
    assert_eq!(escalate_manually(&fixture, &fixture.dispatcher, &number, 8.0, json!("4")).await.unwrap(), "ringing");
    assert_eq!(fixture.tick(8.5).await, 1);
    // An earlier step runs in the next round.
    escalate_manually(&fixture, &fixture.dispatcher, &number, 9.0, json!(2)).await.unwrap();
    assert_eq!(fixture.tick(9.5).await, 1);
    assert_eq!(fixture.steps(case).await, [(0, 0, 0), (0, 1, 5), (0, 3, 8), (1, 1, 9)]);
    assert_eq!(fixture.next(case).await, Some(29));
}

#[tokio::test]
async fn manual_escalation_of_an_answered_call_releases_the_answer() {
    let fixture = fixture().await;
    let (case, number) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.answer(case, 4.0).await;
    assert_eq!(escalate_manually(&fixture, &fixture.dispatcher, &number, 10.0, json!("3")).await.unwrap(), "ringing");
    assert_eq!(fixture.tick(10.5).await, 1);
    assert_eq!(fixture.steps(case).await, [(0, 0, 0), (0, 2, 10)]);
    let unassigned = format!("SELECT count(*) FROM cases WHERE id = '{case}' AND assignee_id IS NULL");
    assert_eq!(fixture.count(&unassigned).await, 1);
    assert_eq!(fixture.record(case).await, ["press", "escalate", "escalate_now", "escalate"]);
}

#[tokio::test]
async fn unknown_steps_and_unauthorised_actors_are_rejected() {
    let fixture = fixture().await;
    let (_, number) = fixture.ring().await;
    for wrong in [json!("0"), json!("5"), json!("two"), json!(-1)] {
        let refused = escalate_manually(&fixture, &fixture.dispatcher, &number, 1.0, wrong).await.unwrap_err();
        assert!(matches!(&refused, Problem::Invalid { errors } if errors[0].field == "step"), "{refused:?}");
    }
    // The neighbouring centre is not added to the call yet.
    assert_eq!(escalate_manually(&fixture, &fixture.next_door, &number, 1.0, json!("")).await.unwrap_err(), Problem::NotFound);
    assert_eq!(escalate_manually(&fixture, &fixture.medic, &number, 1.0, json!("")).await.unwrap_err(), Problem::NotFound);
    let request =
        testing::act::ActRequest { number: &number, action: "escalate", version: None, key: "key-of-the-test", input: json!({}) };
    let refused = testing::act::perform(&fixture.state.store, &fixture.dispatcher, request).await.unwrap_err();
    assert!(matches!(refused, Error::Problem(Problem::Forbidden)), "{refused}");
}
