//! Tests the order and timing of escalation steps.

use crate::fixture::{EscalationFixture, step};
use serde_json::json;
use server::{
    care::{CITY_DESK, escalation::timer},
    cases::audit,
};
use shared::{
    care::{
        duty::DutyStatement,
        escalation::Target::{CityDesk, Dispatchers, Family, Medics, Neighbour},
    },
    ids::AccountId,
};

#[tokio::test]
async fn steps_are_executed_in_order_after_their_delays() {
    let fixture = EscalationFixture::new().await;
    fixture
        .publish(&[step(&[Dispatchers], 20), step(&[Family, Medics], 25), step(&[Neighbour], 15), step(&[CityDesk], 30)])
        .await;
    let (case, number) = fixture.ring().await;
    assert_eq!(fixture.tick(0.5).await, 1);
    assert_eq!((fixture.tick(15.0).await, fixture.next(case).await), (0, Some(20)));
    for (seconds, due) in [(20.5, 45), (45.5, 60), (60.5, 90)] {
        assert_eq!(fixture.tick(seconds - 5.0).await, 0);
        assert_eq!((fixture.tick(seconds).await, fixture.next(case).await), (1, Some(due)), "{seconds}");
    }
    let alerts = fixture.alerts(case).await;
    let alerted: Vec<_> = alerts.iter().map(|p| (p.step, p.target.as_str(), p.account_id, p.contact, p.due)).collect();
    let [dispatcher, medic, next_door, desk] =
        [&fixture.dispatcher, &fixture.medic, &fixture.next_door, &fixture.desk].map(|a| a.account);
    assert_eq!(
        alerted,
        [
            (0, "dispatchers", dispatcher, false, 0),
            (1, "family", Some(fixture.daughter), true, 20),
            (1, "family", None, true, 20),
            (1, "medics", medic, false, 20),
            (2, "neighbour", next_door, false, 45),
            (3, "city_desk", desk, false, 60),
        ]
    );
    assert_eq!(fixture.facts(case).await, json!({ "step": 4, "round": 1, "targets": ["city_desk"], "reached": 1 }));
    assert_eq!(fixture.record(case).await, ["press", "escalate", "escalate", "escalate", "escalate"]);
    // Recipients can see the call from then on; the call's own centre need not be added.
    let joined = fixture.ask(&format!("SELECT joined::text FROM cases WHERE id = '{case}'")).await;
    assert_eq!(joined, format!("{{{},{CITY_DESK}}}", fixture.neighbour));
    let helpers = fixture.ask(&format!("SELECT helpers::text FROM cases WHERE id = '{case}'")).await;
    assert_eq!(helpers, format!("{{{},{}}}", fixture.daughter, fixture.medic.account.unwrap()));
    let path = |account: AccountId| format!("SELECT facts->>'path' FROM notice WHERE account_id = '{account}'");
    assert_eq!(fixture.ask(&path(fixture.daughter)).await, format!("/care/calls/{number}"));
    assert_eq!(fixture.ask(&path(dispatcher.unwrap())).await, format!("/dispatch/{number}"));
    assert!(audit::verify(&fixture.state).await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn step_without_recipients_is_skipped_immediately() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Medics], 20), step(&[Neighbour], 15), step(&[Dispatchers], 30), step(&[CityDesk], 20)]).await;
    fixture.duty(&fixture.medic, DutyStatement::Off).await;
    fixture.duty(&fixture.next_door, DutyStatement::Off).await;
    let (case, _) = fixture.ring().await;
    assert_eq!(fixture.tick(0.5).await, 1);
    assert_eq!((fixture.steps(case).await, fixture.next(case).await), (vec![(0, 2, 0)], Some(30)));
    assert_eq!(fixture.facts(case).await["skipped"], json!([1, 2]));
    // A skipped step adds no recipient to the call.
    assert_eq!(fixture.ask(&format!("SELECT joined::text FROM cases WHERE id = '{case}'")).await, "{}");
}

#[tokio::test]
async fn escalation_repeats_without_end_and_does_not_flood_inboxes() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[CityDesk], 20)]).await;
    let (case, _) = fixture.ring().await;
    let mut expected = Vec::new();
    for turn in 0..40_i32 {
        let due = i64::from(turn) * 20;
        assert_eq!(fixture.tick(f64::from(turn) * 20.0 + 0.5).await, 1, "{turn}");
        expected.push((turn / 2, turn % 2, due));
    }
    assert_eq!(fixture.steps(case).await, expected);
    assert_eq!(fixture.count("SELECT count(*) FROM notice").await, 2);
    // Only one message per desk waits in the queue.
    assert_eq!(fixture.count("SELECT count(*) FROM graphile_worker._private_jobs").await, 2);
    fixture.run("UPDATE notice SET read_at = huimin_now()").await;
    fixture.tick(800.5).await;
    assert_eq!(fixture.count("SELECT count(*) FROM notice").await, 3);
}

