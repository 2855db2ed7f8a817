//! Tests emergency calls at the dispatch desk: answering, progress, hand-over, merging and ending; the board, the page of a
//! call and the figures.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

#[path = "dispatch/reading.rs"]
mod reading;

use futures::future::join_all;
use serde_json::{Value, json};
use server::care::{
    dispatch::{call, candidates},
    escalation::engine,
    intake::{call_list, followed_call},
};
use shared::{FieldErrorKind, Problem};
use testing::{act::or_problem, dispatch_fixture::DispatchFixture};

#[tokio::test]
async fn one_of_32_concurrent_answers_wins_and_the_others_get_allowed_actions() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let answers = (0..32).map(|n| {
        let who = if n % 2 == 0 { &desk.dispatcher } else { &desk.colleague };
        let (desk, number) = (&desk, &number);
        async move { desk.act(who, number, "answer", Value::Null).await }
    });
    let outcome = join_all(answers).await;
    assert_eq!(outcome.iter().filter(|o| o.is_ok()).count(), 1);
    for refused in outcome.into_iter().filter_map(Result::err) {
        let Problem::Conflict { state, allowed, .. } = refused else { panic!("{refused:?}") };
        assert_eq!(state, "answered");
        assert!(
            ["still_on_it", "call_back", "hand_over", "dispatch"].iter().all(|a| allowed.iter().any(|b| a == b)),
            "{allowed:?}"
        );
    }
    let progress_due = "answered_at = first_answered_at AND next_step_at = answered_at + interval '120 seconds'";
    assert_eq!(desk.count(&format!("care_call WHERE {progress_due}")).await, 1);
    assert_eq!(desk.count("cases WHERE state = 'answered' AND assignee_id IS NOT NULL").await, 1);
    assert_eq!(desk.record(&number).await, ["press", "answer"]);
}

#[tokio::test]
async fn alerted_family_member_answers_and_the_call_rings_again_without_progress() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    assert_eq!(desk.act(&desk.daughter, &number, "answer", Value::Null).await, Err(Problem::NotFound));
    // As a helper, asked to go but not to answer.
    desk.help(&number, &desk.daughter).await;
    assert_eq!(desk.act(&desk.daughter, &number, "answer", Value::Null).await, Err(Problem::Forbidden));
    desk.page(&number, &desk.daughter).await;
    desk.act(&desk.daughter, &number, "answer", Value::Null).await.unwrap();
    let board = desk.board(&desk.dispatcher).await;
    assert_eq!(board.rows[0].holder, shared::care::board::Holder::Helper);
    // A dispatcher of the centre takes the call over.
    let me = json!({ "colleague": desk.dispatcher.account.unwrap() });
    desk.act(&desk.dispatcher, &number, "hand_over", me).await.unwrap();
    assert_eq!(desk.board(&desk.dispatcher).await.rows[0].holder, shared::care::board::Holder::Me);
    engine::tick(&desk.with_clock_offset("119 seconds")).await.unwrap();
    assert_eq!(desk.state(&number).await, "answered");
    engine::tick(&desk.with_clock_offset("125 seconds")).await.unwrap();
    assert_eq!(desk.state(&number).await, "ringing");
    // The time of the first answer is kept; the current answer is cleared.
    assert_eq!(desk.count("care_call WHERE first_answered_at IS NOT NULL AND answered_at IS NULL").await, 1);
    assert_eq!(desk.count("cases WHERE assignee_id IS NULL AND state = 'ringing'").await, 1);
}

