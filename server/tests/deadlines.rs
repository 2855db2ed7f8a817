//! Tests clocks over working days, and the jobs that run when deadlines pass.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use jiff::civil::{Date, date};
use server::{
    Actor,
    cases::{self, Summary, run_deadlines},
};
use shared::cases::{CaseView, ClockView, WorkCalendar};
use testing::small_city::SmallCity;

/// The case as the caseworker sees it on a day.
async fn view_on(fixture: &SmallCity, number: &str, day: &str) -> CaseView {
    cases::case_page(&fixture.on(day).await.store, &fixture.caseworker, number).await.unwrap()
}

async fn act(fixture: &SmallCity, day: &str, actor: &Actor, number: &str, action: &str) {
    fixture.act_in(&fixture.on(day).await.store, actor, number, action).await.unwrap();
}

fn clock<'a>(view: &'a CaseView, name: &str) -> &'a ClockView {
    view.clocks.iter().find(|c| c.clock == name).unwrap()
}

fn dues(clock: &ClockView) -> (Option<Date>, Option<Date>) {
    (clock.legal_due, clock.promised_due)
}

async fn due_on(fixture: &SmallCity, number: &str) -> Option<String> {
    sqlx::query_scalar("SELECT due_on::text FROM cases WHERE number = $1")
        .bind(number)
        .fetch_one(&fixture.db.owner)
        .await
        .unwrap()
}

async fn notice_count(fixture: &SmallCity, kind: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM notice WHERE kind = $1").bind(kind).fetch_one(&fixture.db.owner).await.unwrap()
}

/// The last year with a published calendar, and the one after it.
fn last_and_next() -> (i16, i16) {
    let last = WorkCalendar::PUBLISHED.published_until().year();
    (last, last + 1)
}

/// March 2026 has no holidays; the 2nd is a Monday. Acceptance: five legal and three promised days; decision: twenty and ten.
#[tokio::test]
async fn clock_is_paused_while_a_correction_is_requested() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case_in(&fixture.on("2026-03-02").await.store).await;
    let fresh = view_on(&fixture, &number, "2026-03-02").await;
    assert_eq!(dues(clock(&fresh, "acceptance")), (Some(date(2026, 3, 9)), Some(date(2026, 3, 5))));
    assert_eq!(due_on(&fixture, &number).await.as_deref(), Some("2026-03-05"));

    act(&fixture, "2026-03-04", &fixture.caseworker, &number, "ask_correction").await;
    let paused = view_on(&fixture, &number, "2026-03-10").await;
    let acceptance = clock(&paused, "acceptance");
    assert!(acceptance.is_paused && !acceptance.overdue);
    assert_eq!((acceptance.elapsed, acceptance.counted, dues(acceptance)), (Some(6), Some(2), (None, None)));
    assert_eq!(due_on(&fixture, &number).await, None);

    act(&fixture, "2026-03-11", &fixture.resident, &number, "correct").await;
    let resumed = view_on(&fixture, &number, "2026-03-11").await;
    assert_eq!(dues(clock(&resumed, "acceptance")), (Some(date(2026, 3, 16)), Some(date(2026, 3, 12))));
    assert_eq!(clock(&resumed, "acceptance").counted, Some(2));

    act(&fixture, "2026-03-12", &fixture.caseworker, &number, "accept").await;
    let accepted = view_on(&fixture, &number, "2026-03-12").await;
    assert_eq!(clock(&accepted, "acceptance").stopped_on, Some(date(2026, 3, 12)));
    assert_eq!(clock(&accepted, "acceptance").counted, Some(3));
    // Twenty working days, without the Qingming holiday on 6 April.
    assert_eq!(dues(clock(&accepted, "decision")), (Some(date(2026, 4, 10)), Some(date(2026, 3, 26))));
}