#[tokio::test]
async fn unstaffed_city_desk_still_counts_as_reachable_and_the_operator_is_warned() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[CityDesk], 20)]).await;
    fixture.duty(&fixture.dispatcher, DutyStatement::Off).await;
    fixture.duty(&fixture.desk, DutyStatement::Off).await;
    let (case, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    // No member of the desk is on duty, so all of its members are alerted.
    assert_eq!(fixture.alerts(case).await[0].account_id, fixture.desk.account);
    assert!(fixture.warned("care_city_desk_empty").await);
    fixture
        .run(&format!("UPDATE membership SET ended_at = huimin_now() WHERE account_id = '{}'", fixture.desk.account.unwrap()))
        .await;
    fixture.tick(20.5).await;
    let last = fixture.alerts(case).await.pop().unwrap();
    assert_eq!((last.account_id, last.target.as_str(), last.due), (None, "city_desk", 20));
    assert_eq!(fixture.facts(case).await["reached"], 0);
    assert_eq!(fixture.next(case).await, Some(40));
}

#[tokio::test]
async fn answer_stops_escalation() {
    let fixture = EscalationFixture::new().await;
    let (case, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.answer(case, 10.0).await;
    assert_eq!(fixture.next(case).await, Some(130));
    assert_eq!((fixture.tick(100.0).await, fixture.steps(case).await.len()), (0, 1));
    // A responder has arrived: no step is due any more.
    let tx = fixture.state.store.write(&fixture.dispatcher).await.unwrap();
    timer::clear_timer(&tx, case).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((fixture.tick(1000.0).await, fixture.next(case).await), (0, None));
}

#[tokio::test]
async fn answer_without_progress_expires_and_the_next_step_runs_immediately() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[CityDesk], 20)]).await;
    let (case, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.answer(case, 10.0).await;
    // Any progress postpones the step.
    let tx = fixture.at(100.0).store.write(&fixture.dispatcher).await.unwrap();
    timer::postpone(&tx, case).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((fixture.tick(215.0).await, fixture.state(case).await.as_str()), (0, "answered"));
    assert_eq!(fixture.tick(220.5).await, 2);
    assert_eq!(fixture.state(case).await, "ringing");
    assert_eq!(fixture.record(case).await, ["press", "escalate", "unanswer", "escalate"]);
    assert_eq!((fixture.steps(case).await, fixture.next(case).await), (vec![(0, 0, 0), (0, 1, 220)], Some(240)));
    let unassigned = format!(
        "SELECT count(*) FROM cases c JOIN care_call k ON k.case_id = c.id WHERE c.id = '{case}' AND assignee_id IS NULL AND answered_at IS NULL"
    );
    assert_eq!(fixture.count(&unassigned).await, 1);
}

#[tokio::test]
async fn dispatch_without_acceptance_rings_again() {
    let fixture = EscalationFixture::new().await;
    let (case, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.answer(case, 10.0).await;
    fixture.run(&format!("UPDATE cases SET state = 'dispatched' WHERE id = '{case}'")).await;
    fixture
        .run(&format!(
            "INSERT INTO care_offer (id, case_id, responder_id) VALUES (gen_random_uuid(), '{case}', '{}')",
            fixture.medic.account.unwrap()
        ))
        .await;
    assert_eq!(fixture.tick(130.5).await, 2);
    assert_eq!(fixture.state(case).await, "ringing");
    // The asked responder may still accept.
    assert_eq!(fixture.count("SELECT count(*) FROM care_offer WHERE withdrawn_at IS NULL").await, 1);
}

#[tokio::test]
async fn overdue_step_gives_the_next_step_its_full_delay() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[CityDesk], 20)]).await;
    let (case, _) = fixture.ring().await;
    fixture.tick(4.0).await;
    assert_eq!(fixture.next(case).await, Some(20));
    fixture.tick(600.0).await;
    assert_eq!(fixture.next(case).await, Some(620));
}

#[tokio::test]
async fn timer_of_an_ended_call_is_cleared() {
    let fixture = EscalationFixture::new().await;
    let (case, _) = fixture.ring().await;
    fixture.run(&format!("UPDATE cases SET state = 'resolved' WHERE id = '{case}'")).await;
    assert_eq!(fixture.tick(0.5).await, 1);
    assert_eq!((fixture.next(case).await, fixture.steps(case).await.len()), (None, 0));
}
