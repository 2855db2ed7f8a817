//! Tests `server::cases` on a real Postgres: permissions, idempotency, atomicity, and the record of events.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use futures::future::join_all;
use serde_json::json;
use server::{
    Task,
    cases::{self},
};
use shared::{
    FieldErrorKind, Problem,
    ids::{AccountId, PersonId},
};
use testing::small_city::SmallCity;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_32_concurrent_decisions_succeeds() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    fixture.act(&fixture.caseworker, &number, "claim").await.unwrap();
    let version = fixture.version(&number).await;
    let decisions = (0..32).map(|n| {
        let (fixture, number) = (&fixture, &number);
        let action = ["accept", "not_accept", "ask_correction"][n % 3];
        async move {
            fixture.with(fixture.store(), &fixture.caseworker, number, action, Some(version), &fixture.key(), json!({})).await
        }
    });
    let outcomes = join_all(decisions).await;
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
    for refused in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(refused, Problem::Conflict { version: now, .. } if now == version + 1), "{refused:?}");
    }
    assert_eq!(fixture.record(&number).await.len(), 3);
    assert!(cases::audit::verify(&fixture.state).await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_idempotency_key_makes_one_change_and_rejects_other_content() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let key = fixture.key();
    let send = |text: &'static str| {
        let (fixture, number, key) = (&fixture, &number, &key);
        async move { fixture.with(fixture.store(), &fixture.caseworker, number, "note", None, key, json!({ "note": text })).await }
    };
    let all = join_all((0..8).map(|_| send("先看户籍"))).await;
    let first = all[0].clone().unwrap();
    assert!(all.iter().all(|o| o.as_ref() == Ok(&first)));
    assert_eq!(fixture.record(&number).await, ["submit", "note"]);
    let reused = send("另一内容").await.unwrap_err();
    assert_eq!((&reused, reused.status()), (&Problem::KeyReused, 422));
    assert_eq!(fixture.record(&number).await, ["submit", "note"]);
    // The same key of another actor is a different key.
    fixture.with(fixture.store(), &fixture.colleague, &number, "note", None, &key, json!({ "note": "我也看" })).await.unwrap();
}

#[tokio::test]
async fn rejected_change_does_not_consume_its_idempotency_key() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let (key, version) = (fixture.key(), Some(fixture.version(&number).await));
    let send = |sentence: &'static str| {
        fixture.with(fixture.store(), &fixture.caseworker, &number, "not_accept", version, &key, json!({ "sentence": sentence }))
    };
    assert_eq!(send("短").await.unwrap_err(), Problem::field("sentence", FieldErrorKind::TooShort { min: 5 }));
    assert_eq!(send("不属于本部门职权范围").await.unwrap().state, "not_accepted");
}

#[tokio::test]
async fn stale_version_is_rejected_as_a_conflict() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let seen = fixture.version(&number).await;
    fixture.act(&fixture.caseworker, &number, "claim").await.unwrap();
    let stale =
        fixture.with(fixture.store(), &fixture.caseworker, &number, "accept", Some(seen), &fixture.key(), json!({})).await;
    let Err(Problem::Conflict { number: about, state, version, allowed }) = stale else { panic!("{stale:?}") };
    assert_eq!((about, state.as_str(), version), (number.clone(), "submitted", seen + 1));
    for action in ["release", "hand_over", "accept", "ask_correction", "not_accept", "note"] {
        assert!(allowed.iter().any(|a| a == action), "{action} in {allowed:?}");
    }
    let none = fixture.with(fixture.store(), &fixture.caseworker, &number, "accept", None, &fixture.key(), json!({})).await;
    assert!(matches!(none, Err(Problem::Conflict { .. })), "{none:?}");
    fixture.act(&fixture.caseworker, &number, "accept").await.unwrap();
    // An action of another state is a conflict; an action of no state is not found.
    assert!(matches!(fixture.act(&fixture.caseworker, &number, "accept").await, Err(Problem::Conflict { .. })));
    assert_eq!(fixture.act(&fixture.caseworker, &number, "dance").await, Err(Problem::NotFound));
}

#[tokio::test]
async fn failed_change_is_rolled_back_completely() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let everything = "SELECT (SELECT count(*) FROM event) * 1000000 + (SELECT count(*) FROM idempotency) * 10000
        + (SELECT count(*) FROM notice) * 100 + (SELECT count(*) FROM operator_warning)";
    let (before, version) = (fixture.count(everything).await, fixture.version(&number).await);
    let key = fixture.key();
    let request = testing::act::ActRequest {
        number: &number,
        action: "accept",
        version: Some(version),
        key: &key,
        input: json!({ "fail": true }),
    };
    assert!(matches!(testing::act::perform(fixture.store(), &fixture.caseworker, request).await, Err(server::Error::Broken(_))));
    assert_eq!((fixture.count(everything).await, fixture.version(&number).await), (before, version));
    fixture.with(fixture.store(), &fixture.caseworker, &number, "accept", Some(version), &key, json!({})).await.unwrap();
}

