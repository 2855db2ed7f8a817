//! Tests reading of cases: the page of a case, the list of own cases, the audit pages, and the queue of the desk.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use server::{
    Error,
    cases::{self, audit_read},
};
use shared::{
    FieldErrorKind, Lang, Problem,
    cases::{CaseView, ClockState, Content, QueueFilter, QueueSort, Viewer},
};
use testing::small_city::{SmallCity, person};
use testing::test_flow::open_trial;

fn actions(view: &CaseView) -> Vec<&str> {
    view.timeline.iter().map(|e| e.action.as_str()).collect()
}

fn allowed_actions(view: &CaseView) -> Vec<&str> {
    view.allowed.iter().map(|a| a.action.as_str()).collect()
}

#[tokio::test]
async fn each_reader_sees_only_permitted_events_and_actions() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    fixture.act(&fixture.caseworker, &number, "claim").await.unwrap();
    let input = serde_json::json!({ "note": "内部情况" });
    fixture.with(fixture.store(), &fixture.caseworker, &number, "note", None, &fixture.key(), input).await.unwrap();
    let staff = cases::case_page(fixture.store(), &fixture.caseworker, &number).await.unwrap();
    assert_eq!((staff.viewer, actions(&staff)), (Viewer::Staff, vec!["submit", "claim", "note", "view"]));
    assert_eq!(allowed_actions(&staff), ["claim", "release", "hand_over", "accept", "ask_correction", "not_accept", "note"]);
    assert!(staff.allowed.iter().find(|a| a.action == "accept").unwrap().needs_version);
    assert_eq!((staff.assignee_name.as_deref(), staff.assigned_to_me), (Some("王经办"), true));
    assert_eq!(staff.timeline[2].content, Content::Open(serde_json::json!({ "note": "内部情况" })));
    assert_eq!(staff.timeline[2].actor_name.as_deref(), Some("王经办"));

    let own = cases::case_page(fixture.store(), &fixture.resident, &number).await.unwrap();
    assert_eq!((own.viewer, actions(&own), allowed_actions(&own)), (Viewer::Applicant, vec!["submit"], vec!["withdraw"]));
    assert_eq!(own.timeline[0].content, Content::Open(serde_json::json!({ "answers": "canary-answers" })));
    // Views and notes do not change the version that others see.
    assert_eq!((own.version, own.changed_at), (staff.version, staff.changed_at));

    let audited = cases::audit_page(fixture.store(), &fixture.auditor, &number).await.unwrap();
    assert_eq!((audited.viewer, actions(&audited), allowed_actions(&audited)), (Viewer::Auditor, actions(&staff), vec![]));
    assert!(!serde_json::to_string(&audited).unwrap().contains("canary-answers"));
    assert_eq!((&audited.timeline[0].content, &audited.timeline[1].content), (&Content::Withheld, &Content::Nothing));
    for other in [&fixture.caseworker, &fixture.resident] {
        let refused = cases::audit_page(fixture.store(), other, &number).await;
        assert!(matches!(refused, Err(Error::Problem(Problem::Forbidden))));
    }
    let by_neighbour = cases::case_page(fixture.store(), &fixture.neighbour, &number).await;
    assert!(matches!(by_neighbour, Err(Error::Problem(Problem::NotFound))));
}

