use crate::fixture::{EscalationFixture, step};
use serde_json::json;
use server::{Actor, Error};
use shared::{
    Problem,
    care::escalation::Target::{CityDesk, Dispatchers, Family, Neighbour},
};

async fn by_hand(
    fixture: &EscalationFixture,
    who: &Actor,
    number: &str,
    seconds: f64,
    step: serde_json::Value,
) -> Result<String, Problem> {
    let key = uuid::Uuid::now_v7().to_string();
    let request =
        testing::act::Request { number, action: "escalate_now", version: None, key: &key, input: json!({ "step": step }) };
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
async fn staff_call_the_next_step_or_jump() {
    let fixture = fixture().await;
    let (case, number) = fixture.ring().await;
    fixture.tick(0.5).await;
    assert_eq!(by_hand(&fixture, &fixture.dispatcher, &number, 5.0, json!("")).await.unwrap(), "ringing");
    assert_eq!(fixture.tick(5.5).await, 1);
    assert_eq!(by_hand(&fixture, &fixture.dispatcher, &number, 8.0, json!("4")).await.unwrap(), "ringing");
    assert_eq!(fixture.tick(8.5).await, 1);
    // Back is the next round.
    by_hand(&fixture, &fixture.dispatcher, &number, 9.0, json!(2)).await.unwrap();
    assert_eq!(fixture.tick(9.5).await, 1);
    assert_eq!(fixture.steps(case).await, [(0, 0, 0), (0, 1, 5), (0, 3, 8), (1, 1, 9)]);
    assert_eq!(fixture.next(case).await, Some(29));
}

#[tokio::test]
async fn from_an_answered_call_the_answer_is_let_go() {
    let fixture = fixture().await;
    let (case, number) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.answer(case, 4.0).await;
    assert_eq!(by_hand(&fixture, &fixture.dispatcher, &number, 10.0, json!("3")).await.unwrap(), "ringing");
    assert_eq!(fixture.tick(10.5).await, 1);
    assert_eq!(fixture.steps(case).await, [(0, 0, 0), (0, 2, 10)]);
    let free = format!("SELECT count(*) FROM cases WHERE id = '{case}' AND assignee_id IS NULL");
    assert_eq!(fixture.count(&free).await, 1);
    assert_eq!(fixture.record(case).await, ["press", "escalate", "escalate_now", "escalate"]);
}

#[tokio::test]
async fn a_step_that_is_not_there_and_people_who_may_not_are_refused() {
    let fixture = fixture().await;
    let (_, number) = fixture.ring().await;
    for wrong in [json!("0"), json!("5"), json!("two"), json!(-1)] {
        let refused = by_hand(&fixture, &fixture.dispatcher, &number, 1.0, wrong).await.unwrap_err();
        assert!(matches!(&refused, Problem::Invalid { errors } if errors[0].field == "step"), "{refused:?}");
    }
    // Next door is not drawn in yet.
    assert_eq!(by_hand(&fixture, &fixture.next_door, &number, 1.0, json!("")).await.unwrap_err(), Problem::NotFound);
    assert_eq!(by_hand(&fixture, &fixture.medic, &number, 1.0, json!("")).await.unwrap_err(), Problem::NotFound);
    let request =
        testing::act::Request { number: &number, action: "escalate", version: None, key: "key-of-the-test", input: json!({}) };
    let refused = testing::act::perform(&fixture.city.store, &fixture.dispatcher, request).await.unwrap_err();
    assert!(matches!(refused, Error::Problem(Problem::Forbidden)), "{refused}");
}