#[tokio::test]
async fn proposer_cannot_approve() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    for action in ["claim", "accept", "propose_grant"] {
        fixture.act(&fixture.supervisor, &number, action).await.unwrap();
    }
    assert_eq!(fixture.act(&fixture.caseworker, &number, "approve_grant").await, Err(Problem::Forbidden));
    assert_eq!(fixture.act(&fixture.supervisor, &number, "approve_grant").await, Err(Problem::Forbidden));
    assert_eq!(fixture.act(&fixture.supervisor, &number, "send_back").await, Err(Problem::Forbidden));
    // The assignment to the proposer does not block the approver.
    fixture.act(&fixture.chief, &number, "claim").await.unwrap();
    assert_eq!(fixture.act(&fixture.chief, &number, "approve_grant").await.unwrap().state, "granted");
    assert_eq!(
        fixture.count("SELECT count(*) FROM cases WHERE state = 'granted' AND closed_at IS NOT NULL AND due_on IS NULL").await,
        1
    );
}

#[tokio::test]
async fn case_claimed_by_a_colleague_cannot_be_processed() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    fixture.act(&fixture.caseworker, &number, "claim").await.unwrap();
    assert_eq!(fixture.act(&fixture.colleague, &number, "accept").await, Err(Problem::Forbidden));
    assert_eq!(fixture.act(&fixture.colleague, &number, "release").await, Err(Problem::Forbidden));
    let claimed = fixture.act(&fixture.colleague, &number, "claim").await;
    assert!(matches!(claimed, Err(Problem::Conflict { .. })), "{claimed:?}");
    let to = |whom: &server::Actor| json!({ "colleague": whom.account });
    let hand_over =
        |whom| fixture.with(fixture.store(), &fixture.caseworker, &number, "hand_over", None, "hand-over-1", to(whom));
    assert_eq!(hand_over(&fixture.resident).await, Err(Problem::field("colleague", FieldErrorKind::NotAnOption)));
    assert_eq!(hand_over(&fixture.auditor).await, Err(Problem::field("colleague", FieldErrorKind::NotAnOption)));
    hand_over(&fixture.colleague).await.unwrap();
    fixture.act(&fixture.colleague, &number, "accept").await.unwrap();
}

#[tokio::test]
async fn absent_colleagues_cannot_receive_cases() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let names = |actor| cases::colleagues(fixture.store(), actor, fixture.organisation);
    assert_eq!(names(&fixture.caseworker).await.unwrap().len(), 4);
    sqlx::query("INSERT INTO absence (id, account_id, days) VALUES ($1, $2, daterange($3::text::date, $3::text::date + 3))")
        .bind(uuid::Uuid::now_v7())
        .bind(fixture.colleague.account.map(AccountId::uuid))
        .bind(testing::small_city::IN_MARCH)
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    assert!(names(&fixture.caseworker).await.unwrap().iter().all(|(id, _)| Some(*id) != fixture.colleague.account));
    let input = json!({ "colleague": fixture.colleague.account });
    let refused = fixture.with(fixture.store(), &fixture.caseworker, &number, "hand_over", None, &fixture.key(), input).await;
    assert_eq!(refused, Err(Problem::field("colleague", FieldErrorKind::NotAnOption)));
    assert!(cases::colleagues(fixture.store(), &fixture.caseworker, fixture.elsewhere).await.is_err());
}

#[tokio::test]
async fn staff_cannot_process_their_own_case() {
    let fixture = SmallCity::in_march().await;
    let mut insider = fixture.supervisor.clone();
    insider.person = fixture.resident.person;
    let number = fixture.case().await;
    for action in ["claim", "accept", "note"] {
        assert_eq!(fixture.act(&insider, &number, action).await, Err(Problem::Forbidden), "{action}");
    }
    sqlx::query("UPDATE account SET person_id = NULL WHERE id = $1")
        .bind(fixture.resident.account.map(AccountId::uuid))
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    sqlx::query("UPDATE account SET person_id = $2 WHERE id = $1")
        .bind(insider.account.map(AccountId::uuid))
        .bind(insider.person.map(PersonId::uuid))
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    let page = cases::case_page(fixture.store(), &insider, &number).await.unwrap();
    assert_eq!(page.viewer, shared::cases::Viewer::Applicant);
    fixture.act(&insider, &number, "withdraw").await.unwrap();
}

