//! Tests the escalation engine as a process: concurrency, aborted steps, failures, lost connections, batch size.

use crate::fixture::EscalationFixture;
use crate::fixture::step;
use server::care::{
    escalation::{auditor, engine},
    test_support,
};
use shared::care::escalation::Target::{CityDesk, Dispatchers, Family};
use sqlx::PgPool;
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};
use testing::edge_fixture::within_timeout;
use tokio::sync::watch;

/// Repeats a query until it counts at least one row.
async fn until(fixture: &EscalationFixture, sql: &str) {
    within_timeout(async {
        while fixture.count(sql).await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_engines_execute_each_step_once() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[CityDesk], 20)]).await;
    let mut calls = Vec::new();
    for _ in 0..450 {
        calls.push(fixture.ring().await.0);
    }
    for seconds in [0.5, 20.5, 40.5] {
        let city = fixture.at(seconds);
        let executed = futures::future::join_all((0..3).map(|_| {
            tokio::spawn({
                let city = city.clone();
                async move { engine::tick(&city).await.unwrap() }
            })
        }))
        .await;
        assert_eq!(executed.into_iter().map(Result::unwrap).sum::<usize>(), 450);
    }
    let duplicates = "SELECT count(*) FROM (SELECT 1 FROM care_alert GROUP BY case_id, round, step, account_id, contact_id HAVING count(*) > 1) t";
    assert_eq!(fixture.count(duplicates).await, 0);
    for case in calls.iter().step_by(50) {
        assert_eq!(fixture.steps(*case).await, [(0, 0, 0), (0, 1, 20), (0, 2, 40)]);
    }
    assert!(server::cases::audit::verify(&fixture.state).await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn step_of_an_aborted_engine_is_executed_by_the_next() {
    let fixture = EscalationFixture::new().await;
    let (case, _) = fixture.ring().await;
    // Blocks the engine's transaction when it writes its alerts.
    let mut table_lock = fixture.db.owner.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE care_alert IN SHARE MODE").execute(&mut *table_lock).await.unwrap();
    let city = fixture.at(0.5);
    let engine = tokio::spawn(async move { engine::tick(&city).await });
    let blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'care_alert'::regclass";
    until(&fixture, blocked).await;
    // Meanwhile another engine skips the call, because it is claimed.
    let claimed = fixture.tick(0.5);
    assert_eq!(within_timeout(claimed).await, 0);
    engine.abort();
    assert!(engine.await.unwrap_err().is_cancelled());
    drop(table_lock);
    let again = within_timeout(async {
        loop {
            match fixture.tick(1.0).await {
                0 => tokio::task::yield_now().await,
                executed => return executed,
            }
        }
    })
    .await;
    assert_eq!((again, fixture.steps(case).await), (1, vec![(0, 0, 0)]));
    assert_eq!(fixture.record(case).await, ["press", "escalate"]);
    assert_eq!(fixture.count("SELECT count(*) FROM graphile_worker._private_jobs").await, 1);
}

#[tokio::test]
async fn failing_call_does_not_block_the_others() {
    let fixture = EscalationFixture::new().await;
    let mut calls = Vec::new();
    for _ in 0..5 {
        calls.push(fixture.ring().await.0);
    }
    // The event count of the case is wrong, so that its next event cannot be written.
    fixture.run(&format!("UPDATE cases SET events = 0 WHERE id = '{}'", calls[2])).await;
    let first = fixture.tick(0.5).await;
    assert_eq!(first, 4);
    assert_eq!(fixture.steps(calls[2]).await, []);
    for (index, call) in calls.iter().enumerate().filter(|(i, _)| *i != 2) {
        assert_eq!(fixture.steps(*call).await.len(), 1, "{index}");
    }
    assert_eq!(auditor::check(&fixture.at(10.0)).await.unwrap().overdue, 1);
    fixture.run(&format!("UPDATE cases SET events = 1 WHERE id = '{}'", calls[2])).await;
    assert_eq!(fixture.tick(1.0).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn engine_wakes_for_a_call_survives_lost_connections_and_stops_on_request() {
    let fixture = EscalationFixture::running().await;
    let (stop, stopped) = watch::channel(false);
    let engine = tokio::spawn(engine::run(fixture.state.clone(), stopped.clone()));
    let auditor = tokio::spawn(auditor::run(fixture.state.clone(), stopped));
    until(&fixture, "SELECT count(*) / 2 FROM care_heartbeat").await;
    let store = &fixture.state.store;
    let begun = Instant::now();
    let (first, _) = test_support::open_ringing_call(store, fixture.elder, fixture.centre).await.unwrap();
    until(&fixture, &format!("SELECT count(*) FROM care_alert WHERE case_id = '{first}'")).await;
    let undisturbed = begun.elapsed();
    let superuser = PgPool::connect(&fixture.db.superuser_url).await.unwrap();
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = 'huimin_app'")
        .bind(&fixture.db.name)
        .execute(&superuser)
        .await
        .unwrap();
    let raised = within_timeout(async {
        loop {
            match test_support::open_ringing_call(store, fixture.elder, fixture.centre).await {
                Ok((case, _)) => return case,
                // A terminated connection of the pool; the next one is new.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    let begun = Instant::now();
    until(&fixture, &format!("SELECT count(*) FROM care_alert WHERE case_id = '{raised}'")).await;
    // Ten seconds, or longer on a machine so busy that even the undisturbed step took long.
    let limit = Duration::from_secs(10).max(undisturbed * 10);
    assert!(begun.elapsed() < limit, "{:?}, undisturbed {undisturbed:?}", begun.elapsed());
    stop.send(true).unwrap();
    within_timeout(engine).await.unwrap();
    within_timeout(auditor).await.unwrap();
    superuser.close().await;
}

#[tokio::test]
async fn batch_statement_count_is_independent_of_the_number_of_calls() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[CityDesk], 20)]).await;
    let mut statement_counts = HashSet::new();
    for (seconds, calls) in [(0.5, 1), (1.0, 30)] {
        for _ in 0..calls {
            fixture.ring().await;
        }
        let city = fixture.at(seconds);
        let before = city.store.statements();
        assert_eq!(engine::tick(&city).await.unwrap(), calls);
        statement_counts.insert(city.store.statements() - before);
    }
    assert_eq!(statement_counts.len(), 1, "{statement_counts:?}");
    assert!(statement_counts.iter().all(|n| *n <= 14), "{statement_counts:?}");
}
