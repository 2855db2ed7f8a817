//! Tests what the board, the page of a call and the figures show, and what reading them records.

use serde_json::{Value, json};
use server::{
    Actor, Task,
    care::{
        CITY_DESK,
        dispatch::{
            board::{board, ringing_elsewhere},
            call, candidates, figures, reveal,
        },
    },
    http::watch::{Watch, authorise},
    live::Topic,
};
use shared::{
    FieldErrorKind, Lang, Problem,
    care::{
        board::{BoardFilter, BoardView, HeartbeatSource, Holder},
        figures::{FiguresFilter, TargetCount},
    },
    ids::OrganisationId,
};
use testing::{act::or_problem, dispatch_fixture::DispatchFixture};

#[tokio::test]
async fn board_lists_the_calls_of_each_centre_oldest_first() {
    let desk = DispatchFixture::new().await;
    let known = desk.raise().await;
    let unknown = desk.raise_anonymous("13900001111", "").await;
    let mine = desk.board(&desk.dispatcher).await;
    assert_eq!(mine.rows.len(), 1);
    let row = &mine.rows[0];
    assert_eq!((row.number.as_str(), row.name.as_deref(), row.known), (known.as_str(), Some("陈桂英"), true));
    assert_eq!((row.address.as_deref(), row.presses, row.step, row.round), (Some("武昌区粮道街8号"), 1, 1, 0));
    assert_eq!((row.holder.clone(), row.asked, row.goes.len()), (Holder::Nobody, 0, 0));
    assert_eq!((mine.counts.open, mine.counts.ringing), (1, 1));
    assert_eq!(mine.silent, [HeartbeatSource::Engine, HeartbeatSource::Auditor], "neither runs in this test");
    // The duty desk sees both calls, of two centres.
    let both = desk.board(&desk.duty).await;
    assert_eq!(both.rows.iter().map(|r| r.number.clone()).collect::<Vec<_>>(), [known.clone(), unknown.clone()]);
    assert_eq!((both.rows[1].name.as_deref(), both.rows[1].known, both.centres.len()), (None, false, 2));
    // Another centre sees none until it is added to the call.
    assert!(desk.board(&desk.neighbour).await.rows.is_empty());
    desk.join(&known).await;
    assert_eq!(desk.board(&desk.neighbour).await.rows.len(), 1);

    desk.act(&desk.dispatcher, &known, "answer", Value::Null).await.unwrap();
    desk.offer(&known, &desk.responder, "accepted_at = huimin_now(), arrived_at = huimin_now()").await;
    desk.offer(&known, &desk.second, "wave = 2").await;
    let list = async |view| board(desk.store(), &desk.duty, &BoardFilter { view, ..BoardFilter::default() }).await.unwrap();
    let numbers = |b: &shared::care::board::Board| b.rows.iter().map(|r| r.number.clone()).collect::<Vec<_>>();
    assert_eq!(numbers(&list(BoardView::Ringing).await), std::slice::from_ref(&unknown));
    assert!(list(BoardView::Mine).await.rows.is_empty());
    // Ringing calls come first.
    let open = list(BoardView::Open).await;
    assert_eq!(open.rows[0].number, unknown);
    let row = &open.rows[1];
    assert_eq!(row.holder, Holder::Colleague("调度甲".to_owned()));
    assert_eq!((row.goes.clone(), row.there, row.asked), (vec!["救援甲".to_owned()], 1, 1));
    desk.act(&desk.dispatcher, &known, "resolve", json!({ "sentence": "已解决，家人在场。" })).await.unwrap();
    assert_eq!(numbers(&list(BoardView::Ended).await), std::slice::from_ref(&known));
    let found = BoardFilter { text: Some(unknown.to_lowercase()), ..BoardFilter::default() };
    assert_eq!(numbers(&board(desk.store(), &desk.duty, &found).await.unwrap()), [unknown]);
    // Days later it is found only by its number.
    let store = desk.with_clock_offset("3 days").store;
    let ended = |text| BoardFilter { view: BoardView::Ended, text, ..BoardFilter::default() };
    assert!(board(&store, &desk.duty, &ended(None)).await.unwrap().rows.is_empty());
    assert_eq!(board(&store, &desk.duty, &ended(Some(known))).await.unwrap().rows.len(), 1);

    for stranger in [&desk.elder, &desk.responder, &desk.fixture.caseworker] {
        assert_eq!(or_problem(board(desk.store(), stranger, &BoardFilter::default()).await.map(drop)), Err(Problem::Forbidden));
    }
    let elsewhere = BoardFilter { organisation: Some(desk.centre), ..BoardFilter::default() };
    assert_eq!(or_problem(board(desk.store(), &desk.neighbour, &elsewhere).await.map(drop)), Err(Problem::Forbidden));
}

