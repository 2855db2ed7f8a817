//! Calls for help at the dispatchers' desk: answered once, gone on with, handed over, merged, ended; and what the board,
//! the page of a call and the figures show.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the functions that tests share may stop at once, too"
)]

#[path = "dispatch/reading.rs"]
mod reading;

use futures::future::join_all;
use serde_json::{Value, json};
use server::care::{
    dispatch::{call, candidates},
    escalation::engine,
    intake::{call_list, followed_call},
};
use shared::{Complaint, Problem};
use testing::{act::or_problem, dispatch_fixture::DispatchFixture};

#[tokio::test]
async fn of_thirty_two_answers_one_counts_and_the_others_are_told_what_they_may_do() {
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
    let stands = "answered_at = first_answered_at AND next_step_at = answered_at + interval '120 seconds'";
    assert_eq!(desk.count(&format!("care_call WHERE {stands}")).await, 1);
    assert_eq!(desk.count("cases WHERE state = 'answered' AND assignee_id IS NOT NULL").await, 1);
    assert_eq!(desk.record(&number).await, ["press", "answer"]);
}

#[tokio::test]
async fn family_answers_if_it_rang_at_them_and_the_call_rings_again_if_nothing_comes_of_it() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    assert_eq!(desk.act(&desk.daughter, &number, "answer", Value::Null).await, Err(Problem::NotFound));
    // Asked to go, not to answer.
    desk.help(&number, &desk.daughter).await;
    assert_eq!(desk.act(&desk.daughter, &number, "answer", Value::Null).await, Err(Problem::Forbidden));
    desk.page(&number, &desk.daughter).await;
    desk.act(&desk.daughter, &number, "answer", Value::Null).await.unwrap();
    let board = desk.board(&desk.dispatcher).await;
    assert_eq!(board.rows[0].holder, shared::care::board::Holder::Helper);
    // Whoever answers for it takes it over from them.
    let me = json!({ "colleague": desk.dispatcher.account.unwrap() });
    desk.act(&desk.dispatcher, &number, "hand_over", me).await.unwrap();
    assert_eq!(desk.board(&desk.dispatcher).await.rows[0].holder, shared::care::board::Holder::Me);
    engine::tick(&desk.later("119 seconds")).await.unwrap();
    assert_eq!(desk.state(&number).await, "answered");
    engine::tick(&desk.later("125 seconds")).await.unwrap();
    assert_eq!(desk.state(&number).await, "ringing");
    // The first answer stays what it was; the next is another.
    assert_eq!(desk.count("care_call WHERE first_answered_at IS NOT NULL AND answered_at IS NULL").await, 1);
    assert_eq!(desk.count("cases WHERE assignee_id IS NULL AND state = 'ringing'").await, 1);
}

#[tokio::test]
async fn the_family_is_told_when_a_call_is_answered_before_it_rang_at_them_and_may_follow_it_while_it_is_open() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let follow = async || or_problem(followed_call::call_page(desk.store(), &desk.daughter, &number).await);
    assert_eq!(follow().await.map(drop), Err(Problem::NotFound), "not before somebody answered");
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let told_of = format!("notice WHERE kind = 'care_family' AND account_id = '{}'", desk.daughter.account.unwrap());
    assert_eq!(desk.count(&told_of).await, 1);
    assert_eq!(desk.count("notice WHERE kind = 'care_family'").await, 1, "nobody else");
    let path: String = desk.ask("SELECT facts->>'path' FROM notice WHERE kind = 'care_family'").await;
    assert_eq!(path, format!("/care/calls/{number}"));
    let page = follow().await.unwrap();
    assert_eq!((page.follower, page.may_answer, page.address), (followed_call::Follower::Helper, false, None));
    let cared = call_list::may_call_for(desk.store(), &desk.daughter).await.unwrap();
    assert_eq!(cared[0].call.as_deref(), Some(number.as_str()));
    // Told once, and asked for nothing: it does not ring at them.
    engine::tick(&desk.later("125 seconds")).await.unwrap();
    assert_eq!(desk.state(&number).await, "ringing");
    desk.exec("DELETE FROM care_alert".to_owned()).await;
    assert!(!follow().await.unwrap().may_answer);
    assert_eq!(desk.act(&desk.daughter, &number, "answer", Value::Null).await, Err(Problem::Forbidden));
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    assert_eq!(desk.count(&told_of).await, 1);
    // Whoever is no contact any more follows it no more; nor does anybody when it has ended.
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
async fn whoever_acts_for_somebody_and_is_their_contact_too_finds_the_call() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let (person, account) = (desk.elder.person.unwrap(), desk.daughter.account.unwrap());
    desk.exec(format!(
        "INSERT INTO mandate (id, person_id, account_id, relation, scope, ends_on, confirmed_at)
         VALUES (gen_random_uuid(), '{person}', '{account}', 'child', '{{}}', '2099-01-01', huimin_now())"
    ))
    .await;
    let cared = call_list::may_call_for(desk.store(), &desk.daughter).await.unwrap();
    assert_eq!((cared.len(), cared[0].contact.is_some(), cared[0].call.as_deref()), (1, true, Some(number.as_str())));
}

