//! Tests the job worker and the periodic tasks.

use server::worker::{PERIODIC, run_periodic_task, run_worker};
use testing::edge_fixture::{EdgeFixture, mail_server, within_timeout};
use tokio::sync::watch;

#[tokio::test]
async fn worker_survives_lost_connections_and_takes_over_orphaned_jobs() {
    let (url, mut letters) = mail_server(0).await;
    let fixture = EdgeFixture::with(|config| config.smtp_url = Some(url)).await;
    let account = fixture.account(Some("li@example.cn"), None, "zh").await;

    // A job that was locked by a process that died.
    let orphan = fixture.notice(account, None).await;
    sqlx::query(
        "UPDATE graphile_worker._private_jobs SET locked_by = 'dead', locked_at = now() - interval '1 minute', attempts = 1",
    )
    .execute(fixture.owner())
    .await
    .unwrap();

    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(run_worker(fixture.state.clone(), stopped));
    assert!(within_timeout(letters.recv()).await.unwrap().contains(&orphan.to_string()));

    // Waits for the queue to be empty, so that the connections are terminated while the worker is idle.
    within_timeout(async { while fixture.jobs().await > 0 {} }).await;
    fixture.terminate_connections().await;
    let second = fixture.notice(account, None).await;
    assert!(within_timeout(letters.recv()).await.unwrap().contains(&second.to_string()));

    stop.send(true).unwrap();
    within_timeout(worker).await.unwrap().unwrap();
    assert_eq!(fixture.delivery(orphan).await.unwrap().0, "sent");
    assert_eq!(fixture.delivery(second).await.unwrap().0, "sent");
}

#[tokio::test]
async fn failed_job_is_retried() {
    let (url, mut letters) = mail_server(1).await;
    let fixture = EdgeFixture::with(|config| config.smtp_url = Some(url)).await;
    let account = fixture.account(Some("li@example.cn"), None, "zh").await;
    let notice = fixture.notice(account, None).await;
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(run_worker(fixture.state.clone(), stopped));
    assert!(within_timeout(letters.recv()).await.unwrap().contains(&notice.to_string()));
    drop(stop);
    within_timeout(worker).await.unwrap().unwrap();
    assert_eq!(fixture.delivery(notice).await, Some(("sent".to_owned(), 2)));
}

#[tokio::test]
async fn periodic_task_runs_in_one_process_at_a_time() {
    let fixture = EdgeFixture::new().await;
    let sweep = PERIODIC.iter().find(|task| task.name == "sweep").unwrap();
    sqlx::query("INSERT INTO idempotency (actor, route, key, body_hash, outcome, at) VALUES ('a', 'r', '12345678', '', 'null', now() - interval '31 days'), ('a', 'r', '87654321', '', 'null', now())")
        .execute(fixture.owner())
        .await
        .unwrap();
    let mut other = fixture.owner().begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('huimin.periodic'), hashtext('sweep'))")
        .execute(&mut *other)
        .await
        .unwrap();
    assert!(!run_periodic_task(&fixture.state, sweep).await.unwrap());
    other.commit().await.unwrap();
    assert!(run_periodic_task(&fixture.state, sweep).await.unwrap());
    let remaining: Vec<String> = sqlx::query_scalar("SELECT key FROM idempotency").fetch_all(fixture.owner()).await.unwrap();
    assert_eq!(remaining, ["87654321"]);
}

#[tokio::test]
async fn every_periodic_task_runs_on_an_empty_database() {
    let fixture = EdgeFixture::new().await;
    for task in PERIODIC {
        assert!(run_periodic_task(&fixture.state, task).await.unwrap(), "{}", task.name);
    }
}
