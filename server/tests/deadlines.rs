//! Clocks over real days, and what happens by itself when time passes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the functions that tests share may stop at once, too"
)]

mod city;

use city::Town;
use jiff::civil::{Date, date};
use server::{
    Actor,
    cases::{self, Summary, run_deadlines},
};
use shared::cases::{CaseView, ClockView, WorkCalendar};

/// The case as the caseworker sees it on a day.
async fn seen(town: &Town, number: &str, day: &str) -> CaseView {
    cases::case_page(&town.on(day).await.store, &town.caseworker, number).await.unwrap()
}

async fn act(town: &Town, day: &str, actor: &Actor, number: &str, action: &str) {
    town.act_in(&town.on(day).await.store, actor, number, action).await.unwrap();
}

fn clock<'a>(view: &'a CaseView, name: &str) -> &'a ClockView {
    view.clocks.iter().find(|c| c.clock == name).unwrap()
}

fn dues(clock: &ClockView) -> (Option<Date>, Option<Date>) {
    (clock.legal_due, clock.promised_due)
}

async fn due_on(town: &Town, number: &str) -> Option<String> {
    sqlx::query_scalar("SELECT due_on::text FROM cases WHERE number = $1").bind(number).fetch_one(&town.db.owner).await.unwrap()
}

async fn told(town: &Town, kind: &str) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM notice WHERE kind = $1").bind(kind).fetch_one(&town.db.owner).await.unwrap()
}

/// The last year with a published calendar, and the one after it.
fn last_and_next() -> (i16, i16) {
    let last = WorkCalendar::PUBLISHED.published_until().year();
    (last, last + 1)
}

/// March 2026 has no holidays; the 2nd is a Monday. Five legal days, three promised; twenty and ten for the decision.
#[tokio::test]
async fn a_clock_stands_still_while_the_applicant_is_asked() {
    let town = Town::in_march().await;
    let number = town.case_in(&town.on("2026-03-02").await.store).await;
    let fresh = seen(&town, &number, "2026-03-02").await;
    assert_eq!(dues(clock(&fresh, "acceptance")), (Some(date(2026, 3, 9)), Some(date(2026, 3, 5))));
    assert_eq!(due_on(&town, &number).await.as_deref(), Some("2026-03-05"));

    act(&town, "2026-03-04", &town.caseworker, &number, "ask_correction").await;
    let paused = seen(&town, &number, "2026-03-10").await;
    let acceptance = clock(&paused, "acceptance");
    assert!(acceptance.stands_still && !acceptance.overdue);
    assert_eq!((acceptance.elapsed, acceptance.counted, dues(acceptance)), (Some(6), Some(2), (None, None)));
    assert_eq!(due_on(&town, &number).await, None);

    act(&town, "2026-03-11", &town.resident, &number, "correct").await;
    let resumed = seen(&town, &number, "2026-03-11").await;
    assert_eq!(dues(clock(&resumed, "acceptance")), (Some(date(2026, 3, 16)), Some(date(2026, 3, 12))));
    assert_eq!(clock(&resumed, "acceptance").counted, Some(2));

    act(&town, "2026-03-12", &town.caseworker, &number, "accept").await;
    let accepted = seen(&town, &number, "2026-03-12").await;
    assert_eq!(clock(&accepted, "acceptance").stopped_on, Some(date(2026, 3, 12)));
    assert_eq!(clock(&accepted, "acceptance").counted, Some(3));
    // Twenty working days, with Qingming on 6 April off.
    assert_eq!(dues(clock(&accepted, "decision")), (Some(date(2026, 4, 10)), Some(date(2026, 3, 26))));
}

