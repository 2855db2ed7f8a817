//! Tests the test databases and `migrate`: one database per test, and concurrent migrations.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use server::migrate::migrate;
use sqlx::{Connection, PgConnection, Row};
use testing::TestDb;

#[tokio::test]
async fn every_test_has_its_own_migrated_database() {
    let (one, two) = (TestDb::new().await, TestDb::new().await);
    sqlx::query("CREATE TABLE only_here (id int)").execute(&one.owner).await.unwrap();
    let sql = "SELECT to_regclass('only_here') IS NOT NULL, to_regclass('cases') IS NOT NULL, to_regclass('graphile_worker.jobs') IS NOT NULL";
    let existing_tables = async |db: &TestDb| {
        let row = sqlx::query(sql).fetch_one(&db.owner).await.unwrap();
        (0..3).map(|n| row.get(n)).collect::<Vec<bool>>()
    };
    assert_eq!(existing_tables(&one).await, [true, true, true]);
    assert_eq!(existing_tables(&two).await, [false, true, true]);

    let app = two.app(1);
    let current_user: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&app).await.unwrap();
    assert_eq!(current_user, "huimin_app");
    assert!(sqlx::query("DROP TABLE cases").execute(&app).await.is_err());
}

#[tokio::test]
async fn test_database_is_dropped_with_its_handle() {
    let db = TestDb::new().await;
    let (url, name) = (db.superuser_url.replace(&db.name, "postgres"), db.name.clone());
    drop(db);
    let mut superuser = PgConnection::connect(&url).await.unwrap();
    let remaining: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(name)
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    assert_eq!(remaining, 0);
}

#[tokio::test]
async fn repeated_and_concurrent_migrations_apply_once() {
    let db = TestDb::empty().await;
    let (a, b, c) = tokio::join!(migrate(&db.owner_url), migrate(&db.owner_url), migrate(&db.owner_url));
    let mut applied = [a.unwrap(), b.unwrap(), c.unwrap()];
    applied.sort_by_key(Vec::len);
    assert!(applied[0].is_empty() && applied[1].is_empty());
    assert_eq!(applied[2].first().map(String::as_str), Some("0001_actor"));
    assert_eq!(applied[2].len(), migrations::sources().count());
    assert!(migrate(&db.owner_url).await.unwrap().is_empty());
}
