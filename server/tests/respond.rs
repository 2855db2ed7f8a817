//! Tests the response to a call: suggested responders, requests to several at once, and the actions of those asked.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use server::{
    Actor,
    care::{
        dispatch::suggest,
        escalation::engine,
        intake::followed_call,
        response::{responders, welfare},
    },
};
use shared::{
    FieldErrorKind, Problem,
    care::{
        ranking::RankingRequest,
        reasons::{Flag, Reason, Shortfall},
        respond::Stage,
        responder::{Mode, Skill},
    },
};
use testing::response_fixture::ResponseFixture;

/// The city's duty desk, which the schema creates.
const CITY_DESK: &str = "00000000-0000-8000-8000-000000000120";

#[derive(FromQueryResult)]
struct Counted {
    n: i64,
}

#[tokio::test]
async fn suggestions_have_reasons_and_need_at_most_three_statements() {
    let fixture = ResponseFixture::new().await;
    let _near = fixture.responder("近", 400.0).await;
    let far = fixture.responder("远", 3_000.0).await;
    let off = fixture.responder("休", 100.0).await;
    fixture.set_duty(&off, false).await;
    let _stranger = fixture.responder_of(fixture.neighbour_centre, "邻", 50.0).await;
    let number = fixture.call("answered").await;
    fixture
        .exec(&format!(
            "UPDATE care_responder SET languages = '{{zh-x-wuhan}}', skills = '{{nurse}}' WHERE account_id = '{}'",
            far.id()
        ))
        .await;
    let (found, statements) = fixture.suggest(&number, RankingRequest::default()).await;
    assert_eq!(testing::response_fixture::names(&found), ["近", "远"]);
    assert!(statements <= 3, "{statements}");
    let second = &found.ranking.picks[1];
    assert!(second.reasons.contains(&Reason::Language { language: "zh-x-wuhan".into() }), "{second:?}");
    assert!((second.distance_m.unwrap() - 3_000.0).abs() < 5.0);
    assert_eq!(found.ranking.shortfalls, []);
    let (nurses, _) = fixture.suggest(&number, RankingRequest { skill: Some(Skill::Nurse), ..RankingRequest::default() }).await;
    assert_eq!(testing::response_fixture::names(&nurses), ["远"]);
    // When the neighbouring centre is added to the call, its responders are suggested, too.
    fixture
        .exec(&format!("UPDATE cases SET joined = ARRAY['{}'::uuid] WHERE number = '{number}'", fixture.neighbour_centre))
        .await;
    assert_eq!(
        testing::response_fixture::names(&fixture.suggest(&number, RankingRequest::default()).await.0),
        ["邻", "近", "远"]
    );
    // With the city's desk instead, the responders of all centres, here the same three.
    fixture.exec(&format!("UPDATE cases SET joined = '{{{CITY_DESK}}}' WHERE number = '{number}'")).await;
    assert_eq!(
        testing::response_fixture::names(&fixture.suggest(&number, RankingRequest::default()).await.0),
        ["邻", "近", "远"]
    );
}

#[tokio::test]
async fn shortfalls_are_reported() {
    let fixture = ResponseFixture::new().await;
    let number = fixture.call("answered").await;
    assert_eq!(fixture.suggest(&number, RankingRequest::default()).await.0.ranking.shortfalls, [Shortfall::NoResponders]);
    let one = fixture.responder("一", 400.0).await;
    fixture.set_duty(&one, false).await;
    assert_eq!(
        fixture.suggest(&number, RankingRequest::default()).await.0.ranking.shortfalls,
        [Shortfall::NobodyOnDuty { of: 1 }]
    );
    fixture.set_duty(&one, true).await;
    fixture.exec("UPDATE care_responder SET located_at = huimin_now() - interval '31 minutes'").await;
    let found = fixture.suggest(&number, RankingRequest::default()).await.0.ranking;
    assert_eq!(found.shortfalls, [Shortfall::LocationsStale { of: 1 }]);
    assert_eq!(found.picks[0].flags, [Flag::StaleLocation { minutes: 31 }]);
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one])).await.unwrap();
    assert_eq!(fixture.suggest(&number, RankingRequest::default()).await.0.ranking.shortfalls, [Shortfall::AllSent { of: 1 }]);
    // A responder on the way to one call is not suggested for another.
    fixture.act(&one, &number, "accept_offer", Value::Null).await.unwrap();
    let other = fixture.call("answered").await;
    assert_eq!(fixture.suggest(&other, RankingRequest::default()).await.0.ranking.shortfalls, [Shortfall::AllSent { of: 1 }]);
    fixture.exec("UPDATE membership SET ended_at = huimin_now() WHERE role = 'responder'").await;
    assert_eq!(fixture.suggest(&other, RankingRequest::default()).await.0.ranking.shortfalls, [Shortfall::NoResponders]);
}