#[tokio::test]
async fn board_pages_are_contiguous_with_seven_statements() {
    let desk = DispatchFixture::new().await;
    let mut all = Vec::new();
    for n in 0..58 {
        all.push(desk.raise_anonymous(&format!("139{n:08}"), "").await);
    }
    let (mut seen, mut filter) = (Vec::new(), BoardFilter::default());
    loop {
        let before = desk.store().statements();
        let page = board(desk.store(), &desk.duty, &filter).await.unwrap();
        // The clock, the calls, ringing calls elsewhere, the counts, the centres, staff on duty, the heartbeats.
        assert_eq!((desk.store().statements() - before, page.counts.open), (7, 58));
        assert_eq!(page.elsewhere.count, 58 - u64::try_from(page.rows.len()).unwrap(), "ringing calls are counted on every page");
        seen.push(page.rows.iter().map(|r| r.number.clone()).collect::<Vec<_>>());
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    assert_eq!((seen.len(), seen[0].len(), seen.concat()), (2, 50, all));
}

#[tokio::test]
async fn ringing_call_is_listed_first_and_reported_on_pages_without_it() {
    let desk = DispatchFixture::new().await;
    let mut all = Vec::new();
    for n in 0..55 {
        all.push(desk.raise_anonymous(&format!("139{n:08}"), "").await);
    }
    desk.exec("UPDATE cases SET state = 'answered' WHERE kind = 'sos'".to_owned()).await;
    let new = desk.raise_anonymous("13800009999", "").await;
    let of = async |filter: BoardFilter| board(desk.store(), &desk.duty, &filter).await.unwrap();
    let first = of(BoardFilter::default()).await;
    assert_eq!((first.rows[0].number.as_str(), first.elsewhere.count), (new.as_str(), 0));
    let second = of(BoardFilter { after: first.next.clone(), ..BoardFilter::default() }).await;
    let listed: Vec<String> = [first.rows, second.rows].concat().into_iter().skip(1).map(|r| r.number).collect();
    assert_eq!(listed, all, "the others oldest first, each once");
    for view in [BoardView::Mine, BoardView::Ended] {
        let found = of(BoardFilter { view, ..BoardFilter::default() }).await;
        assert_eq!(found.elsewhere.first.iter().map(|c| c.number.as_str()).collect::<Vec<_>>(), [new.as_str()], "{view:?}");
    }
    assert_eq!(second.elsewhere.count, 1);
    // It is reported on the page of another call, but not on its own.
    let elsewhere = async |number: &str| ringing_elsewhere(desk.store(), &desk.duty, number).await.unwrap().count;
    assert_eq!((elsewhere(&all[0]).await, elsewhere(&new).await), (1, 0));
    // Paging works within the ringing calls.
    desk.exec("UPDATE cases SET state = 'ringing' WHERE kind = 'sos'".to_owned()).await;
    let first = of(BoardFilter::default()).await;
    let second = of(BoardFilter { after: first.next, ..BoardFilter::default() }).await;
    assert_eq!((first.rows.len(), second.rows.len()), (50, 6));
}

#[tokio::test]
async fn board_shows_staff_on_duty_and_missing_heartbeats() {
    let desk = DispatchFixture::new().await;
    let tx = desk.store().write(&Actor::system(Task::Emergency)).await.unwrap();
    tx.run("INSERT INTO care_heartbeat (name, at) VALUES ('engine', huimin_now())", []).await.unwrap();
    tx.run("INSERT INTO care_duty (account_id, on_duty) VALUES ($1, true)", [desk.dispatcher.account.into()]).await.unwrap();
    tx.commit().await.unwrap();
    let found = desk.board(&desk.dispatcher).await;
    assert_eq!(found.silent, [HeartbeatSource::Auditor]);
    assert_eq!(found.on_duty.iter().map(|d| (d.name.as_str(), d.me)).collect::<Vec<_>>(), [("调度甲", true)]);
    assert!(found.reader_on_duty() && !desk.board(&desk.colleague).await.reader_on_duty());
    let later = desk.with_clock_offset("31 seconds").store;
    let found = board(&later, &desk.dispatcher, &BoardFilter::default()).await.unwrap();
    assert_eq!(found.silent, [HeartbeatSource::Engine, HeartbeatSource::Auditor]);
}

#[tokio::test]
async fn opening_a_call_is_recorded_and_numbers_are_unmasked_only_while_it_is_open() {
    let desk = DispatchFixture::new().await;
    let number = desk.raise().await;
    let open = async |who: &Actor| call::call(desk.store(), who, &number).await.unwrap();
    let page = open(&desk.dispatcher).await;
    open(&desk.dispatcher).await;
    open(&desk.colleague).await;
    assert_eq!(desk.record(&number).await, ["press", "view", "view"]);
    assert_eq!((page.name.as_deref(), page.age.is_some_and(|a| a >= 82), page.known), (Some("陈桂英"), true, true));
    let contact = &page.contacts[0];
    assert_eq!((contact.phone.text.as_str(), contact.phone.full, contact.key_holder), ("13812345678", true, true));
    assert_eq!(page.card.as_ref().unwrap().conditions, "高血压");
    assert!(page.place.is_some() && page.callback.is_none());
    let numbers: bool = desk.ask("SELECT bool_and((facts::jsonb ->> 'numbers')::boolean) FROM event WHERE action = 'view'").await;
    assert!(numbers, "the record says that numbers were shown");
    // The number of statements does not depend on the length of the record.
    let count = async || {
        let before = desk.store().statements();
        open(&desk.dispatcher).await;
        desk.store().statements() - before
    };
    desk.act(&desk.dispatcher, &number, "answer", Value::Null).await.unwrap();
    desk.act(&desk.dispatcher, &number, "note", json!({ "note": "第一条" })).await.unwrap();
    let statements = count().await;
    for _ in 0..20 {
        desk.act(&desk.dispatcher, &number, "note", json!({ "note": "又一条" })).await.unwrap();
        desk.page(&number, &desk.daughter).await;
    }
    // The case, the day, the view event (two statements when it exists already) and the case after it; the call with its
    // profile, the key, the contacts; for the record the names, the clocks, the day, the events and the key; presses, alerts,
    // responders.
    assert_eq!((count().await, statements), (statements, 16));

    for stranger in [&desk.neighbour, &desk.duty_stranger] {
        assert_eq!(or_problem(call::call(desk.store(), stranger, &number).await.map(drop)), Err(Problem::NotFound));
    }
    desk.act(&desk.dispatcher, &number, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    let page = open(&desk.dispatcher).await;
    assert_eq!((page.contacts[0].phone.text.as_str(), page.contacts[0].phone.full), ("138******78", false));
    let field = format!("contact.{}", page.contacts[0].id);
    for _ in 0..2 {
        let shown = reveal::reveal(desk.store(), &desk.dispatcher, &number, &field).await.unwrap();
        assert_eq!(shown, "13812345678");
    }
    let views = "event WHERE action = 'view' AND facts::jsonb ->> 'field' LIKE 'contact.%'";
    assert_eq!(desk.count(views).await, 1);
    for missing in ["callback", "contact.x", "contact.00000000-0000-0000-0000-000000000000", "name"] {
        let refused = or_problem(reveal::reveal(desk.store(), &desk.dispatcher, &number, missing).await);
        assert_eq!(refused, Err(Problem::NotFound), "{missing}");
    }
    assert_eq!(or_problem(reveal::reveal(desk.store(), &desk.neighbour, &number, &field).await), Err(Problem::NotFound));
}

#[tokio::test]
async fn merge_candidates_are_the_other_open_calls() {
    let desk = DispatchFixture::new().await;
    let one = desk.raise_anonymous("13900001111", "").await;
    let two = desk.raise_anonymous("13900002222", "").await;
    desk.act(&desk.duty, &one, "answer", Value::Null).await.unwrap();
    let others = candidates::merge_candidates(desk.store(), &desk.duty, &one).await.unwrap();
    assert_eq!(others.iter().map(|o| (o.number.clone(), o.alike)).collect::<Vec<_>>(), [(two, false)]);
    let known = desk.raise().await;
    let others = candidates::merge_candidates(desk.store(), &desk.duty, &one).await.unwrap();
    assert_eq!((others[0].number.clone(), others[0].name.as_deref()), (known, Some("陈桂英")));
}

#[tokio::test]
async fn response_figures_exclude_calls_still_within_their_time_limit() {
    let desk = DispatchFixture::new().await;
    let one = desk.raise().await;
    desk.act_in(&desk.with_clock_offset("10 seconds").store, &desk.dispatcher, &one, "answer", Value::Null).await.unwrap();
    desk.act(&desk.dispatcher, &one, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    let later = desk.with_clock_offset("1 hour");
    let two = desk.raise_in(&later).await;
    desk.act_in(&desk.with_clock_offset("3650 seconds").store, &desk.dispatcher, &two, "answer", Value::Null).await.unwrap();
    let all = async |interval: &str| {
        let store = desk.with_clock_offset(interval).store;
        figures::figures(&store, &desk.chief, &FiguresFilter::default()).await.unwrap()
    };
    let found = all("3660 seconds").await;
    let total = found.total();
    let met = |judged, met| TargetCount { judged, met };
    assert_eq!((total.calls, total.false_alarms, total.cancelled), (2, 1, 0));
    assert_eq!(total.answered, [met(2, 1), met(2, 2), met(2, 2)]);
    assert_eq!(total.on_scene, met(0, 0));
    let waited = found.waited.unwrap();
    assert_eq!((waited.p50, waited.p99), (10_000, 50_000), "{waited:?}");
    // A ringing call within its time limit is not judged; after the limit it is.
    desk.act(&desk.dispatcher, &two, "call_off", json!({ "sentence": "误按，本人已确认。" })).await.unwrap();
    desk.raise_in(&desk.with_clock_offset("2 hours")).await;
    assert_eq!(all("7230 seconds").await.total().answered, [met(3, 1), met(2, 2), met(2, 2)]);
    assert_eq!(all("7500 seconds").await.total().answered, [met(3, 1), met(3, 2), met(3, 2)]);

    let before = desk.store().statements();
    figures::figures(desk.store(), &desk.chief, &FiguresFilter::default()).await.unwrap();
    // The current day, the figures per day, the waiting times, the centres.
    assert_eq!(desk.store().statements() - before, 4);
    let day = |text: &str| Some(text.parse().unwrap());
    let wrong = FiguresFilter { from: day("2026-02-01"), to: day("2026-01-01"), organisation: None };
    let refused = or_problem(figures::figures(desk.store(), &desk.chief, &wrong).await.map(drop));
    assert_eq!(refused, Err(Problem::field("to", FieldErrorKind::DateBefore { first: "2026-02-01".to_owned() })));
    for stranger in [&desk.dispatcher, &desk.elder] {
        let refused = or_problem(figures::figures(desk.store(), stranger, &FiguresFilter::default()).await.map(drop));
        assert_eq!(refused, Err(Problem::Forbidden));
    }
    let csv =
        figures::figures_csv(&desk.with_clock_offset("7500 seconds").store, &desk.chief, &FiguresFilter::default(), Lang::En)
            .await
            .unwrap();
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines[0].starts_with("\"Day\",\"Centre\",\"Calls\""), "{csv}");
    // One line, or two if midnight passes during the test.
    let calls = lines[1..].iter().map(|line| line.split("\",\"").nth(2).unwrap().parse::<u32>().unwrap());
    assert!(lines[1].contains("\"dispatch-a\"") && calls.sum::<u32>() == 3, "{csv}");
}

#[tokio::test]
async fn one_event_stream_covers_only_the_queues_of_the_dispatcher() {
    let desk = DispatchFixture::new().await;
    let watch = |queues: &[OrganisationId]| Watch {
        queue: Some(queues.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
        ..Watch::default()
    };
    let elsewhere = desk.neighbour.memberships[0].organisation;
    let both = authorise(desk.store(), &desk.duty, &watch(&[CITY_DESK, desk.centre])).await.unwrap();
    assert_eq!(both, [Topic::Queue(CITY_DESK), Topic::Queue(desk.centre)]);
    let refused = or_problem(authorise(desk.store(), &desk.duty, &watch(&[CITY_DESK, elsewhere])).await.map(drop));
    assert_eq!(refused, Err(Problem::Forbidden));
}