#[tokio::test]
async fn a_card_is_read_while_a_call_is_open_and_a_day_after_and_written_by_its_person_alone() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let (person, id) = (desk.elder.person.unwrap(), uuid::Uuid::now_v7());
    let seen = async |who: &server::Actor, later: &str| {
        let tx = desk.later(later).store.read(who).await.unwrap();
        let profiles = tx.run("SELECT FROM care_profile", []).await.unwrap();
        (profiles, tx.run("SELECT FROM care_contact", []).await.unwrap())
    };
    assert_eq!((seen(&desk.dispatcher, "0 s").await, seen(&desk.neighbour, "0 s").await), ((1, 1), (0, 0)));
    let changed = async |who: &server::Actor, sql: &str| {
        let tx = desk.store().write(who).await.unwrap();
        tx.run(sql, []).await
    };
    let insert = format!(
        "INSERT INTO care_contact (id, person_id, place, account_id, sealed) VALUES ('{id}', '{person}', 2, huimin_actor(), '')"
    );
    for who in [&desk.dispatcher, &desk.daughter] {
        for sql in ["UPDATE care_profile SET sealed = ''", "UPDATE care_contact SET place = 3", "DELETE FROM care_contact"] {
            assert_eq!(changed(who, sql).await.unwrap(), 0, "{sql}");
        }
        changed(who, &insert).await.unwrap_err();
    }
    assert_eq!(changed(&desk.elder, "UPDATE care_profile SET sealed = ''").await.unwrap(), 1);
    assert_eq!(changed(&desk.elder, &insert).await.unwrap(), 1);
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    desk.act(&desk.dispatcher, &number, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    assert_eq!(seen(&desk.dispatcher, "23 hours").await, (1, 1), "for the report");
    assert_eq!(seen(&desk.dispatcher, "25 hours").await, (0, 0));
    assert_eq!(seen(&desk.elder, "25 hours").await.0, 1);
}

#[tokio::test]
async fn going_on_puts_the_ringing_off_until_somebody_goes() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let later = desk.later("100 seconds").store;
    desk.act_in(&later, &desk.dispatcher, &number, "still_on_it", Value::Null).await.unwrap();
    let due_in = "next_step_at = first_answered_at + interval '220 seconds'";
    assert_eq!(desk.count(&format!("care_call WHERE {due_in}")).await, 1);
    let call_back = |reached: &str, note: &str| json!({ "reached": reached, "note": note });
    for (input, complaint) in [(json!({}), Complaint::Required), (call_back("maybe", ""), Complaint::NotAnOption)] {
        let refused = desk.act(&desk.dispatcher, &number, "call_back", input).await;
        assert_eq!(refused, Err(Problem::field("reached", complaint)));
    }
    let much_later = desk.later("200 seconds").store;
    desk.act_in(&much_later, &desk.dispatcher, &number, "call_back", call_back("no", "没人接")).await.unwrap();
    assert_eq!(desk.count("care_call WHERE next_step_at = first_answered_at + interval '320 seconds'").await, 1);
    // Somebody goes: there is nothing to put off, and nothing rings.
    desk.goes(&number, false).await;
    desk.act_in(&much_later, &desk.dispatcher, &number, "call_back", call_back("yes", "")).await.unwrap();
    assert_eq!(desk.count("care_call WHERE next_step_at IS NULL").await, 1);
}

#[tokio::test]
async fn a_call_is_handed_to_whoever_answers_for_it_and_nobody_else() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let to = |who: &server::Actor| json!({ "colleague": who.account.unwrap() });
    let refused = |c| Err(Problem::field("colleague", c));
    assert_eq!(desk.act(&desk.dispatcher, &number, "hand_over", json!({})).await, refused(Complaint::Required));
    for other in [&desk.neighbour, &desk.daughter, &desk.responder] {
        assert_eq!(desk.act(&desk.dispatcher, &number, "hand_over", to(other)).await, refused(Complaint::NotAnOption));
    }
    assert_eq!(desk.act(&desk.neighbour, &number, "hand_over", to(&desk.neighbour)).await, Err(Problem::NotFound));
    desk.join(&number).await;
    let there = candidates::colleagues(desk.store(), &desk.neighbour, &number).await.unwrap();
    // Three here, one there, and two who work here and at the duty desk.
    assert_eq!(there.len(), 6);
    desk.act(&desk.dispatcher, &number, "hand_over", to(&desk.neighbour)).await.unwrap();
    assert_eq!(desk.assignee(&number).await, desk.neighbour.account);
    let told = format!("notice WHERE kind = 'care_handed' AND account_id = '{}'", desk.neighbour.account.unwrap());
    assert_eq!(desk.count(&told).await, 1);
    // And back, by the one it was handed to, who sees the whole of it.
    desk.act(&desk.neighbour, &number, "hand_over", to(&desk.colleague)).await.unwrap();
    assert_eq!(desk.assignee(&number).await, desk.colleague.account);
}