#[tokio::test]
async fn key_holders_and_former_visitors_rank_first() {
    let fixture = ResponseFixture::new().await;
    let (visitor, key_holder) = (fixture.responder("甲", 500.0).await, fixture.responder("乙", 500.0).await);
    let number = fixture.call("answered").await;
    fixture
        .exec(&format!(
            "INSERT INTO care_contact (id, person_id, place, account_id, key_holder, sealed)
             VALUES (gen_random_uuid(), '{}', 1, '{}', true, '')",
            fixture.elder,
            key_holder.id()
        ))
        .await;
    let found = fixture.suggest(&number, RankingRequest::default()).await.0;
    assert_eq!(testing::response_fixture::names(&found), ["乙", "甲"]);
    assert!(found.ranking.picks[0].reasons.contains(&Reason::KeyHolder));
    fixture.exec("DELETE FROM care_contact").await;
    let earlier = fixture.call("answered").await;
    fixture.bring_on_scene(&earlier, &visitor).await;
    fixture.exec("UPDATE care_offer SET done_at = huimin_now()").await;
    let found = fixture.suggest(&number, RankingRequest::default()).await.0;
    assert_eq!(testing::response_fixture::names(&found), ["甲", "乙"]);
    assert!(found.ranking.picks[0].reasons.contains(&Reason::Familiar { times: 1 }));
}

fn dispatch_input(whom: &[&testing::response_fixture::Staff]) -> Value {
    json!({ "responders": whom.iter().map(|s| s.id().to_string()).collect::<Vec<_>>() })
}

#[tokio::test]
async fn only_eligible_responders_can_be_asked() {
    let fixture = ResponseFixture::new().await;
    let (one, off) = (fixture.responder("一", 400.0).await, fixture.responder("二", 400.0).await);
    fixture.set_duty(&off, false).await;
    let number = fixture.call("answered").await;
    for (input, kind) in [
        (json!({}), FieldErrorKind::Required),
        (json!({ "responders": ["x"] }), FieldErrorKind::NotAnOption),
        (dispatch_input(&[&off]), FieldErrorKind::NotAnOption),
        (dispatch_input(&[&one, &fixture.dispatcher]), FieldErrorKind::NotAnOption),
    ] {
        let refused = fixture.act(&fixture.dispatcher, &number, "dispatch", input).await.unwrap_err();
        assert_eq!(refused, Problem::field("responders", kind));
    }
    assert_eq!(fixture.query_text("SELECT count(*)::text FROM care_offer").await, "0");
    // The input as a form posts it.
    let posted = json!({ "responders": { one.id().to_string(): one.id().to_string() } });
    let done = fixture.act(&fixture.dispatcher, &number, "dispatch", posted).await.unwrap();
    assert_eq!(done.state, "dispatched");
    let again = fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one])).await.unwrap_err();
    assert_eq!(again, Problem::field("responders", FieldErrorKind::NotAnOption));
    let facts = fixture.query_text("SELECT facts::text FROM notice WHERE kind = 'care_offer'").await;
    assert!(facts.contains("\"path\": \"/respond\"") && facts.contains(&number), "{facts}");
    // Until a responder accepts, the next step is due within the policy's time.
    assert_eq!(
        fixture.query_text("SELECT round(extract(epoch FROM next_step_at - huimin_now()))::text FROM care_call").await,
        "120"
    );
    // On duty, rested, distance, travel time, age of the location.
    assert_eq!(fixture.query_text("SELECT jsonb_array_length(reasons)::text FROM care_offer").await, "5");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_32_concurrent_acceptances_wins() {
    let fixture = ResponseFixture::new().await;
    let number = fixture.call("answered").await;
    let mut responders = Vec::new();
    for i in 0..32 {
        responders.push(fixture.responder(&format!("员{i}"), 100.0 * f64::from(i)).await);
    }
    // One action can ask at most 20 responders.
    for batch in responders.chunks(20) {
        fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&batch.iter().collect::<Vec<_>>())).await.unwrap();
    }
    assert_eq!(fixture.query_text("SELECT max(wave)::text FROM care_offer").await, "1", "all are asked in the same wave");
    let outcomes =
        futures::future::join_all(responders.iter().map(|who| fixture.act(who, &number, "accept_offer", Value::Null))).await;
    assert_eq!(outcomes.iter().filter(|done| done.is_ok()).count(), 1);
    assert!(
        outcomes.iter().filter_map(|done| done.as_ref().err()).all(|p| matches!(p, Problem::Conflict { .. })),
        "{outcomes:?}"
    );
    assert_eq!(fixture.query_text("SELECT count(*)::text FROM care_offer WHERE accepted_at IS NOT NULL").await, "1");
    assert_eq!(fixture.query_text("SELECT count(*)::text FROM care_offer WHERE withdrawn_at IS NOT NULL").await, "31");
    assert_eq!(fixture.query_text("SELECT count(*)::text FROM notice WHERE kind = 'care_taken'").await, "31");
    assert_eq!(fixture.query_text("SELECT count(*)::text FROM event WHERE action = 'accept_offer'").await, "1");
    assert_eq!(fixture.seconds_to_next_step(&number).await, "120", "the responder has 120 s to set out");
}

