use crate::town::Town;
use server::care::escalation::{auditor, engine};
use shared::care::duty::Said;

#[tokio::test]
async fn a_step_overdue_by_more_than_five_seconds_is_an_alarm_that_goes_by_itself() {
    let town = Town::new().await;
    town.ring().await;
    assert_eq!(auditor::check(&town.at(2.0)).await.unwrap().overdue, 0);
    assert!(!town.warned("care_overdue").await);
    let seen = auditor::check(&town.at(60.0)).await.unwrap();
    assert!(seen.overdue == 1 && seen.worst_seconds > 55.0, "{seen:?}");
    assert!(town.warned("care_overdue").await);
    town.tick(60.5).await;
    assert_eq!(auditor::check(&town.at(61.0)).await.unwrap().overdue, 0);
    assert!(!town.warned("care_overdue").await);
}

#[tokio::test]
async fn a_missing_sign_of_life_of_the_engine_is_an_alarm() {
    let town = Town::new().await;
    auditor::check(&town.city).await.unwrap();
    assert!(town.warned("care_engine_silent").await, "it never lived");
    town.run("INSERT INTO care_heartbeat (name, at) VALUES ('engine', huimin_now())").await;
    auditor::check(&town.city).await.unwrap();
    assert!(!town.warned("care_engine_silent").await);
    auditor::check(&town.at(20.0)).await.unwrap();
    assert!(!town.warned("care_engine_silent").await);
    auditor::check(&town.at(40.0)).await.unwrap();
    assert!(town.warned("care_engine_silent").await);
}

#[tokio::test]
async fn an_empty_duty_desk_is_an_alarm_before_any_call_needs_it() {
    let town = Town::new().await;
    assert!(auditor::check(&town.city).await.unwrap().desk && !town.warned("care_city_desk_empty").await);
    town.duty(&town.desk, Said::Off).await;
    assert!(!auditor::check(&town.city).await.unwrap().desk && town.warned("care_city_desk_empty").await);
    town.duty(&town.desk, Said::On).await;
    assert!(auditor::check(&town.city).await.unwrap().desk && !town.warned("care_city_desk_empty").await);
}

#[tokio::test]
async fn a_missing_sign_of_life_of_the_auditor_is_an_alarm_of_the_engine() {
    let town = Town::new().await;
    engine::heartbeat(&town.city).await.unwrap();
    assert!(town.warned("care_auditor_silent").await, "it never lived");
    auditor::check(&town.city).await.unwrap();
    engine::heartbeat(&town.at(20.0)).await.unwrap();
    assert!(!town.warned("care_auditor_silent").await);
    engine::heartbeat(&town.at(40.0)).await.unwrap();
    assert!(town.warned("care_auditor_silent").await);
}

#[tokio::test]
async fn after_the_clock_was_set_back_no_call_waits_for_a_time_that_was_here_before() {
    let town = Town::new().await;
    let (ringing, _) = town.ring().await;
    let (answered, _) = town.ring().await;
    town.tick(0.5).await;
    town.answer(answered, 10.0).await;
    let hour = 3600.0;
    engine::heartbeat(&town.at(10.0)).await.unwrap();
    assert_eq!((town.next(ringing).await, town.next(answered).await), (Some(20), Some(130)));
    engine::heartbeat(&town.at(-hour)).await.unwrap();
    assert_eq!(town.tick(0.5 - hour).await, 3);
    assert_eq!((town.state(answered).await.as_str(), town.steps(ringing).await.len()), ("ringing", 2));
}

#[tokio::test]
async fn a_call_that_waits_for_nothing_or_for_too_long_is_the_same_alarm() {
    let town = Town::new().await;
    let (case, _) = town.ring().await;
    town.tick(0.5).await;
    let warned = async |change: &str| {
        town.run(&format!("UPDATE care_call SET next_step_at = {change} WHERE case_id = '{case}'")).await;
        let seen = auditor::check(&town.at(1.0)).await.unwrap();
        assert_eq!(seen.stranded > 0, town.warned("care_overdue").await, "{change}");
        seen.stranded
    };
    assert_eq!(warned("next_step_at").await, 0);
    assert_eq!(warned("NULL").await, 1);
    assert_eq!(warned("huimin_now() + interval '25 seconds'").await, 0, "it goes by itself");
    assert_eq!(warned("huimin_now() + interval '1 minute'").await, 1);
    town.answer(case, 1.0).await;
    assert_eq!(warned("next_step_at").await, 0);
    assert_eq!(warned("huimin_now() + interval '3 minutes'").await, 1);
    assert_eq!(warned("NULL").await, 1);
    // Where somebody was sent, somebody must be there, or be waited for.
    town.run(&format!("UPDATE cases SET state = 'dispatched' WHERE id = '{case}'")).await;
    assert_eq!(warned("NULL").await, 1);
    assert_eq!(warned("huimin_now() + interval '80 minutes'").await, 0);
    assert_eq!(warned("huimin_now() + interval '2 hours'").await, 1);
    town.run(&format!(
        "INSERT INTO care_offer (id, case_id, responder_id, accepted_at, arrived_at) VALUES (gen_random_uuid(), '{case}', '{}', huimin_now(), huimin_now())",
        town.medic.account.unwrap()
    ))
    .await;
    assert_eq!(warned("NULL").await, 0);
}