#[tokio::test]
async fn auditor_lists_all_cases_and_verifies_their_record() {
    let fixture = SmallCity::in_march().await;
    let (number, other) = (fixture.case().await, fixture.case().await);
    fixture.act(&fixture.caseworker, &number, "claim").await.unwrap();
    let all = audit_read::list(fixture.store(), &fixture.auditor, None, None).await.unwrap();
    assert_eq!(all.rows.iter().map(|r| (&r.number, r.events)).collect::<Vec<_>>(), [(&other, 1), (&number, 2)]);
    let one = audit_read::list(fixture.store(), &fixture.auditor, Some(&number.to_lowercase()), None).await.unwrap();
    assert_eq!(one.rows.iter().map(|r| &r.number).collect::<Vec<_>>(), [&number]);

    let record = audit_read::record(&fixture.state, &fixture.auditor, &number).await.unwrap();
    assert_eq!((record.links.len(), record.faults.len(), record.root.is_none()), (2, 0, true));
    assert_eq!((record.links[0].prev.as_str(), &record.links[1].prev), ("", &record.links[0].hash));
    assert_eq!((record.links[0].sealed, record.links[1].sealed), (true, false));
    for other in [&fixture.caseworker, &fixture.resident] {
        assert!(matches!(audit_read::list(fixture.store(), other, None, None).await, Err(Error::Problem(Problem::Forbidden))));
        assert!(matches!(audit_read::record(&fixture.state, other, &number).await, Err(Error::Problem(Problem::Forbidden))));
    }
}

#[tokio::test]
async fn cases_awaiting_a_decision_are_filtered() {
    let fixture = SmallCity::in_march().await;
    let (number, _) = (fixture.case().await, fixture.case().await);
    for action in ["claim", "accept", "propose_grant"] {
        fixture.act(&fixture.caseworker, &number, action).await.unwrap();
    }
    let filter = QueueFilter { deciding: true, ..QueueFilter::default() };
    let found = cases::queue(fixture.store(), &fixture.supervisor, &filter).await.unwrap();
    assert_eq!(found.rows.iter().map(|r| &r.number).collect::<Vec<_>>(), [&number]);
    assert_eq!((found.counts.deciding, found.counts.open), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn views_are_recorded_once_per_person_and_day() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case_in(&fixture.on("2026-03-02").await.store).await;
    let monday = fixture.on("2026-03-02").await.store;
    let views = futures::future::join_all((0..8).map(|_| cases::case_page(&monday, &fixture.caseworker, &number))).await;
    assert!(views.into_iter().all(|l| l.is_ok()));
    cases::case_page(&monday, &fixture.colleague, &number).await.unwrap();
    cases::case_page(&monday, &fixture.resident, &number).await.unwrap();
    assert_eq!(fixture.record(&number).await, ["submit", "view", "view"]);
    cases::case_page(&fixture.on("2026-03-03").await.store, &fixture.caseworker, &number).await.unwrap();
    assert_eq!(fixture.record(&number).await, ["submit", "view", "view", "view"]);
}

#[tokio::test]
async fn case_page_statement_count_is_independent_of_record_length() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let count = async |actor| {
        let before = fixture.store().statements();
        cases::case_page(fixture.store(), actor, &number).await.unwrap();
        fixture.store().statements() - before
    };
    cases::case_page(fixture.store(), &fixture.caseworker, &number).await.unwrap();
    let short = (count(&fixture.resident).await, count(&fixture.caseworker).await);
    for _ in 0..40 {
        let input = serde_json::json!({ "note": "又一条" });
        fixture.with(fixture.store(), &fixture.caseworker, &number, "note", None, &fixture.key(), input).await.unwrap();
    }
    // The case, its names, the day, the clocks, the events and the key; for staff also: the day, the view event (two
    // statements when it exists already), the case after it, and whether a correction was requested. Setting the actor is not
    // counted.
    assert_eq!((count(&fixture.resident).await, count(&fixture.caseworker).await), short);
    assert_eq!(short, (6, 11));
}

