//! Measures emergency calls: the time from a press to its acknowledgement and to the dispatcher's screen, the delay of
//! escalation steps with many open calls, and the duration of a ranking.

use super::{
    bench_city::{self, BenchCity, address, error_text},
    desk::Desk,
    measure::{Measured, Step, closed_loop},
    ranking::{self, MIDDLE, RESPONDERS},
    report::{ensure_running, machine, revision, round},
};
use load::{
    browser::Browser,
    caller::{Caller, Press, Way},
};
use serde_json::{Value, json};
use shared::account::demo;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Calls per minute while the board is watched, and the duration.
const CALLS_PER_MINUTE: u32 = 200;
const WATCHED: Duration = Duration::from_secs(90);
/// Callers in turn, so that a slow response does not delay the next press.
const CALLERS: u8 = 16;
/// The time from a press to its cancellation: within the countdown, and after the board has shown the call.
const CANCEL_DELAY: Duration = Duration::from_secs(8);
/// Open calls while escalation steps are measured, and the duration.
const OPEN: u32 = 10_000;
const TIMED: Duration = Duration::from_secs(60);
/// Requests for the page of a call with its suggestions.
const PAGE_LOADS: usize = 200;

pub(super) fn measure_all(bench_city: &mut BenchCity) -> Result<Value, String> {
    let begun = Instant::now();
    let progress = |what: &str| eprintln!("{:>4} s  {what}", begun.elapsed().as_secs());
    progress("making the city");
    let mut served = bench_city.serve_with_commit_times()?;
    let to = bench_city.program.address;
    let numbers = AtomicU32::new(0);

    progress("calls by the minute, watched at a desk");
    let mut desk = Desk::new(bench_city, to)?;
    let (ack, board) = press_at_fixed_rate(to, &desk, &numbers)?;
    ensure_running(&mut served)?;

    progress("ranking");
    let ranking = ranking::measure()?;
    progress("a call among many responders");
    bench_city.add_responders(RESPONDERS)?;
    let page = suggestions(to, &mut desk, &numbers)?;

    progress("opening many calls");
    let open = open_many(to, &numbers)?;
    progress("timing their steps");
    let (lateness, backlog) = steps(bench_city)?;
    let memory = served.memory_kib().map_err(error_text)?;
    ensure_running(&mut served)?;
    served.end().map_err(error_text)?;
    progress("done");
    Ok(json!({
        "press_to_ack_ms": ack.p50_p99_max(),
        "press_to_board_ms": board.p50_p99_max(),
        "calls_a_minute": CALLS_PER_MINUTE,
        "calls_watched": board.count(),
        "escalation_lateness_ms": lateness.p50_p99_max(),
        "steps_timed": lateness.count(),
        "open_calls": OPEN,
        "most_overdue_seen_ms": round(backlog * 1000.0),
        "press_to_ack_ms_closed_loop": { "p50": round(open.percentile_ms(50)), "p99": round(open.percentile_ms(99)), "a_second": round(open.per_second()) },
        "ranking_ms": ranking.p50_p99(),
        "suggest_page_ms": page.p50_p99(),
        "responders": RESPONDERS,
        "rss_mb": round(f64::from(memory) / 1024.0),
        "pool": bench_city::POOL,
        "seconds_in_all": begun.elapsed().as_secs(),
        "revision": revision(),
        "machine": machine(bench_city),
    }))
}

/// A press of a new caller, near the middle of the watched district.
fn press(numbers: &AtomicU32) -> Result<Press, String> {
    let serial = 60_000_000 + numbers.fetch_add(1, Ordering::Relaxed);
    let callback = demo::phone(serial).map_err(|e| format!("{e:?}"))?;
    let mut press = Press::new(callback.as_str().to_owned());
    press.at = Some(MIDDLE);
    Ok(press)
}