#[tokio::test]
async fn family_is_notified_of_an_answered_call_and_follows_it_while_open() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let follow = async || or_problem(followed_call::call_page(desk.store(), &desk.daughter, &number).await);
    assert_eq!(follow().await.map(drop), Err(Problem::NotFound), "not before the call is answered");
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let family_notice = format!("notice WHERE kind = 'care_family' AND account_id = '{}'", desk.daughter.account.unwrap());
    assert_eq!(desk.count(&family_notice).await, 1);
    assert_eq!(desk.count("notice WHERE kind = 'care_family'").await, 1, "only the daughter is notified");
    let path: String = desk.ask("SELECT facts->>'path' FROM notice WHERE kind = 'care_family'").await;
    assert_eq!(path, format!("/care/calls/{number}"));
    let page = follow().await.unwrap();
    assert_eq!((page.follower, page.may_answer, page.address), (followed_call::Follower::Helper, false, None));
    let callable = call_list::may_call_for(desk.store(), &desk.daughter).await.unwrap();
    assert_eq!(callable[0].call.as_deref(), Some(number.as_str()));
    // Notified once, without being alerted.
    engine::tick(&desk.with_clock_offset("125 seconds")).await.unwrap();
    assert_eq!(desk.state(&number).await, "ringing");
    desk.exec("DELETE FROM care_alert".to_owned()).await;
    assert!(!follow().await.unwrap().may_answer);
    assert_eq!(desk.act(&desk.daughter, &number, "answer", Value::Null).await, Err(Problem::Forbidden));
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    assert_eq!(desk.count(&family_notice).await, 1);
    // A removed contact no longer follows the call; after its end no contact does.
    let contact = format!("UPDATE care_contact SET account_id = '{}'", desk.daughter.account.unwrap());
    desk.exec("UPDATE care_contact SET account_id = NULL".to_owned()).await;
    assert_eq!(follow().await.map(drop), Err(Problem::NotFound));
    desk.exec(contact).await;
    assert!(follow().await.is_ok());
    desk.act(&desk.dispatcher, &number, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    let tx = desk.store().read(&desk.daughter).await.unwrap();
    assert_eq!(tx.run("SELECT FROM care_call", []).await.unwrap(), 0);
}

#[tokio::test]
async fn delegate_who_is_also_a_contact_sees_the_call_once() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let (person, account) = (desk.elder.person.unwrap(), desk.daughter.account.unwrap());
    desk.exec(format!(
        "INSERT INTO mandate (id, person_id, account_id, relation, scope, ends_on, confirmed_at)
         VALUES (gen_random_uuid(), '{person}', '{account}', 'child', '{{}}', '2099-01-01', huimin_now())"
    ))
    .await;
    let callable = call_list::may_call_for(desk.store(), &desk.daughter).await.unwrap();
    assert_eq!((callable.len(), callable[0].contact.is_some(), callable[0].call.as_deref()), (1, true, Some(number.as_str())));
}

#[tokio::test]
async fn care_profile_is_readable_until_a_day_after_a_call_and_writable_only_by_its_person() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let (person, id) = (desk.elder.person.unwrap(), uuid::Uuid::now_v7());
    let readable = async |who: &server::Actor, later: &str| {
        let tx = desk.with_clock_offset(later).store.read(who).await.unwrap();
        let profiles = tx.run("SELECT FROM care_profile", []).await.unwrap();
        (profiles, tx.run("SELECT FROM care_contact", []).await.unwrap())
    };
    assert_eq!((readable(&desk.dispatcher, "0 s").await, readable(&desk.neighbour, "0 s").await), ((1, 1), (0, 0)));
    let execute = async |who: &server::Actor, sql: &str| {
        let tx = desk.store().write(who).await.unwrap();
        tx.run(sql, []).await
    };
    let insert = format!(
        "INSERT INTO care_contact (id, person_id, place, account_id, sealed) VALUES ('{id}', '{person}', 2, huimin_actor(), '')"
    );
    for who in [&desk.dispatcher, &desk.daughter] {
        for sql in ["UPDATE care_profile SET sealed = ''", "UPDATE care_contact SET place = 3", "DELETE FROM care_contact"] {
            assert_eq!(execute(who, sql).await.unwrap(), 0, "{sql}");
        }
        execute(who, &insert).await.unwrap_err();
    }
    assert_eq!(execute(&desk.elder, "UPDATE care_profile SET sealed = ''").await.unwrap(), 1);
    assert_eq!(execute(&desk.elder, &insert).await.unwrap(), 1);
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    desk.act(&desk.dispatcher, &number, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    assert_eq!(readable(&desk.dispatcher, "23 hours").await, (1, 1), "still readable for the report");
    assert_eq!(readable(&desk.dispatcher, "25 hours").await, (0, 0));
    assert_eq!(readable(&desk.elder, "25 hours").await.0, 1);
}