#[tokio::test]
async fn cases_of_others_are_not_found() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let mut stranger = fixture.caseworker.clone();
    stranger.memberships[0].organisation = fixture.elsewhere;
    let mut half_signed_in = fixture.caseworker.clone();
    half_signed_in.second_factor = false;
    let anonymous = server::Actor::anonymous();
    assert_eq!(fixture.act(&anonymous, &number, "claim").await, Err(Problem::SignInFirst));
    assert!(cases::case_page(fixture.store(), &anonymous, &number).await.is_err());
    for actor in [&fixture.neighbour, &stranger, &half_signed_in, &fixture.auditor] {
        assert_eq!(fixture.act(actor, &number, "claim").await, Err(Problem::NotFound));
        assert!(cases::case_page(fixture.store(), actor, &number).await.is_err());
    }
    assert_eq!(fixture.act(&fixture.resident, &number, "accept").await, Err(Problem::Forbidden));
}

#[tokio::test]
async fn malformed_numbers_actions_and_keys_are_rejected() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let long = "B".repeat(5000);
    for wrong in ["", "\0", "TT-1\0", "'; DROP TABLE event; --", "办件办件", &long] {
        assert!(matches!(
            cases::case_page(fixture.store(), &fixture.caseworker, wrong).await,
            Err(server::Error::Problem(Problem::NotFound))
        ));
        let key = fixture.key();
        let by_number =
            fixture.with(fixture.store(), &fixture.caseworker, wrong, "note", None, &key, json!({ "note": "x" })).await;
        let by_action = fixture.with(fixture.store(), &fixture.caseworker, &number, wrong, None, &key, json!({})).await;
        assert_eq!((by_number, by_action), (Err(Problem::NotFound), Err(Problem::NotFound)), "{wrong:?}");
        let by_key =
            fixture.with(fixture.store(), &fixture.caseworker, &number, "note", None, wrong, json!({ "note": "x" })).await;
        assert!(matches!(by_key, Err(Problem::Invalid { .. })), "{wrong:?}");
    }
    let input = json!({ "note": "a\0b" });
    fixture.with(fixture.store(), &fixture.caseworker, &number, "note", None, &fixture.key(), input).await.unwrap();
}

#[tokio::test]
async fn app_role_cannot_change_or_delete_events() {
    let fixture = SmallCity::in_march().await;
    fixture.case().await;
    let app = fixture.db.app(1);
    for statement in [
        "UPDATE event SET facts = '{}'",
        "DELETE FROM event",
        "TRUNCATE event",
        "DELETE FROM cases",
        "ALTER TABLE event DISABLE ROW LEVEL SECURITY",
    ] {
        let mut tx = app.begin().await.unwrap();
        sqlx::query("SELECT set_config('huimin.task', 'operation', true)").execute(&mut *tx).await.unwrap();
        let refused = sqlx::query(statement).execute(&mut *tx).await.unwrap_err();
        assert_eq!(refused.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"), "{statement}");
    }
    for right in ["UPDATE", "DELETE", "TRUNCATE"] {
        let granted: bool = sqlx::query_scalar("SELECT has_table_privilege('huimin_app', 'event', $1)")
            .bind(right)
            .fetch_one(&fixture.db.owner)
            .await
            .unwrap();
        assert!(!granted, "{right}");
    }
}

/// Lock and statement timeouts are reported as unavailable, and a NUL character, which Postgres does not store, as invalid text.
#[tokio::test]
async fn database_timeouts_are_reported_as_unavailable() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    let (one, other) = (server::Actor::system(Task::Operation), server::Actor::system(Task::Operation));
    let lock = "SELECT id FROM cases WHERE number = $1 FOR UPDATE";
    let holder = fixture.store().write(&one).await.unwrap();
    holder.run(lock, [number.clone().into()]).await.unwrap();
    for limit in ["lock_timeout", "statement_timeout"] {
        let waiter = fixture.store().write(&other).await.unwrap();
        waiter.run(&format!("SET LOCAL {limit} = 1"), []).await.unwrap();
        let problem = waiter.run(lock, [number.clone().into()]).await.unwrap_err().into_problem("r");
        assert_eq!(problem, Problem::Unavailable { retry_after: 5 }, "{limit}");
    }
    let problem = holder.run(lock, ["\0".into()]).await.unwrap_err().into_problem("r");
    assert_eq!(problem, Problem::field("", FieldErrorKind::NotText));
}
