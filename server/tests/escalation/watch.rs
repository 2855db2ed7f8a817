use crate::fixture::EscalationFixture;
use server::care::escalation::{auditor, engine};
use shared::care::duty::Said;

#[tokio::test]
async fn a_step_overdue_by_more_than_five_seconds_is_an_alarm_that_goes_by_itself() {
    let fixture = EscalationFixture::new().await;
    fixture.ring().await;
    assert_eq!(auditor::check(&fixture.at(2.0)).await.unwrap().overdue, 0);
    assert!(!fixture.warned("care_overdue").await);
    let seen = auditor::check(&fixture.at(60.0)).await.unwrap();
    assert!(seen.overdue == 1 && seen.worst_seconds > 55.0, "{seen:?}");
    assert!(fixture.warned("care_overdue").await);
    fixture.tick(60.5).await;
    assert_eq!(auditor::check(&fixture.at(61.0)).await.unwrap().overdue, 0);
    assert!(!fixture.warned("care_overdue").await);
}

#[tokio::test]
async fn a_missing_sign_of_life_of_the_engine_is_an_alarm() {
    let fixture = EscalationFixture::new().await;
    auditor::check(&fixture.city).await.unwrap();
    assert!(fixture.warned("care_engine_silent").await, "it never lived");
    fixture.run("INSERT INTO care_heartbeat (name, at) VALUES ('engine', huimin_now())").await;
    auditor::check(&fixture.city).await.unwrap();
    assert!(!fixture.warned("care_engine_silent").await);
    auditor::check(&fixture.at(20.0)).await.unwrap();
    assert!(!fixture.warned("care_engine_silent").await);
    auditor::check(&fixture.at(40.0)).await.unwrap();
    assert!(fixture.warned("care_engine_silent").await);
}

#[tokio::test]
async fn an_empty_duty_desk_is_an_alarm_before_any_call_needs_it() {
    let fixture = EscalationFixture::new().await;
    assert!(auditor::check(&fixture.city).await.unwrap().desk && !fixture.warned("care_city_desk_empty").await);
    fixture.duty(&fixture.desk, Said::Off).await;
    assert!(!auditor::check(&fixture.city).await.unwrap().desk && fixture.warned("care_city_desk_empty").await);
    fixture.duty(&fixture.desk, Said::On).await;
    assert!(auditor::check(&fixture.city).await.unwrap().desk && !fixture.warned("care_city_desk_empty").await);
}

#[tokio::test]
async fn a_missing_sign_of_life_of_the_auditor_is_an_alarm_of_the_engine() {
    let fixture = EscalationFixture::new().await;
    engine::heartbeat(&fixture.city).await.unwrap();
    assert!(fixture.warned("care_auditor_silent").await, "it never lived");
    auditor::check(&fixture.city).await.unwrap();
    engine::heartbeat(&fixture.at(20.0)).await.unwrap();
    assert!(!fixture.warned("care_auditor_silent").await);
    engine::heartbeat(&fixture.at(40.0)).await.unwrap();
    assert!(fixture.warned("care_auditor_silent").await);
}

#[tokio::test]
async fn after_the_clock_was_set_back_no_call_waits_for_a_time_that_was_here_before() {
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
async fn a_call_that_waits_for_nothing_or_for_too_long_is_the_same_alarm() {
    let fixture = EscalationFixture::new().await;
    let (case, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    let warned = async |change: &str| {
        fixture.run(&format!("UPDATE care_call SET next_step_at = {change} WHERE case_id = '{case}'")).await;
        let seen = auditor::check(&fixture.at(1.0)).await.unwrap();
        assert_eq!(seen.stranded > 0, fixture.warned("care_overdue").await, "{change}");
        seen.stranded
    };
    assert_eq!(warned("next_step_at").await, 0);
    assert_eq!(warned("NULL").await, 1);
    assert_eq!(warned("huimin_now() + interval '25 seconds'").await, 0, "it goes by itself");
    assert_eq!(warned("huimin_now() + interval '1 minute'").await, 1);
    fixture.answer(case, 1.0).await;
    assert_eq!(warned("next_step_at").await, 0);
    assert_eq!(warned("huimin_now() + interval '3 minutes'").await, 1);
    assert_eq!(warned("NULL").await, 1);
    // Where somebody was sent, somebody must be there, or be waited for.
    fixture.run(&format!("UPDATE cases SET state = 'dispatched' WHERE id = '{case}'")).await;
    assert_eq!(warned("NULL").await, 1);
    assert_eq!(warned("huimin_now() + interval '80 minutes'").await, 0);
    assert_eq!(warned("huimin_now() + interval '2 hours'").await, 1);
    fixture.run(&format!(
        "INSERT INTO care_offer (id, case_id, responder_id, accepted_at, arrived_at) VALUES (gen_random_uuid(), '{case}', '{}', huimin_now(), huimin_now())",
        fixture.medic.account.unwrap()
    ))
    .await;
    assert_eq!(warned("NULL").await, 0);
}