#[tokio::test]
async fn progress_postpones_escalation_until_a_responder_accepts() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let later = desk.with_clock_offset("100 seconds").store;
    desk.act_in(&later, &desk.dispatcher, &number, "still_on_it", Value::Null).await.unwrap();
    let due_in = "next_step_at = first_answered_at + interval '220 seconds'";
    assert_eq!(desk.count(&format!("care_call WHERE {due_in}")).await, 1);
    let call_back = |reached: &str, note: &str| json!({ "reached": reached, "note": note });
    for (input, kind) in [(json!({}), FieldErrorKind::Required), (call_back("maybe", ""), FieldErrorKind::NotAnOption)] {
        let refused = desk.act(&desk.dispatcher, &number, "call_back", input).await;
        assert_eq!(refused, Err(Problem::field("reached", kind)));
    }
    let much_later = desk.with_clock_offset("200 seconds").store;
    desk.act_in(&much_later, &desk.dispatcher, &number, "call_back", call_back("no", "没人接")).await.unwrap();
    assert_eq!(desk.count("care_call WHERE next_step_at = first_answered_at + interval '320 seconds'").await, 1);
    // A responder is on the way: no escalation step is due.
    desk.set_responding(&number, false).await;
    desk.act_in(&much_later, &desk.dispatcher, &number, "call_back", call_back("yes", "")).await.unwrap();
    assert_eq!(desk.count("care_call WHERE next_step_at IS NULL").await, 1);
}

#[tokio::test]
async fn call_is_handed_over_only_to_dispatchers_of_its_centres() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let to = |who: &server::Actor| json!({ "colleague": who.account.unwrap() });
    let refused = |c| Err(Problem::field("colleague", c));
    assert_eq!(desk.act(&desk.dispatcher, &number, "hand_over", json!({})).await, refused(FieldErrorKind::Required));
    for other in [&desk.neighbour, &desk.daughter, &desk.responder] {
        assert_eq!(desk.act(&desk.dispatcher, &number, "hand_over", to(other)).await, refused(FieldErrorKind::NotAnOption));
    }
    assert_eq!(desk.act(&desk.neighbour, &number, "hand_over", to(&desk.neighbour)).await, Err(Problem::NotFound));
    desk.join(&number).await;
    let colleagues = candidates::colleagues(desk.store(), &desk.neighbour, &number).await.unwrap();
    // Three of this centre, one of the neighbour, and two of this centre and the duty desk.
    assert_eq!(colleagues.len(), 6);
    desk.act(&desk.dispatcher, &number, "hand_over", to(&desk.neighbour)).await.unwrap();
    assert_eq!(desk.assignee(&number).await, desk.neighbour.account);
    let notice = format!("notice WHERE kind = 'care_handed' AND account_id = '{}'", desk.neighbour.account.unwrap());
    assert_eq!(desk.count(&notice).await, 1);
    // The recipient can hand it back.
    desk.act(&desk.neighbour, &number, "hand_over", to(&desk.colleague)).await.unwrap();
    assert_eq!(desk.assignee(&number).await, desk.colleague.account);
}

#[tokio::test]
async fn merged_call_moves_its_data_to_the_other_call() {
    let desk = DispatchFixture::new().await;
    let known = desk.raise().await;
    let unknown = desk.raise_anonymous("13900001111", "在楼下摔倒了").await;
    desk.join(&unknown).await;
    desk.page(&unknown, &desk.daughter).await;
    desk.page(&unknown, &desk.colleague).await;
    let other = |number: &str| json!({ "other": number });
    for wrong in ["", &unknown, "HJ-20260101-ABCDE", "BJ-1"] {
        let kind = if wrong.is_empty() { FieldErrorKind::Required } else { FieldErrorKind::NotAnOption };
        let refused = desk.act(&desk.duty, &unknown, "merge", other(wrong)).await;
        assert_eq!(refused, Err(Problem::field("other", kind)), "{wrong}");
    }
    desk.act(&desk.duty, &unknown, "merge", other(&known.to_lowercase())).await.unwrap();
    assert_eq!((desk.state(&unknown).await, desk.state(&known).await), ("merged".to_owned(), "ringing".to_owned()));
    assert_eq!(desk.record(&unknown).await.last().unwrap(), "merge");
    assert_eq!(desk.record(&known).await.last().unwrap(), "take_in");
    assert_eq!(desk.count("care_call WHERE merged_into IS NOT NULL AND next_step_at IS NULL AND ended_at IS NOT NULL").await, 1);
    let page = call::call(desk.store(), &desk.dispatcher, &known).await.unwrap();
    assert_eq!((page.presses.len(), page.alerts.len(), page.merged), (2, 2, vec![unknown.clone()]));
    assert_eq!((page.callback.unwrap().text.as_str(), page.words.as_deref()), ("13900001111", Some("在楼下摔倒了")));
    assert_eq!(call::call(desk.store(), &desk.duty, &unknown).await.unwrap().merged_into, Some(known.clone()));
    // Helpers of the merged call are helpers of the other.
    desk.act(&desk.daughter, &known, "note", json!({ "note": "我在路上" })).await.unwrap();
    // A call cannot be merged into an ended one.
    let third = desk.raise_anonymous("13900002222", "").await;
    desk.join(&third).await;
    assert_eq!(
        desk.act(&desk.duty, &third, "merge", other(&unknown)).await,
        Err(Problem::field("other", FieldErrorKind::NotAnOption))
    );
    // Calls that were merged into a call move with it.
    desk.act(&desk.duty, &known, "merge", other(&third)).await.unwrap();
    assert_eq!(desk.count(&format!("care_call WHERE merged_into = (SELECT id FROM cases WHERE number = '{third}')")).await, 2);
    assert_eq!(call::call(desk.store(), &desk.duty, &third).await.unwrap().presses.len(), 3);
}