#[tokio::test]
async fn unique_index_allows_one_acceptance_per_wave() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 500.0).await);
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one, &two])).await.unwrap();
    let both = sqlx::query("UPDATE care_offer SET accepted_at = huimin_now()").execute(&fixture.city.db.owner).await;
    let code = both.unwrap_err().into_database_error().unwrap().code().unwrap().into_owned();
    assert_eq!(code, "23505");
}

#[tokio::test]
async fn a_released_responder_can_be_asked_in_a_second_wave() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 500.0).await);
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one, &two])).await.unwrap();
    fixture.act(&one, &number, "accept_offer", Value::Null).await.unwrap();
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&two])).await.unwrap();
    assert_eq!(fixture.query_text("SELECT wave::text FROM care_offer WHERE accepted_at IS NULL").await, "2");
    let since =
        "SELECT round(extract(epoch FROM k.next_step_at - o.accepted_at))::text FROM care_call k, care_offer o WHERE o.wave = 1";
    assert_eq!(
        fixture.query_text(since).await,
        "120",
        "a responder has accepted already, and asking others does not extend the limit"
    );
    fixture.act(&two, &number, "accept_offer", Value::Null).await.unwrap();
    assert_eq!(
        fixture.query_text("SELECT count(*)::text FROM care_offer WHERE accepted_at IS NOT NULL AND withdrawn_at IS NULL").await,
        "2"
    );
}

#[tokio::test]
async fn declining_requires_a_reason_and_the_last_decline_notifies_the_dispatcher() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 500.0).await);
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one, &two])).await.unwrap();
    for (input, kind) in [(json!({}), FieldErrorKind::Required), (json!({ "reason": "lazy" }), FieldErrorKind::NotAnOption)] {
        let refused = fixture.act(&one, &number, "decline_offer", input).await.unwrap_err();
        assert_eq!(refused, Problem::field("reason", kind));
    }
    let decline = |reason: &str| json!({ "reason": reason });
    fixture.act(&one, &number, "decline_offer", decline("busy")).await.unwrap();
    assert_eq!(fixture.query_text("SELECT count(*)::text FROM notice WHERE kind = 'care_nobody_goes'").await, "0");
    let after_declining = fixture.act(&one, &number, "accept_offer", Value::Null).await.unwrap_err();
    assert!(matches!(after_declining, Problem::Conflict { .. }));
    // A responder who accepted and then declines reopens the wave.
    fixture.act(&two, &number, "accept_offer", Value::Null).await.unwrap();
    fixture.act(&two, &number, "decline_offer", decline("no_transport")).await.unwrap();
    assert_eq!(
        fixture.query_text("SELECT round(extract(epoch FROM next_step_at - huimin_now()))::text FROM care_call").await,
        "120"
    );
    let notified = fixture.query_text("SELECT account_id::text FROM notice WHERE kind = 'care_nobody_goes'").await;
    assert_eq!(notified, fixture.dispatcher.id().to_string());
    assert_eq!(fixture.suggest(&number, RankingRequest::default()).await.0.ranking.shortfalls, [Shortfall::AllSent { of: 2 }]);
    let three = fixture.responder("三", 600.0).await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&three])).await.unwrap();
    fixture.act(&three, &number, "accept_offer", Value::Null).await.unwrap();
    let last = fixture.query_text("SELECT facts FROM event WHERE action = 'decline_offer' ORDER BY seq DESC LIMIT 1").await;
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(last, json!({ "reason": "no_transport", "waiting": 0, "going": 0 }));
}

