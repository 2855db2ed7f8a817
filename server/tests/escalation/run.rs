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
use testing::edge_fixture::soon;
use tokio::sync::watch;

/// Asks until the answer is yes.
async fn until(fixture: &EscalationFixture, question: &str) {
    soon(async {
        while fixture.count(question).await == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_engines_at_once_each_step_is_taken_by_one() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[CityDesk], 20)]).await;
    let mut calls = Vec::new();
    for _ in 0..450 {
        calls.push(fixture.ring().await.0);
    }
    for seconds in [0.5, 20.5, 40.5] {
        let city = fixture.at(seconds);
        let taken = futures::future::join_all((0..3).map(|_| {
            tokio::spawn({
                let city = city.clone();
                async move { engine::tick(&city).await.unwrap() }
            })
        }))
        .await;
        assert_eq!(taken.into_iter().map(Result::unwrap).sum::<usize>(), 450);
    }
    let twice = "SELECT count(*) FROM (SELECT 1 FROM care_alert GROUP BY case_id, round, step, account_id, contact_id HAVING count(*) > 1) t";
    assert_eq!(fixture.count(twice).await, 0);
    for case in calls.iter().step_by(50) {
        assert_eq!(fixture.steps(*case).await, [(0, 0, 0), (0, 1, 20), (0, 2, 40)]);
    }
    assert!(server::cases::audit::verify(&fixture.city).await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_claim_and_send_it_is_done_by_the_next() {
    let fixture = EscalationFixture::new().await;
    let (case, _) = fixture.ring().await;
    // Its transaction gets as far as writing whom it calls, and no further.
    let mut gate = fixture.db.owner.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE care_alert IN SHARE MODE").execute(&mut *gate).await.unwrap();
    let city = fixture.at(0.5);
    let engine = tokio::spawn(async move { engine::tick(&city).await });
    let waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'care_alert'::regclass";
    until(&fixture, waits).await;
    // Meanwhile nobody else takes it: it is claimed.
    let claimed = fixture.tick(0.5);
    assert_eq!(soon(claimed).await, 0);
    engine.abort();
    assert!(engine.await.unwrap_err().is_cancelled());
    drop(gate);
    let again = soon(async {
        loop {
            match fixture.tick(1.0).await {
                0 => tokio::task::yield_now().await,
                taken => return taken,
            }
        }
    })
    .await;
    assert_eq!((again, fixture.steps(case).await), (1, vec![(0, 0, 0)]));
    assert_eq!(fixture.record(case).await, ["press", "escalate"]);
    assert_eq!(fixture.count("SELECT count(*) FROM graphile_worker._private_jobs").await, 1);
}

#[tokio::test]
async fn one_call_that_fails_does_not_stop_the_others() {
    let fixture = EscalationFixture::new().await;
    let mut calls = Vec::new();
    for _ in 0..5 {
        calls.push(fixture.ring().await.0);
    }
    // Its record and its count of events disagree, so that the next event cannot be written.
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
async fn it_wakes_for_a_call_survives_a_restart_of_postgres_and_ends_when_told() {
    let fixture = EscalationFixture::running().await;
    let (stop, stopped) = watch::channel(false);
    let engine = tokio::spawn(engine::run(fixture.city.clone(), stopped.clone()));
    let auditor = tokio::spawn(auditor::run(fixture.city.clone(), stopped));
    until(&fixture, "SELECT count(*) / 2 FROM care_heartbeat").await;
    let store = &fixture.city.store;
    let begun = Instant::now();
    let (first, _) = test_support::ring(store, fixture.elder, fixture.centre).await.unwrap();
    until(&fixture, &format!("SELECT count(*) FROM care_alert WHERE case_id = '{first}'")).await;
    let undisturbed = begun.elapsed();
    let superuser = PgPool::connect(&fixture.db.superuser_url).await.unwrap();
    sqlx::query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = 'huimin_app'")
        .bind(&fixture.db.name)
        .execute(&superuser)
        .await
        .unwrap();
    let raised = soon(async {
        loop {
            match test_support::ring(store, fixture.elder, fixture.centre).await {
                Ok((case, _)) => return case,
                // A connection of the pool that was cut: the next one is fresh.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    let begun = Instant::now();
    until(&fixture, &format!("SELECT count(*) FROM care_alert WHERE case_id = '{raised}'")).await;
    // Ten seconds, or more on a machine that is so busy that even the undisturbed step took long.
    let within = Duration::from_secs(10).max(undisturbed * 10);
    assert!(begun.elapsed() < within, "{:?}, undisturbed {undisturbed:?}", begun.elapsed());
    stop.send(true).unwrap();
    soon(engine).await.unwrap();
    soon(auditor).await.unwrap();
    superuser.close().await;
}

#[tokio::test]
async fn a_batch_takes_a_handful_of_statements_however_many_calls() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[CityDesk], 20)]).await;
    let mut taken = HashSet::new();
    for (seconds, calls) in [(0.5, 1), (1.0, 30)] {
        for _ in 0..calls {
            fixture.ring().await;
        }
        let city = fixture.at(seconds);
        let before = city.store.statements();
        assert_eq!(engine::tick(&city).await.unwrap(), calls);
        taken.insert(city.store.statements() - before);
    }
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert!(taken.iter().all(|n| *n <= 14), "{taken:?}");
}