#[tokio::test]
async fn a_merged_call_goes_on_as_the_other_with_all_that_belongs_to_it() {
    let desk = DispatchFixture::new().await;
    let known = desk.raise().await;
    let unknown = desk.raise_anonymous("13900001111", "在楼下摔倒了").await;
    desk.join(&unknown).await;
    desk.page(&unknown, &desk.daughter).await;
    desk.page(&unknown, &desk.colleague).await;
    let other = |number: &str| json!({ "other": number });
    for wrong in ["", &unknown, "HJ-20260101-ABCDE", "BJ-1"] {
        let complaint = if wrong.is_empty() { Complaint::Required } else { Complaint::NotAnOption };
        let refused = desk.act(&desk.duty, &unknown, "merge", other(wrong)).await;
        assert_eq!(refused, Err(Problem::field("other", complaint)), "{wrong}");
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
    // Those who were called for the one help with the other.
    desk.act(&desk.daughter, &known, "note", json!({ "note": "我在路上" })).await.unwrap();
    // Nothing is merged into what has ended.
    let third = desk.raise_anonymous("13900002222", "").await;
    desk.join(&third).await;
    assert_eq!(
        desk.act(&desk.duty, &third, "merge", other(&unknown)).await,
        Err(Problem::field("other", Complaint::NotAnOption))
    );
    // What was merged into a call goes on with it.
    desk.act(&desk.duty, &known, "merge", other(&third)).await.unwrap();
    assert_eq!(desk.count(&format!("care_call WHERE merged_into = (SELECT id FROM cases WHERE number = '{third}')")).await, 2);
    assert_eq!(call::call(desk.store(), &desk.duty, &third).await.unwrap().presses.len(), 3);
}

#[tokio::test]
async fn two_calls_merged_into_each_other_at_once_leave_one() {
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
async fn what_ends_a_call_is_decided_on_what_was_seen_and_lets_everybody_go() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    let sentence = json!({ "sentence": "已联系家人，老人平安。" });
    let stale = testing::act::Request {
        number: &number,
        action: "resolve",
        version: Some(1),
        key: "stale-0001",
        input: sentence.clone(),
    };
    let refused = or_problem(testing::act::perform(desk.store(), &desk.dispatcher, stale).await);
    assert!(matches!(&refused, Err(Problem::Conflict { allowed, .. }) if allowed.iter().any(|a| a == "resolve")), "{refused:?}");
    let short = desk.act(&desk.dispatcher, &number, "resolve", json!({ "sentence": "好" })).await;
    assert_eq!(short, Err(Problem::field("sentence", Complaint::TooShort { min: 5 })));
    desk.offer(&number, &desk.responder, "accepted_at = huimin_now(), arrived_at = huimin_now(), welfare_due_at = huimin_now()")
        .await;
    desk.offer(&number, &desk.second, "accepted_at = huimin_now(), wave = 2, set_out_at = huimin_now()").await;
    desk.act(&desk.colleague, &number, "resolve", sentence.clone()).await.unwrap();
    assert_eq!(desk.state(&number).await, "resolved");
    assert_eq!(desk.count("care_call WHERE ended_at IS NOT NULL AND next_step_at IS NULL").await, 1);
    assert_eq!(desk.count("care_offer WHERE done_at IS NOT NULL AND welfare_due_at IS NULL AND withdrawn_at IS NULL").await, 1);
    assert_eq!(desk.count("care_offer WHERE withdrawn_at IS NOT NULL AND done_at IS NULL").await, 1);
    let told_off = format!("notice WHERE kind = 'care_stand_down' AND account_id = '{}'", desk.second.account.unwrap());
    assert_eq!((desk.count(&told_off).await, desk.count("notice WHERE kind = 'care_stand_down'").await), (1, 1));
    // It had not ended after all.
    desk.act(&desk.colleague, &number, "call_reopen", json!({ "sentence": "家人说又摔倒了。" })).await.unwrap();
    assert_eq!((desk.state(&number).await.as_str(), desk.assignee(&number).await), ("answered", desk.colleague.account));
    assert_eq!(desk.count("care_call WHERE ended_at IS NULL AND next_step_at IS NOT NULL").await, 1);
    desk.act(&desk.dispatcher, &number, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    assert_eq!(desk.state(&number).await, "false_alarm");
}

#[tokio::test]
async fn a_responder_ends_a_call_only_where_they_are() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    desk.goes(&number, true).await;
    desk.help(&number, &desk.daughter).await;
    let sentence = json!({ "sentence": "已扶起，没有受伤。" });
    assert_eq!(desk.act(&desk.daughter, &number, "resolve", sentence.clone()).await, Err(Problem::Forbidden));
    // Whoever is there need not have seen the latest version.
    let request =
        testing::act::Request { number: &number, action: "resolve", version: None, key: "on-fixture-1", input: sentence };
    testing::act::perform(desk.store(), &desk.responder, request).await.unwrap();
    assert_eq!(desk.state(&number).await, "resolved");
}