/// Open-loop load: presses at a fixed rate, independent of responses. Latency counts from the scheduled time. Each press is
/// cancelled some seconds later, so that the board keeps a realistic size.
fn press_at_fixed_rate(to: SocketAddr, desk: &Desk, numbers: &AtomicU32) -> Result<(Measured, Measured), String> {
    let pressed: Mutex<BTreeMap<String, Instant>> = Mutex::default();
    let acknowledged: Mutex<Vec<u32>> = Mutex::default();
    let interval = Duration::from_secs(60) / CALLS_PER_MINUTE;
    let start = Instant::now() + Duration::from_secs(1);
    let presses = u32::try_from(WATCHED.as_millis() / interval.as_millis()).map_err(error_text)?;
    let locked = |e: &dyn std::fmt::Display| e.to_string();
    let call = |caller: u8| -> Result<(), String> {
        let mut browser = Caller::new(Browser::new(to, address(caller)), Way::Phone);
        let mut open: Vec<(Instant, Press)> = Vec::new();
        for index in (u32::from(caller)..presses).step_by(usize::from(CALLERS)) {
            let due = start + interval * index;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let press = press(numbers)?;
            let number = browser.send(&press)?;
            acknowledged.lock().map_err(|e| locked(&e))?.push(Measured::micros(due.elapsed()));
            pressed.lock().map_err(|e| locked(&e))?.insert(number, due);
            open.push((Instant::now(), press));
            let (due_cancellations, remaining): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|(at, _)| at.elapsed() >= CANCEL_DELAY);
            open = remaining;
            due_cancellations.iter().try_for_each(|(_, press)| browser.cancel(press).map(drop))?;
        }
        for (at, press) in open {
            std::thread::sleep((at + CANCEL_DELAY).saturating_duration_since(Instant::now()));
            browser.cancel(&press)?;
        }
        Ok(())
    };
    let seen = std::thread::scope(|scope| {
        let watching = scope.spawn(|| desk.watch(start + WATCHED + CANCEL_DELAY));
        let callers: Vec<_> = (0..CALLERS)
            .map(|n| {
                scope.spawn({
                    let call = &call;
                    move || call(n)
                })
            })
            .collect();
        callers.into_iter().try_for_each(|c| c.join().unwrap_or_else(|_| Err("a caller broke down".to_owned())))?;
        watching.join().unwrap_or_else(|_| Err("the desk broke down".to_owned()))
    })?;
    let mut shown = Vec::new();
    for (number, due) in pressed.into_inner().map_err(error_text)? {
        let at = seen.get(&number).ok_or_else(|| format!("the board never showed {number}"))?;
        shown.push(Measured::micros(at.saturating_duration_since(due)));
    }
    Ok((Measured::of(acknowledged.into_inner().map_err(error_text)?, WATCHED)?, Measured::of(shown, WATCHED)?))
}

/// Raises calls all over the city, as fast as they are acknowledged, until enough are open.
fn open_many(to: SocketAddr, numbers: &AtomicU32) -> Result<Measured, String> {
    let mut callers: Vec<Caller> = (0..CALLERS).map(|n| Caller::new(Browser::new(to, address(n)), Way::Phone)).collect();
    let opened = AtomicU32::new(0);
    closed_loop(&mut callers, Duration::ZERO, Duration::from_secs(900), |caller| {
        let turn = opened.fetch_add(1, Ordering::Relaxed);
        if turn >= OPEN {
            return Ok(Step::NothingLeft);
        }
        let mut press = press(numbers)?;
        press.at = Some(ranking::place(turn));
        caller.send(&press)?;
        Ok(Step::Done)
    })
}

/// The delay of escalation steps from their due time to the commit, and the longest observed backlog in seconds.
fn steps(bench_city: &BenchCity) -> Result<(Measured, f64), String> {
    let from = bench_city.clock()?;
    let begun = Instant::now();
    let mut backlog = 0.0_f64;
    while begun.elapsed() < TIMED {
        backlog = backlog.max(bench_city.most_overdue()?);
        std::thread::sleep(Duration::from_millis(100));
    }
    Measured::of(bench_city.lateness(from)?, TIMED).map(|measured| (measured, backlog))
}

/// The dispatcher's page of a call, with suggestions from many responders.
fn suggestions(to: SocketAddr, desk: &mut Desk, numbers: &AtomicU32) -> Result<Measured, String> {
    let mut caller = Caller::new(Browser::new(to, address(CALLERS)), Way::Phone);
    let number = caller.send(&press(numbers)?)?;
    desk.answer(&number)?;
    let begun = Instant::now();
    let mut micros = Vec::new();
    for _ in 0..PAGE_LOADS {
        let before = Instant::now();
        desk.open_call(&number)?;
        micros.push(Measured::micros(before.elapsed()));
    }
    desk.call_off(&number)?;
    Measured::of(micros, begun.elapsed())
}