#[tokio::test]
async fn response_steps_are_ordered_and_taken_only_by_the_responder() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 500.0).await);
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one])).await.unwrap();
    let early = fixture.act(&one, &number, "set_out", Value::Null).await.unwrap_err();
    assert!(matches!(early, Problem::Conflict { .. }), "{early:?}");
    let not_asked = fixture.act(&two, &number, "accept_offer", Value::Null).await.unwrap_err();
    assert_eq!(not_asked, Problem::NotFound);
    // The answer expired and the call rings again; accepting now counts as an answer.
    fixture.exec("UPDATE cases SET state = 'ringing'; UPDATE care_call SET answered_at = NULL").await;
    let done = fixture.act(&one, &number, "accept_offer", Value::Null).await.unwrap();
    assert_eq!(done.state, "dispatched");
    assert_eq!(
        fixture.query_text("SELECT (answered_at IS NOT NULL AND first_answered_at IS NOT NULL)::text FROM care_call").await,
        "true"
    );
    fixture.act(&one, &number, "set_out", Value::Null).await.unwrap();
    assert!(fixture.act(&one, &number, "set_out", Value::Null).await.is_err());
    assert_eq!(fixture.act(&one, &number, "arrive", Value::Null).await.unwrap().state, "on_scene");
    assert_eq!(
        fixture.query_text("SELECT round(extract(epoch FROM welfare_due_at - arrived_at) / 60)::text FROM care_offer").await,
        "20"
    );
    assert_eq!(fixture.query_text("SELECT (on_scene_at IS NOT NULL)::text FROM care_call").await, "true");
    let late = fixture.act(&one, &number, "decline_offer", json!({ "reason": "busy" })).await.unwrap_err();
    assert!(matches!(late, Problem::Conflict { .. }));
    // A helper is any account that was alerted or asked for this call; an alerted family contact was not asked to respond.
    fixture.exec(&format!("UPDATE cases SET helpers = helpers || '{}'::uuid", two.id())).await;
    assert_eq!(fixture.act(&two, &number, "check_in", Value::Null).await.unwrap_err(), Problem::Forbidden);
}

#[tokio::test]
async fn responder_who_does_not_set_out_is_released_and_the_call_rings_again() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.responder("一", 400.0).await;
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one])).await.unwrap();
    fixture.act(&one, &number, "accept_offer", Value::Null).await.unwrap();
    // Actions of the desk neither extend nor shorten the responder's time limit.
    let reached = json!({ "reached": "yes", "note": "" });
    fixture
        .act_in(&fixture.with_clock_offset("60 seconds").store, &fixture.dispatcher, &number, "call_back", reached)
        .await
        .unwrap();
    engine::tick(&fixture.with_clock_offset("115 seconds")).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "dispatched");
    engine::tick(&fixture.with_clock_offset("125 seconds")).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "ringing");
    assert_eq!(fixture.case(&number).await.assignee_id, None);
    let record = "SELECT string_agg(action, ' ' ORDER BY seq) FROM event WHERE actor_kind = 'system'";
    assert_eq!(fixture.query_text(record).await, "responder_late unanswer escalate");
    assert_eq!(fixture.query_text("SELECT withdrawn_reason FROM care_offer WHERE withdrawn_at IS NOT NULL").await, "late");
    assert_eq!(fixture.query_text("SELECT (next_step_at IS NOT NULL)::text FROM care_call").await, "true", "escalation goes on");
    for (who, kind) in [(&one, "care_too_late"), (&fixture.dispatcher, "care_late")] {
        let notices = format!("SELECT count(*)::text FROM notice WHERE kind = '{kind}' AND account_id = '{}'", who.id());
        assert_eq!(fixture.query_text(&notices).await, "1", "{kind}");
    }
    assert!(matches!(fixture.act(&one, &number, "arrive", Value::Null).await, Err(Problem::Conflict { .. })));
    // A released responder can be asked again.
    assert_eq!(testing::response_fixture::names(&fixture.suggest(&number, RankingRequest::default()).await.0), ["一"]);
}