#[tokio::test]
async fn own_cases_are_paged() {
    let fixture = SmallCity::in_march().await;
    let mut numbers = Vec::new();
    for _ in 0..45 {
        numbers.push(fixture.case().await);
    }
    open_trial(fixture.store(), &fixture.neighbour, fixture.neighbour.person.unwrap(), fixture.organisation).await.unwrap();
    fixture.act(&fixture.caseworker, &numbers[44], "ask_correction").await.unwrap();
    let (mut seen, mut after, mut pages) = (Vec::new(), None, Vec::new());
    loop {
        let before = fixture.store().statements();
        let page = cases::my_cases(fixture.store(), &fixture.resident, after.as_deref()).await.unwrap();
        assert_eq!(fixture.store().statements() - before, 1);
        pages.push(page.rows.len());
        seen.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    numbers.reverse();
    assert_eq!((seen.iter().map(|c| c.number.clone()).collect::<Vec<_>>(), pages), (numbers, vec![20, 20, 5]));
    assert!(seen[0].waits_for_you && !seen[1].waits_for_you && seen[1].due_on.is_some());
    let none = cases::my_cases(fixture.store(), &person(&fixture.db).await, None).await.unwrap();
    assert!(none.rows.is_empty());
    assert!(cases::my_cases(fixture.store(), &fixture.caseworker, None).await.is_err());
}

#[tokio::test]
async fn queue_is_sorted_by_due_date_filtered_and_counted() {
    let fixture = SmallCity::in_march().await;
    let monday = fixture.on("2026-03-02").await.store;
    let mut early = Vec::new();
    for _ in 0..3 {
        early.push(fixture.case_in(&monday).await);
    }
    let late = fixture.on("2026-03-06").await.store;
    let mine = fixture.case_in(&late).await;
    let asked = fixture.case_in(&late).await;
    fixture.act_in(&late, &fixture.caseworker, &mine, "claim").await.unwrap();
    fixture.act_in(&late, &fixture.colleague, &asked, "ask_correction").await.unwrap();
    let withdrawn = fixture.case_in(&late).await;
    fixture.act_in(&late, &fixture.resident, &withdrawn, "withdraw").await.unwrap();

    let day = fixture.on("2026-03-10").await.store;
    let list = async |filter: QueueFilter| cases::queue(&day, &fixture.caseworker, &filter).await.unwrap();
    let numbers = |page: &shared::cases::QueuePage| page.rows.iter().map(|r| r.number.clone()).collect::<Vec<_>>();
    let all = list(QueueFilter::default()).await;
    let expected: Vec<String> = [early.clone(), vec![mine.clone(), asked.clone()]].concat();
    assert_eq!(numbers(&all), expected);
    let clocks: Vec<ClockState> = all.rows.iter().map(|r| r.clock).collect();
    assert_eq!(
        clocks,
        [ClockState::Overdue, ClockState::Overdue, ClockState::Overdue, ClockState::InTime, ClockState::StandsStill]
    );
    let counts = &all.counts;
    assert_eq!((counts.open, counts.mine, counts.unassigned, counts.overdue, counts.near), (5, 1, 3, 3, 0));
    assert_eq!(counts.states, [("submitted".to_owned(), 4), ("correcting".to_owned(), 1)]);
    assert_eq!((all.desks.len(), all.rows[3].mine, all.rows[4].assignee_name.as_deref()), (1, true, Some("李经办")));

    assert_eq!(numbers(&list(QueueFilter { mine: true, ..Default::default() }).await), std::slice::from_ref(&mine));
    assert_eq!(numbers(&list(QueueFilter { unassigned: true, ..Default::default() }).await), early);
    assert_eq!(numbers(&list(QueueFilter { overdue: true, ..Default::default() }).await), early);
    assert_eq!(
        numbers(&list(QueueFilter { state: Some("correcting".into()), ..Default::default() }).await),
        std::slice::from_ref(&asked)
    );
    assert_eq!(numbers(&list(QueueFilter { state: Some("withdrawn".into()), ..Default::default() }).await), [withdrawn]);
    assert_eq!(
        numbers(&list(QueueFilter { text: Some(asked.to_lowercase()), ..Default::default() }).await),
        std::slice::from_ref(&asked)
    );
    assert_eq!(numbers(&list(QueueFilter { text: Some("试办".into()), ..Default::default() }).await), expected);
    assert!(numbers(&list(QueueFilter { text: Some("%%_\0".into()), ..Default::default() }).await).is_empty());
    let newest = list(QueueFilter { sort: QueueSort::Newest, ..Default::default() }).await;
    assert_eq!(newest.rows[0].number, asked);

    let wrong =
        cases::queue(&day, &fixture.caseworker, &QueueFilter { state: Some("lost\0".into()), ..Default::default() }).await;
    assert!(matches!(wrong, Err(Error::Problem(p)) if p == Problem::field("state", FieldErrorKind::NotAnOption)));
    for stranger in [&fixture.resident, &fixture.auditor] {
        assert!(matches!(cases::queue(&day, stranger, &QueueFilter::default()).await, Err(Error::Problem(Problem::Forbidden))));
    }
    let elsewhere = QueueFilter { organisation: Some(fixture.elsewhere), ..Default::default() };
    assert!(matches!(cases::queue(&day, &fixture.caseworker, &elsewhere).await, Err(Error::Problem(Problem::Forbidden))));

    let csv = cases::queue_csv(&day, &fixture.caseworker, &QueueFilter::default(), Lang::Zh).await.unwrap();
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(
        lines[1],
        format!("\"{}\",\"试办\",\"已提交\",\"2026-03-02\",\"2026-03-05\",\"2026-03-09\",\"已超期\",\"\"", early[0])
    );
}

#[tokio::test]
async fn queue_pages_are_contiguous_with_a_constant_statement_count() {
    let fixture = SmallCity::in_march().await;
    let first = fixture.case().await;
    let before = fixture.store().statements();
    cases::queue(fixture.store(), &fixture.caseworker, &QueueFilter::default()).await.unwrap();
    let statements = fixture.store().statements() - before;
    // The day (twice), the rows, the counts, the desks.
    assert_eq!(statements, 5);
    let mut all = vec![first];
    for n in 0..119 {
        let number = fixture.case().await;
        if n % 10 == 0 {
            fixture.act(&fixture.colleague, &number, "ask_correction").await.unwrap();
        }
        all.push(number);
    }
    for sort in [QueueSort::Due, QueueSort::Newest, QueueSort::Oldest] {
        let (mut seen, mut filter) = (Vec::new(), QueueFilter { sort, ..Default::default() });
        loop {
            let before = fixture.store().statements();
            let page = cases::queue(fixture.store(), &fixture.caseworker, &filter).await.unwrap();
            assert_eq!((fixture.store().statements() - before, page.counts.open), (statements, 120));
            seen.extend(page.rows.into_iter().map(|r| r.number));
            filter.after = page.next;
            if filter.after.is_none() {
                break;
            }
        }
        let mut expected = all.clone();
        match sort {
            QueueSort::Newest => expected.reverse(),
            QueueSort::Oldest => {}
            QueueSort::Due => {
                assert!(seen.len() == 120 && seen.iter().skip(108).all(|n| all.iter().position(|a| a == n).unwrap() % 10 == 1));
                seen.sort();
                expected.sort();
            }
        }
        assert_eq!(seen, expected, "{sort:?}");
    }
}

#[tokio::test]
async fn cases_claimed_together_succeed_or_fail_individually() {
    let fixture = SmallCity::in_march().await;
    let (a, b) = (fixture.case().await, fixture.case().await);
    fixture.act(&fixture.colleague, &b, "claim").await.unwrap();
    let numbers = [a.clone(), b.clone(), "TT-20260101-NOTONE".to_owned()];
    for _ in 0..2 {
        let outcome = cases::claim_all(fixture.store(), &fixture.caseworker, &numbers, "several-0001").await.unwrap();
        assert_eq!(outcome.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>(), numbers);
        assert!(outcome[0].1.is_ok() && matches!(outcome[1].1, Err(Problem::Conflict { .. })));
        assert_eq!(outcome[2].1, Err(Problem::NotFound));
    }
    assert_eq!(fixture.record(&a).await, ["submit", "claim"]);
    for wrong in [vec![], vec![a; 51]] {
        assert!(cases::claim_all(fixture.store(), &fixture.caseworker, &wrong, "several-0002").await.is_err());
    }
    assert!(cases::claim_all(fixture.store(), &fixture.resident, &numbers, "several-0003").await.is_err());
}
