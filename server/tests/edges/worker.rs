use server::worker::{PERIODIC, run_periodic_task, run_worker};
use testing::edge_fixture::{EdgeFixture, mail_server, soon};
use tokio::sync::watch;

#[tokio::test]
async fn a_worker_outlives_its_connections_and_takes_over_from_the_dead() {
    let (url, mut letters) = mail_server(0).await;
    let fixture = EdgeFixture::with(|config| config.smtp_url = Some(url)).await;
    let account = fixture.account(Some("li@example.cn"), None, "zh").await;

    // A job that a process took and did not live to finish.
    let orphan = fixture.notice(account, None).await;
    sqlx::query(
        "UPDATE graphile_worker._private_jobs SET locked_by = 'dead', locked_at = now() - interval '1 minute', attempts = 1",
    )
    .execute(fixture.owner())
    .await
    .unwrap();

    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(run_worker(fixture.city.clone(), stopped));
    assert!(soon(letters.recv()).await.unwrap().contains(&orphan.to_string()));

    // Done to its end, so that the cut meets a worker at rest.
    soon(async { while fixture.jobs().await > 0 {} }).await;
    fixture.cut().await;
    let later = fixture.notice(account, None).await;
    assert!(soon(letters.recv()).await.unwrap().contains(&later.to_string()));

    stop.send(true).unwrap();
    soon(worker).await.unwrap().unwrap();
    assert_eq!(fixture.delivery(orphan).await.unwrap().0, "sent");
    assert_eq!(fixture.delivery(later).await.unwrap().0, "sent");
}

#[tokio::test]
async fn a_failed_job_is_tried_again() {
    let (url, mut letters) = mail_server(1).await;
    let fixture = EdgeFixture::with(|config| config.smtp_url = Some(url)).await;
    let account = fixture.account(Some("li@example.cn"), None, "zh").await;
    let notice = fixture.notice(account, None).await;
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(run_worker(fixture.city.clone(), stopped));
    assert!(soon(letters.recv()).await.unwrap().contains(&notice.to_string()));
    drop(stop);
    soon(worker).await.unwrap().unwrap();
    assert_eq!(fixture.delivery(notice).await, Some(("sent".to_owned(), 2)));
}

#[tokio::test]
async fn what_is_due_is_done_by_one_at_a_time() {
    let fixture = EdgeFixture::new().await;
    let sweep = PERIODIC.iter().find(|due| due.name == "sweep").unwrap();
    sqlx::query("INSERT INTO idempotency (actor, route, key, body_hash, outcome, at) VALUES ('a', 'r', '12345678', '', 'null', now() - interval '31 days'), ('a', 'r', '87654321', '', 'null', now())")
        .execute(fixture.owner())
        .await
        .unwrap();
    let mut other = fixture.owner().begin().await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('huimin.periodic'), hashtext('sweep'))")
        .execute(&mut *other)
        .await
        .unwrap();
    assert!(!run_periodic_task(&fixture.city, sweep).await.unwrap());
    other.commit().await.unwrap();
    assert!(run_periodic_task(&fixture.city, sweep).await.unwrap());
    let left: Vec<String> = sqlx::query_scalar("SELECT key FROM idempotency").fetch_all(fixture.owner()).await.unwrap();
    assert_eq!(left, ["87654321"]);
}

#[tokio::test]
async fn everything_that_is_due_runs_on_an_empty_city() {
    let fixture = EdgeFixture::new().await;
    for due in PERIODIC {
        assert!(run_periodic_task(&fixture.city, due).await.unwrap(), "{}", due.name);
    }
}