#[tokio::test]
async fn responder_who_does_not_arrive_is_released_and_the_call_rings_again() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.responder("一", 400.0).await;
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one])).await.unwrap();
    for action in ["accept_offer", "set_out"] {
        fixture.act(&one, &number, action, Value::Null).await.unwrap();
    }
    assert_eq!(fixture.seconds_to_next_step(&number).await, "600");
    engine::tick(&fixture.with_clock_offset("595 seconds")).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "dispatched");
    engine::tick(&fixture.with_clock_offset("605 seconds")).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "ringing");
    assert_eq!(fixture.query_text("SELECT withdrawn_reason FROM care_offer").await, "late");
    // For a long distance, the limit is twice the estimated travel time.
    fixture.act(&fixture.dispatcher, &number, "answer", Value::Null).await.unwrap();
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one])).await.unwrap();
    fixture.exec("UPDATE care_offer SET eta_s = 1000").await;
    for action in ["accept_offer", "set_out"] {
        fixture.act(&one, &number, action, Value::Null).await.unwrap();
    }
    assert_eq!(fixture.seconds_to_next_step(&number).await, "2000");
    fixture.act(&one, &number, "arrive", Value::Null).await.unwrap();
    assert_eq!(fixture.query_text("SELECT (next_step_at IS NULL)::text FROM care_call").await, "true", "a responder has arrived");
}

#[tokio::test]
async fn late_responder_is_released_while_another_continues() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 500.0).await);
    let number = fixture.call("answered").await;
    for who in [&one, &two] {
        fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[who])).await.unwrap();
        fixture.act(who, &number, "accept_offer", Value::Null).await.unwrap();
    }
    fixture.act(&two, &number, "set_out", Value::Null).await.unwrap();
    engine::tick(&fixture.with_clock_offset("125 seconds")).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "dispatched", "the other responder is on the way");
    assert_eq!(fixture.seconds_to_next_step(&number).await, "600", "the time limit of the other responder");
    let released = fixture.query_text("SELECT responder_id::text FROM care_offer WHERE withdrawn_reason = 'late'").await;
    assert_eq!(released, one.id().to_string());
    engine::tick(&fixture.with_clock_offset("605 seconds")).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "ringing");
}

#[tokio::test]
async fn standing_a_responder_down_restarts_the_escalation_timer() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 500.0).await);
    let number = fixture.call("answered").await;
    fixture.bring_on_scene(&number, &one).await;
    let offer = |id: String| json!({ "offer": id, "note": "换人" });
    let refused = |c| Err(Problem::field("offer", c));
    assert_eq!(fixture.act(&fixture.dispatcher, &number, "stand_down", json!({})).await, refused(FieldErrorKind::Required));
    let unknown_offer = offer(uuid::Uuid::nil().to_string());
    assert_eq!(
        fixture.act(&fixture.dispatcher, &number, "stand_down", unknown_offer).await,
        refused(FieldErrorKind::NotAnOption)
    );
    let id = fixture.query_text("SELECT id::text FROM care_offer").await;
    assert_eq!(fixture.act(&one, &number, "stand_down", offer(id.clone())).await, Err(Problem::Forbidden));
    fixture.act(&fixture.dispatcher, &number, "stand_down", offer(id.clone())).await.unwrap();
    assert_eq!(fixture.query_text("SELECT withdrawn_reason FROM care_offer").await, "desk");
    let notified = fixture.query_text("SELECT account_id::text FROM notice WHERE kind = 'care_released'").await;
    assert_eq!(notified, one.id().to_string());
    assert_eq!(fixture.act(&fixture.dispatcher, &number, "stand_down", offer(id)).await, refused(FieldErrorKind::NotAnOption));
    // No responder is left. Unless another sets out within 120 s, the call rings again.
    assert_eq!(fixture.seconds_to_next_step(&number).await, "120");
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&two])).await.unwrap();
    fixture.act(&two, &number, "accept_offer", Value::Null).await.unwrap();
    engine::tick(&fixture.with_clock_offset("125 seconds")).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "ringing");
}