#[tokio::test]
async fn staff_are_notified_once_before_and_once_after_a_deadline() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case_in(&fixture.on("2026-03-02").await.store).await;
    act(&fixture, "2026-03-02", &fixture.caseworker, &number, "accept").await;
    let nothing = Summary { warned: 0, ..Summary::default() };
    assert_eq!(run_deadlines(&fixture.on("2026-03-23").await).await.unwrap(), nothing);
    // 16 of 20 days have passed on the 24th; the caseworker (assigned by accepting) and two supervisors are notified.
    for (day, warned) in [("2026-03-24", 1), ("2026-03-24", 0), ("2026-03-30", 0)] {
        assert_eq!(run_deadlines(&fixture.on(day).await).await.unwrap().warned, warned, "{day}");
        assert_eq!((notice_count(&fixture, "deadline_warning").await, notice_count(&fixture, "deadline_overdue").await), (3, 0));
    }
    assert!(clock(&view_on(&fixture, &number, "2026-03-30").await, "decision").warn);
    for (day, warned) in [("2026-03-31", 1), ("2026-04-01", 0)] {
        assert_eq!(run_deadlines(&fixture.on(day).await).await.unwrap().warned, warned, "{day}");
        assert_eq!((notice_count(&fixture, "deadline_warning").await, notice_count(&fixture, "deadline_overdue").await), (3, 3));
    }
    let late = view_on(&fixture, &number, "2026-04-01").await;
    assert_eq!((clock(&late, "decision").overdue, clock(&late, "decision").overdue_days), (true, Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tacit_acceptance_counts_from_the_submission_date() {
    let fixture = SmallCity::in_march().await;
    let store = fixture.on("2026-03-02").await.store;
    let number = fixture.case_in(&store).await;
    let asked = fixture.case_in(&store).await;
    act(&fixture, "2026-03-03", &fixture.caseworker, &asked, "ask_correction").await;
    assert_eq!(run_deadlines(&fixture.on("2026-03-09").await).await.unwrap().run_out, 0);
    let late = fixture.on("2026-03-10").await;
    let runs = futures::future::join_all((0..4).map(|_| run_deadlines(&late))).await;
    assert_eq!(runs.iter().map(|r| r.as_ref().unwrap().run_out).sum::<u32>(), 1);
    assert!(runs.iter().all(|r| r.as_ref().unwrap().failed == 0));
    assert_eq!(fixture.record(&number).await, ["submit", "accept_by_silence"]);
    let view = view_on(&fixture, &number, "2026-03-10").await;
    assert_eq!((view.state.as_str(), clock(&view, "decision").started_on), ("in_review", date(2026, 3, 2)));
    assert_eq!(clock(&view, "decision").counted, Some(6));
    // A case that waits for the applicant is not accepted tacitly.
    assert_eq!(view_on(&fixture, &asked, "2026-03-30").await.state, "correcting");
    assert!(cases::audit::verify(&fixture.state).await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn pending_deadlines_are_computed_when_the_calendar_is_published() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case_in(&fixture.on("2026-03-02").await.store).await;
    act(&fixture, "2026-03-04", &fixture.caseworker, &number, "ask_correction").await;
    act(&fixture, "2026-03-11", &fixture.resident, &number, "correct").await;
    let before = view_on(&fixture, &number, "2026-03-11").await.clocks;
    // The state as if the calendar of 2026 were not published yet.
    fixture
        .superuser(
            "UPDATE case_clock SET legal_due = NULL, promised_due = NULL, warn_on = NULL, pending_year = 2026, counted_days = 0,
             counted_pending_year = 2026; UPDATE cases SET due_on = NULL",
        )
        .await;
    let pending = view_on(&fixture, &number, "2026-03-11").await;
    assert_eq!(
        (pending.clocks[0].pending_year, pending.clocks[0].counted, dues(&pending.clocks[0])),
        (Some(2026), None, (None, None))
    );
    assert_eq!(run_deadlines(&fixture.on("2026-03-11").await).await.unwrap().recounted, 1);
    assert_eq!(view_on(&fixture, &number, "2026-03-11").await.clocks, before);
    assert_eq!(due_on(&fixture, &number).await.as_deref(), Some("2026-03-12"));
    assert_eq!(run_deadlines(&fixture.on("2026-03-11").await).await.unwrap().recounted, 0);
}

#[tokio::test]
async fn deadline_in_a_year_without_calendar_is_pending_and_does_not_block_work() {
    let fixture = SmallCity::in_march().await;
    let (last, next) = last_and_next();
    let (eve, of_next) = (format!("{last}-12-30"), |day: &str| format!("{next}-{day}"));
    let number = fixture.case_in(&fixture.on(&eve).await.store).await;
    let view = view_on(&fixture, &number, &eve).await;
    assert_eq!((view.clocks[0].pending_year, dues(&view.clocks[0])), (Some(next), (None, None)));
    assert_eq!(due_on(&fixture, &number).await, None);
    act(&fixture, &of_next("01-05"), &fixture.caseworker, &number, "ask_correction").await;
    act(&fixture, &of_next("01-06"), &fixture.resident, &number, "correct").await;
    act(&fixture, &of_next("01-07"), &fixture.caseworker, &number, "accept").await;
    let view = view_on(&fixture, &number, &of_next("01-07")).await;
    assert_eq!((clock(&view, "acceptance").counted, clock(&view, "acceptance").pending_year), (None, Some(next)));
    assert_eq!((clock(&view, "decision").pending_year, dues(clock(&view, "decision"))), (Some(next), (None, None)));
    let summary = run_deadlines(&fixture.on(&of_next("02-01")).await).await.unwrap();
    assert_eq!((summary.run_out, summary.failed, summary.recounted), (0, 0, 0));
}

#[tokio::test]
async fn operator_is_warned_of_a_missing_calendar() {
    let fixture = SmallCity::in_march().await;
    let (last, next) = last_and_next();
    for (day, missing) in [("10-30", None), ("11-10", Some(next)), ("11-11", Some(next)), ("10-30", None)] {
        let day = format!("{last}-{day}");
        assert_eq!(run_deadlines(&fixture.on(&day).await).await.unwrap().calendar_missing, missing, "{day}");
        let warned: Option<String> = sqlx::query_scalar("SELECT detail FROM operator_warning WHERE code = 'calendar_missing'")
            .fetch_optional(&fixture.db.owner)
            .await
            .unwrap();
        assert_eq!(warned, missing.map(|year| year.to_string()), "{day}");
    }
}
