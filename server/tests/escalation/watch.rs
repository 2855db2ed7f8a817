//! Tests the alarms of the auditor and of missing heartbeats.

use crate::fixture::EscalationFixture;
use server::care::escalation::{auditor, engine};
use shared::care::duty::DutyStatement;

#[tokio::test]
async fn step_overdue_by_five_seconds_raises_an_alarm_that_clears_itself() {
    let fixture = EscalationFixture::new().await;
    fixture.ring().await;
    assert_eq!(auditor::check(&fixture.at(2.0)).await.unwrap().overdue, 0);
    assert!(!fixture.warned("care_overdue").await);
    let report = auditor::check(&fixture.at(60.0)).await.unwrap();
    assert!(report.overdue == 1 && report.worst_seconds > 55.0, "{report:?}");
    assert!(fixture.warned("care_overdue").await);
    fixture.tick(60.5).await;
    assert_eq!(auditor::check(&fixture.at(61.0)).await.unwrap().overdue, 0);
    assert!(!fixture.warned("care_overdue").await);
}

#[tokio::test]
async fn missing_engine_heartbeat_raises_an_alarm() {
    let fixture = EscalationFixture::new().await;
    auditor::check(&fixture.state).await.unwrap();
    assert!(fixture.warned("care_engine_silent").await, "no heartbeat yet");
    fixture.run("INSERT INTO care_heartbeat (name, at) VALUES ('engine', huimin_now())").await;
    auditor::check(&fixture.state).await.unwrap();
    assert!(!fixture.warned("care_engine_silent").await);
    auditor::check(&fixture.at(20.0)).await.unwrap();
    assert!(!fixture.warned("care_engine_silent").await);
    auditor::check(&fixture.at(40.0)).await.unwrap();
    assert!(fixture.warned("care_engine_silent").await);
}

#[tokio::test]
async fn unstaffed_duty_desk_raises_an_alarm_before_any_call() {
    let fixture = EscalationFixture::new().await;
    assert!(auditor::check(&fixture.state).await.unwrap().desk && !fixture.warned("care_city_desk_empty").await);
    fixture.duty(&fixture.desk, DutyStatement::Off).await;
    assert!(!auditor::check(&fixture.state).await.unwrap().desk && fixture.warned("care_city_desk_empty").await);
    fixture.duty(&fixture.desk, DutyStatement::On).await;
    assert!(auditor::check(&fixture.state).await.unwrap().desk && !fixture.warned("care_city_desk_empty").await);
}

#[tokio::test]
async fn missing_auditor_heartbeat_raises_an_alarm_in_the_engine() {
    let fixture = EscalationFixture::new().await;
    engine::heartbeat(&fixture.state).await.unwrap();
    assert!(fixture.warned("care_auditor_silent").await, "no heartbeat yet");
    auditor::check(&fixture.state).await.unwrap();
    engine::heartbeat(&fixture.at(20.0)).await.unwrap();
    assert!(!fixture.warned("care_auditor_silent").await);
    engine::heartbeat(&fixture.at(40.0)).await.unwrap();
    assert!(fixture.warned("care_auditor_silent").await);
}

#[tokio::test]
async fn clock_set_back_does_not_delay_pending_steps() {
    let fixture = EscalationFixture::new().await;
    let (ringing, _) = fixture.ring().await;
    let (answered, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.answer(answered, 10.0).await;
    let hour = 3600.0;
    engine::heartbeat(&fixture.at(10.0)).await.unwrap();
    assert_eq!((fixture.next(ringing).await, fixture.next(answered).await), (Some(20), Some(130)));
    engine::heartbeat(&fixture.at(-hour)).await.unwrap();
    assert_eq!(fixture.tick(0.5 - hour).await, 3);
    assert_eq!((fixture.state(answered).await.as_str(), fixture.steps(ringing).await.len()), ("ringing", 2));
}

#[tokio::test]
async fn call_without_a_timely_next_step_raises_the_overdue_alarm() {
    let fixture = EscalationFixture::new().await;
    let (case, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    let stranded_with = async |change: &str| {
        fixture.run(&format!("UPDATE care_call SET next_step_at = {change} WHERE case_id = '{case}'")).await;
        let report = auditor::check(&fixture.at(1.0)).await.unwrap();
        assert_eq!(report.stranded > 0, fixture.warned("care_overdue").await, "{change}");
        report.stranded
    };
    assert_eq!(stranded_with("next_step_at").await, 0);
    assert_eq!(stranded_with("NULL").await, 1);
    assert_eq!(stranded_with("huimin_now() + interval '25 seconds'").await, 0, "the step is due in time");
    assert_eq!(stranded_with("huimin_now() + interval '1 minute'").await, 1);
    fixture.answer(case, 1.0).await;
    assert_eq!(stranded_with("next_step_at").await, 0);
    assert_eq!(stranded_with("huimin_now() + interval '3 minutes'").await, 1);
    assert_eq!(stranded_with("NULL").await, 1);
    // A dispatched call needs a responder on scene or a timer.
    fixture.run(&format!("UPDATE cases SET state = 'dispatched' WHERE id = '{case}'")).await;
    assert_eq!(stranded_with("NULL").await, 1);
    assert_eq!(stranded_with("huimin_now() + interval '80 minutes'").await, 0);
    assert_eq!(stranded_with("huimin_now() + interval '2 hours'").await, 1);
    fixture.run(&format!(
        "INSERT INTO care_offer (id, case_id, responder_id, accepted_at, arrived_at) VALUES (gen_random_uuid(), '{case}', '{}', huimin_now(), huimin_now())",
        fixture.medic.account.unwrap()
    ))
    .await;
    assert_eq!(stranded_with("NULL").await, 0);
}