#[tokio::test]
async fn manual_escalation_during_a_response_keeps_the_responder_active() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.responder("一", 400.0).await;
    let number = fixture.call("answered").await;
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one])).await.unwrap();
    fixture.act(&one, &number, "accept_offer", Value::Null).await.unwrap();
    let next_step = json!({ "step": "" });
    fixture.act(&fixture.dispatcher, &number, "escalate_now", next_step.clone()).await.unwrap();
    engine::tick(&fixture.city.state).await.unwrap();
    assert_eq!(
        fixture.act(&one, &number, "set_out", Value::Null).await.unwrap().state,
        "ringing",
        "setting out does not count as answering the call"
    );
    assert_eq!(
        fixture.query_text("SELECT (next_step_at < huimin_now() + interval '31 seconds')::text FROM care_call").await,
        "true"
    );
    assert_eq!(fixture.act(&one, &number, "arrive", Value::Null).await.unwrap().state, "on_scene");
    assert_eq!(
        fixture.query_text("SELECT (next_step_at IS NULL AND answered_at IS NOT NULL)::text FROM care_call").await,
        "true"
    );
    fixture.act(&fixture.dispatcher, &number, "escalate_now", next_step).await.unwrap();
    assert_eq!(fixture.case(&number).await.state, "ringing");
    fixture.act(&one, &number, "check_in", Value::Null).await.unwrap();
    let sentence = json!({ "sentence": "已扶起，没有受伤。" });
    assert_eq!(fixture.act(&one, &number, "resolve", sentence).await.unwrap().state, "resolved");
}

#[tokio::test]
async fn urgent_notices_are_sent_with_priority() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.responder("一", 400.0).await;
    let number = fixture.call("answered").await;
    fixture.bring_on_scene(&number, &one).await;
    welfare::raise_alarms(&fixture.with_clock_offset("21 minutes")).await.unwrap();
    let urgent = "SELECT count(*)::text FROM notice n JOIN graphile_worker._private_jobs j ON j.payload->>'notice' = n.id::text
        WHERE n.kind IN ('care_offer', 'care_welfare') AND j.priority < 0";
    assert_eq!(fixture.query_text(urgent).await, "2");
}

#[tokio::test]
async fn silent_responder_raises_one_welfare_alarm_until_check_in() {
    let fixture = ResponseFixture::new().await;
    let one = fixture.responder("一", 400.0).await;
    let number = fixture.call("answered").await;
    fixture.bring_on_scene(&number, &one).await;
    assert_eq!(welfare::raise_alarms(&fixture.city.state).await.unwrap(), 0);
    let later = fixture.with_clock_offset("19 minutes");
    assert_eq!(welfare::raise_alarms(&later).await.unwrap(), 0);
    let later = fixture.with_clock_offset("21 minutes");
    let both = futures::future::join(welfare::raise_alarms(&later), welfare::raise_alarms(&later)).await;
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(welfare::raise_alarms(&later).await.unwrap(), 0, "only once");
    assert_eq!(
        fixture.query_text("SELECT count(*)::text FROM event WHERE action = 'welfare_alarm' AND actor_kind = 'system'").await,
        "1"
    );
    let path = fixture.query_text("SELECT facts->>'path' FROM notice WHERE kind = 'care_welfare'").await;
    assert_eq!(path, format!("/dispatch/{number}"));
    fixture.act_in(&later.store, &one, &number, "check_in", Value::Null).await.unwrap();
    assert_eq!(fixture.query_text("SELECT (welfare_alarm_at IS NULL)::text FROM care_offer").await, "true");
    assert_eq!(
        welfare::raise_alarms(&fixture.with_clock_offset("42 minutes")).await.unwrap(),
        1,
        "a new silence raises a new alarm"
    );
    fixture.exec("UPDATE care_offer SET done_at = huimin_now(), welfare_alarm_at = NULL").await;
    assert_eq!(
        welfare::raise_alarms(&fixture.with_clock_offset("90 minutes")).await.unwrap(),
        0,
        "a responder who has finished need not report"
    );
}