#[tokio::test]
async fn concurrent_mutual_merges_leave_one_call() {
    let desk = DispatchFixture::new().await;
    let (one, two) = (desk.raise().await, desk.raise_anonymous("13900003333", "").await);
    let (ab, ba) = tokio::join!(
        desk.act(&desk.duty, &one, "merge", json!({ "other": two })),
        desk.act(&desk.duty_colleague, &two, "merge", json!({ "other": one })),
    );
    assert_eq!([&ab, &ba].iter().filter(|o| o.is_ok()).count(), 1, "{ab:?} {ba:?}");
    assert_eq!(desk.count("cases WHERE state = 'merged'").await, 1);
}

#[tokio::test]
async fn ending_a_call_requires_the_current_version_and_releases_responders() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let sentence = json!({ "sentence": "已联系家人，老人平安。" });
    let stale = testing::act::ActRequest {
        number: &number,
        action: "resolve",
        version: Some(1),
        key: "stale-0001",
        input: sentence.clone(),
    };
    let refused = or_problem(testing::act::perform(desk.store(), &desk.dispatcher, stale).await);
    assert!(matches!(&refused, Err(Problem::Conflict { allowed, .. }) if allowed.iter().any(|a| a == "resolve")), "{refused:?}");
    let short = desk.act(&desk.dispatcher, &number, "resolve", json!({ "sentence": "好" })).await;
    assert_eq!(short, Err(Problem::field("sentence", FieldErrorKind::TooShort { min: 5 })));
    desk.offer(&number, &desk.responder, "accepted_at = huimin_now(), arrived_at = huimin_now(), welfare_due_at = huimin_now()")
        .await;
    desk.offer(&number, &desk.second, "accepted_at = huimin_now(), wave = 2, set_out_at = huimin_now()").await;
    desk.act(&desk.colleague, &number, "resolve", sentence.clone()).await.unwrap();
    assert_eq!(desk.state(&number).await, "resolved");
    assert_eq!(desk.count("care_call WHERE ended_at IS NOT NULL AND next_step_at IS NULL").await, 1);
    assert_eq!(desk.count("care_offer WHERE done_at IS NOT NULL AND welfare_due_at IS NULL AND withdrawn_at IS NULL").await, 1);
    assert_eq!(desk.count("care_offer WHERE withdrawn_at IS NOT NULL AND done_at IS NULL").await, 1);
    let stand_down_notice = format!("notice WHERE kind = 'care_stand_down' AND account_id = '{}'", desk.second.account.unwrap());
    assert_eq!((desk.count(&stand_down_notice).await, desk.count("notice WHERE kind = 'care_stand_down'").await), (1, 1));
    // The call is reopened.
    desk.act(&desk.colleague, &number, "call_reopen", json!({ "sentence": "家人说又摔倒了。" })).await.unwrap();
    assert_eq!((desk.state(&number).await.as_str(), desk.assignee(&number).await), ("answered", desk.colleague.account));
    assert_eq!(desk.count("care_call WHERE ended_at IS NULL AND next_step_at IS NOT NULL").await, 1);
    desk.act(&desk.dispatcher, &number, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    assert_eq!(desk.state(&number).await, "false_alarm");
}

#[tokio::test]
async fn call_is_resolved_by_a_responder_on_scene_but_not_by_a_helper() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    desk.set_responding(&number, true).await;
    desk.help(&number, &desk.daughter).await;
    let sentence = json!({ "sentence": "已扶起，没有受伤。" });
    assert_eq!(desk.act(&desk.daughter, &number, "resolve", sentence.clone()).await, Err(Problem::Forbidden));
    // A responder on scene need not know the latest version.
    let request =
        testing::act::ActRequest { number: &number, action: "resolve", version: None, key: "on-fixture-1", input: sentence };
    testing::act::perform(desk.store(), &desk.responder, request).await.unwrap();
    assert_eq!(desk.state(&number).await, "resolved");
}
