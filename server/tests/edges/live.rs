//! Tests the live event streams and who may watch them.

use futures::{Stream, StreamExt};
use server::http::watch::{Watch, authorise};
use server::live::{Event, Topic};
use shared::{Problem, ids::CaseId};
use sqlx::PgPool;
use testing::edge_fixture::{EdgeFixture, signed_in, within_timeout};
use uuid::Uuid;

/// Appends an event to a case, as `act` does; with `notify` also sends the database notification.
async fn event(owner: &PgPool, case: CaseId, seq: i32, notify: bool) {
    let id = Uuid::now_v7();
    let mut tx = owner.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO event (id, case_id, seq, at, actor_kind, person_id, action, from_state, to_state, facts, sealed, prev, hash)
         SELECT $1, id, $3, now(), 'system', subject_id, 'accept', 's', 's', '{}', '', '', '' FROM cases WHERE id = $2",
    )
    .bind(id)
    .bind(case.uuid())
    .bind(seq)
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query("UPDATE cases SET events = $2 WHERE id = $1").bind(case.uuid()).bind(seq).execute(&mut *tx).await.unwrap();
    if notify {
        sqlx::query("SELECT pg_notify('huimin_live', $1), pg_notify('huimin_live', 'queue:' || organisation_id || ' ' || $2) FROM cases WHERE id = $3")
            .bind(format!("case:{case} {seq}"))
            .bind(id.to_string())
            .bind(case.uuid())
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn next(stream: &mut (impl Stream<Item = Event> + Unpin)) -> Event {
    within_timeout(stream.next()).await.unwrap()
}

/// Reads up to the event with this cursor.
async fn up_to(stream: &mut (impl Stream<Item = Event> + Unpin), cursor: &str) {
    while next(stream).await.cursor != cursor {}
}

#[tokio::test]
async fn change_is_streamed_with_and_without_a_database_notification() {
    let fixture = EdgeFixture::new().await;
    let account = fixture.account(Some("a@example.cn"), None, "zh").await;
    let person = fixture.person(account).await;
    let (case, organisation, _) = fixture.case(account, person).await;
    let live = &fixture.state.live;
    let mut on_case = Box::pin(live.stream(vec![Topic::Case(case)], None));
    let mut on_queue = Box::pin(live.stream(vec![Topic::Queue(organisation)], None));
    assert_eq!(next(&mut on_case).await, Event { topic: Topic::Case(case), cursor: "0".to_owned() });
    assert_eq!(next(&mut on_queue).await.topic, Topic::Queue(organisation));
    assert_eq!(live.clients(), 2);

    event(fixture.owner(), case, 1, true).await;
    up_to(&mut on_case, "1").await;
    assert_eq!(next(&mut on_queue).await.topic, Topic::Queue(organisation));
    event(fixture.owner(), case, 2, false).await;
    up_to(&mut on_case, "2").await;
    assert_eq!(next(&mut on_queue).await.topic, Topic::Queue(organisation));

    fixture.terminate_connections().await;
    event(fixture.owner(), case, 3, false).await;
    up_to(&mut on_case, "3").await;
    drop((on_case, on_queue));
    assert_eq!(live.clients(), 0);
}

#[tokio::test]
async fn reconnecting_client_receives_only_missed_events() {
    let fixture = EdgeFixture::new().await;
    let account = fixture.account(Some("a@example.cn"), None, "zh").await;
    let person = fixture.person(account).await;
    let (case, organisation, _) = fixture.case(account, person).await;
    event(fixture.owner(), case, 1, false).await;
    let live = &fixture.state.live;
    let topic = Topic::Case(case);
    let mut missed = Box::pin(live.stream(vec![topic], Some(&format!("{topic} 0"))));
    assert_eq!(next(&mut missed).await.cursor, "1");

    let mut first = Box::pin(live.stream(vec![Topic::Queue(organisation)], None));
    let cursor = next(&mut first).await.cursor;
    event(fixture.owner(), case, 2, false).await;
    let mut reconnected =
        Box::pin(live.stream(vec![Topic::Queue(organisation)], Some(&format!("queue:{organisation} {cursor}"))));
    assert_eq!(next(&mut reconnected).await.topic, Topic::Queue(organisation));

    // Up to date: the first received event is the next change.
    let mut current = Box::pin(live.stream(vec![topic], Some(&format!("{topic} 2"))));
    assert!(futures::poll!(current.next()).is_pending());
    event(fixture.owner(), case, 3, true).await;
    up_to(&mut current, "3").await;
}

#[tokio::test]
async fn inbox_stream_reports_notices_and_ends_on_disconnect() {
    let fixture = EdgeFixture::new().await;
    let account = fixture.account(Some("a@example.cn"), None, "zh").await;
    let live = &fixture.state.live;
    let mut inbox = Box::pin(live.stream(vec![Topic::Inbox(account)], None));
    assert_eq!(next(&mut inbox).await.cursor, "0");
    fixture.notice(account, None).await;
    up_to(&mut inbox, "1").await;
    live.disconnect_all();
    while within_timeout(inbox.next()).await.is_some() {}
}

#[tokio::test]
async fn topics_of_others_cannot_be_watched() {
    let fixture = EdgeFixture::new().await;
    let (mine, other) =
        (fixture.account(Some("a@example.cn"), None, "zh").await, fixture.account(Some("b@example.cn"), None, "zh").await);
    let (my_person, other_person) = (fixture.person(mine).await, fixture.person(other).await);
    let (case, organisation, number) = fixture.case(mine, my_person).await;
    let store = &fixture.state.store;
    let (me, them) = (signed_in(mine, Some(my_person)), signed_in(other, Some(other_person)));
    let on_case = Watch { case: Some(number), ..Watch::default() };
    let on_queue = Watch { queue: Some(organisation.to_string()), ..Watch::default() };
    let on_inbox = Watch { inbox: Some(String::new()), ..Watch::default() };
    assert_eq!(authorise(store, &me, &on_case).await.unwrap(), [Topic::Case(case)]);
    assert_eq!(authorise(store, &them, &on_inbox).await.unwrap(), [Topic::Inbox(other)]);
    let (anonymous, no_topic) = (server::Actor::anonymous(), Watch::default());
    let refused = async |actor, watch| match authorise(store, actor, watch).await {
        Err(server::Error::Problem(problem)) => problem,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&them, &on_case).await, Problem::NotFound);
    assert_eq!(refused(&me, &on_queue).await, Problem::Forbidden);
    assert_eq!(refused(&anonymous, &on_case).await, Problem::SignInFirst);
    assert_eq!(refused(&anonymous, &on_inbox).await, Problem::SignInFirst);
    assert!(matches!(refused(&me, &no_topic).await, Problem::Invalid { .. }));
}