#[tokio::test]
async fn only_asked_responders_see_the_subject_of_the_call() {
    let fixture = ResponseFixture::new().await;
    let (one, two) = (fixture.responder("一", 400.0).await, fixture.responder("二", 500.0).await);
    let number = fixture.call("answered").await;
    assert!(fixture.page(&one).await.offers.is_empty(), "not before being asked");
    fixture.act(&fixture.dispatcher, &number, "dispatch", dispatch_input(&[&one, &two])).await.unwrap();
    let page = fixture.page(&one).await;
    let offer = &page.offers[0];
    assert_eq!((offer.number.as_str(), offer.stage, offer.others), (number.as_str(), Stage::Asked, 1));
    assert_eq!(offer.who.name.as_deref(), Some("陈桂英"));
    // The canary text of the fixture.
    assert_eq!(offer.who.card.as_ref().unwrap().key_place, "金丝雀钥匙");
    assert_eq!((offer.who.words.as_deref(), offer.who.callback.as_deref()), (Some("摔倒了"), Some("13800001234")));
    assert!((offer.distance_m.unwrap() - 400.0).abs() < 2.0 && offer.eta_s.is_some() && offer.reasons.len() >= 4);
    fixture.page(&one).await;
    let views = "SELECT count(*)::text FROM event WHERE action = 'view' AND actor_kind = 'helper'";
    assert_eq!(fixture.query_text(views).await, "1", "a view is recorded once a day");
    fixture.act(&one, &number, "accept_offer", Value::Null).await.unwrap();
    assert_eq!(fixture.page(&one).await.offers[0].stage, Stage::Accepted);
    assert!(fixture.page(&two).await.offers.is_empty(), "released");
    assert!(followed_call::call_page(fixture.city.store(), &one.actor, &number).await.is_ok());
    let after_release =
        testing::act::or_problem(followed_call::call_page(fixture.city.store(), &two.actor, &number).await.map(|_| ()));
    assert_eq!(after_release, Err(Problem::NotFound), "a released responder loses access");
    let rows = async |who: &Actor| {
        let tx = fixture.city.store().read(who).await.unwrap();
        let mut seen = Vec::new();
        for table in ["care_call", "care_press", "care_alert", "person", "care_profile"] {
            let counted: Option<Counted> = tx.one(&format!("SELECT count(*) AS n FROM {table}"), []).await.unwrap();
            seen.push(counted.unwrap().n);
        }
        seen
    };
    assert_eq!(rows(&one.actor).await[0], 1);
    assert_eq!(rows(&two.actor).await, [0; 5], "row-level security hides the call, too");
    fixture.exec("UPDATE cases SET closed_at = huimin_now(), state = 'resolved'").await;
    assert!(fixture.page(&one).await.offers.is_empty(), "the call has ended");
    assert_eq!(rows(&one.actor).await, [0; 5], "an ended call is hidden, too");
    let refused = responders::page(fixture.city.store(), &fixture.dispatcher.actor).await;
    assert!(matches!(refused, Err(server::Error::Problem(Problem::Forbidden))));
    let refused =
        suggest::suggest(&fixture.city.store().read(&one.actor).await.unwrap(), &one.actor, &fixture.case(&number).await).await;
    assert!(matches!(refused, Err(server::Error::Problem(Problem::Forbidden))));
}

#[tokio::test]
async fn responders_update_their_profile_and_location() {
    let fixture = ResponseFixture::new().await;
    let member = fixture.member("新").await;
    let store = fixture.city.store();
    assert_eq!(fixture.page(&member).await.me.mode, None);
    let text = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let update_profile = async |skills: &[&str], languages: &[&str], mode: &str| {
        testing::act::or_problem(responders::update_profile(store, &member.actor, &text(skills), &text(languages), mode).await)
    };
    assert_eq!(update_profile(&["x"], &[], "car").await, Err(Problem::field("skills", FieldErrorKind::NotAnOption)));
    // Klingon: a valid tag that is not offered.
    assert_eq!(update_profile(&[], &["tlh"], "car").await, Err(Problem::field("languages", FieldErrorKind::NotAnOption)));
    assert_eq!(update_profile(&[], &[], "").await, Err(Problem::field("mode", FieldErrorKind::Required)));
    update_profile(&["nurse", "first_aid", "nurse"], &["zh"], "car").await.unwrap();
    let me = fixture.page(&member).await.me;
    assert_eq!((me.skills, me.mode), (vec![Skill::FirstAid, Skill::Nurse], Some(Mode::Car)));
    let fix = testing::response_fixture::north(700.0, 3_600);
    responders::update_location(store, &member.actor, &fix).await.unwrap();
    let now = fixture.page(&member).await;
    assert!(now.me.located_at.unwrap() <= now.now, "a location time in the future is not accepted");
    responders::clear_location(store, &member.actor).await.unwrap();
    assert_eq!(fixture.page(&member).await.me.located_at, None);
    let outsider = responders::update_location(store, &fixture.dispatcher.actor, &fix).await;
    assert!(matches!(outsider, Err(server::Error::Problem(Problem::Forbidden))));
}