#[tokio::test]
async fn staff_are_told_once_when_time_runs_out_and_once_when_it_has() {
    let town = Town::in_march().await;
    let number = town.case_in(&town.on("2026-03-02").await.store).await;
    act(&town, "2026-03-02", &town.caseworker, &number, "accept").await;
    let nothing = Summary { warned: 0, ..Summary::default() };
    assert_eq!(run_deadlines(&town.on("2026-03-23").await).await.unwrap(), nothing);
    // 16 of 20 days are used up on the 24th; the caseworker has it by accepting, two supervisors stand behind.
    for (day, warned) in [("2026-03-24", 1), ("2026-03-24", 0), ("2026-03-30", 0)] {
        assert_eq!(run_deadlines(&town.on(day).await).await.unwrap().warned, warned, "{day}");
        assert_eq!((told(&town, "deadline_warning").await, told(&town, "deadline_overdue").await), (3, 0));
    }
    assert!(clock(&seen(&town, &number, "2026-03-30").await, "decision").warn);
    for (day, warned) in [("2026-03-31", 1), ("2026-04-01", 0)] {
        assert_eq!(run_deadlines(&town.on(day).await).await.unwrap().warned, warned, "{day}");
        assert_eq!((told(&town, "deadline_warning").await, told(&town, "deadline_overdue").await), (3, 3));
    }
    let late = seen(&town, &number, "2026-04-01").await;
    assert_eq!((clock(&late, "decision").overdue, clock(&late, "decision").overdue_days), (true, Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_acceptance_from_the_day_the_materials_came_in() {
    let town = Town::in_march().await;
    let store = town.on("2026-03-02").await.store;
    let number = town.case_in(&store).await;
    let asked = town.case_in(&store).await;
    act(&town, "2026-03-03", &town.caseworker, &asked, "ask_correction").await;
    assert_eq!(run_deadlines(&town.on("2026-03-09").await).await.unwrap().run_out, 0);
    let late = town.on("2026-03-10").await;
    let runs = futures::future::join_all((0..4).map(|_| run_deadlines(&late))).await;
    assert_eq!(runs.iter().map(|r| r.as_ref().unwrap().run_out).sum::<u32>(), 1);
    assert!(runs.iter().all(|r| r.as_ref().unwrap().failed == 0));
    assert_eq!(town.record(&number).await, ["submit", "accept_by_silence"]);
    let view = seen(&town, &number, "2026-03-10").await;
    assert_eq!((view.state.as_str(), clock(&view, "decision").started_on), ("in_review", date(2026, 3, 2)));
    assert_eq!(clock(&view, "decision").counted, Some(6));
    // What waits for the applicant is not accepted by silence.
    assert_eq!(seen(&town, &asked, "2026-03-30").await.state, "correcting");
    assert!(cases::audit::verify(&town.city).await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn what_waited_for_a_calendar_is_computed_from_the_record_when_it_is_there() {
    let town = Town::in_march().await;
    let number = town.case_in(&town.on("2026-03-02").await.store).await;
    act(&town, "2026-03-04", &town.caseworker, &number, "ask_correction").await;
    act(&town, "2026-03-11", &town.resident, &number, "correct").await;
    let before = seen(&town, &number, "2026-03-11").await.clocks;
    // As it would stand had the calendar of 2026 not been published yet.
    town.superuser(
        "UPDATE case_clock SET legal_due = NULL, promised_due = NULL, warn_on = NULL, pending_year = 2026, counted_days = 0,
             counted_pending = 2026; UPDATE cases SET due_on = NULL",
    )
    .await;
    let pending = seen(&town, &number, "2026-03-11").await;
    assert_eq!(
        (pending.clocks[0].pending_year, pending.clocks[0].counted, dues(&pending.clocks[0])),
        (Some(2026), None, (None, None))
    );
    assert_eq!(run_deadlines(&town.on("2026-03-11").await).await.unwrap().recounted, 1);
    assert_eq!(seen(&town, &number, "2026-03-11").await.clocks, before);
    assert_eq!(due_on(&town, &number).await.as_deref(), Some("2026-03-12"));
    assert_eq!(run_deadlines(&town.on("2026-03-11").await).await.unwrap().recounted, 0);
}

#[tokio::test]
async fn a_deadline_in_a_year_without_calendar_is_pending_and_work_goes_on() {
    let town = Town::in_march().await;
    let (last, next) = last_and_next();
    let (eve, of_next) = (format!("{last}-12-30"), |day: &str| format!("{next}-{day}"));
    let number = town.case_in(&town.on(&eve).await.store).await;
    let view = seen(&town, &number, &eve).await;
    assert_eq!((view.clocks[0].pending_year, dues(&view.clocks[0])), (Some(next), (None, None)));
    assert_eq!(due_on(&town, &number).await, None);
    act(&town, &of_next("01-05"), &town.caseworker, &number, "ask_correction").await;
    act(&town, &of_next("01-06"), &town.resident, &number, "correct").await;
    act(&town, &of_next("01-07"), &town.caseworker, &number, "accept").await;
    let view = seen(&town, &number, &of_next("01-07")).await;
    assert_eq!((clock(&view, "acceptance").counted, clock(&view, "acceptance").pending_year), (None, Some(next)));
    assert_eq!((clock(&view, "decision").pending_year, dues(clock(&view, "decision"))), (Some(next), (None, None)));
    let summary = run_deadlines(&town.on(&of_next("02-01")).await).await.unwrap();
    assert_eq!((summary.run_out, summary.failed, summary.recounted), (0, 0, 0));
}

#[tokio::test]
async fn the_operator_knows_which_calendar_is_missing() {
    let town = Town::in_march().await;
    let (last, next) = last_and_next();
    for (day, missing) in [("10-30", None), ("11-10", Some(next)), ("11-11", Some(next)), ("10-30", None)] {
        let day = format!("{last}-{day}");
        assert_eq!(run_deadlines(&town.on(&day).await).await.unwrap().calendar_missing, missing, "{day}");
        let warned: Option<String> = sqlx::query_scalar("SELECT detail FROM operator_warning WHERE code = 'calendar_missing'")
            .fetch_optional(&town.db.owner)
            .await
            .unwrap();
        assert_eq!(warned, missing.map(|year| year.to_string()), "{day}");
    }
}
