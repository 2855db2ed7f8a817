//! Tests that `huimin audit verify` detects changes that a database superuser made to the record.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use server::cases::{
    audit::{Fault, Report, Written, verify, write_root},
    chain::{EVENT_COLUMNS, EventRow},
    roots,
};
use shared::ids::{AccountId, CaseId, EventId, PersonId};
use sqlx::{AssertSqlSafe, Row};
use testing::small_city::SmallCity;
use uuid::Uuid;

/// Waits until every transaction up to now has ended: a root waits for transactions of other tests in the cluster, too.
async fn wait_for_open_transactions(fixture: &SmallCity) {
    let begun = std::time::Instant::now();
    while fixture.count("SELECT count(*) FROM event WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())").await > 0 {
        assert!(begun.elapsed().as_secs() < 600, "a transaction does not end");
        tokio::task::yield_now().await;
    }
}

/// Two cases with some events, covered by two roots, and one more event since.
async fn fixture() -> (SmallCity, String) {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    for action in ["claim", "accept"] {
        fixture.act(&fixture.caseworker, &number, action).await.unwrap();
    }
    wait_for_open_transactions(&fixture).await;
    assert!(matches!(write_root(&fixture.state).await.unwrap(), Written::Root(root) if root.n == 1 && root.events == 3));
    let other = fixture.case().await;
    fixture.act(&fixture.resident, &other, "withdraw").await.unwrap();
    fixture.act(&fixture.caseworker, &number, "propose_grant").await.unwrap();
    wait_for_open_transactions(&fixture).await;
    assert!(matches!(write_root(&fixture.state).await.unwrap(), Written::Root(root) if root.n == 2 && root.events == 3));
    assert_eq!(write_root(&fixture.state).await.unwrap(), Written::NothingNew);
    fixture.act(&fixture.chief, &number, "approve_grant").await.unwrap();
    let report = verify(&fixture.state).await.unwrap();
    assert_eq!((report.events, report.cases, report.roots, report.uncovered), (7, 2, 2, 1), "{report}");
    assert!(report.faults.is_empty() && report.to_string().ends_with("the record holds"), "{report}");
    (fixture, number)
}

async fn verify_faulty(fixture: &SmallCity) -> Report {
    let report = verify(&fixture.state).await.unwrap();
    assert!(report.to_string().ends_with("the record does not hold"), "{report}");
    report
}

fn has_digest_fault(report: &Report, root: u64) -> bool {
    report.faults.iter().any(|f| matches!(f, Fault::RootDigest { n, .. } if *n == root))
}

#[tokio::test]
async fn edited_event_is_detected() {
    let (fixture, number) = fixture().await;
    fixture.superuser("UPDATE event SET facts = '{\"x\":1}' WHERE action = 'accept'").await;
    assert_eq!(verify_faulty(&fixture).await.faults, [Fault::Altered { case: number, seq: 3 }]);
}

#[tokio::test]
async fn edited_actor_or_time_is_detected() {
    let (fixture, number) = fixture().await;
    fixture.superuser("UPDATE event SET actor_id = NULL WHERE action = 'claim'; UPDATE event SET at = at - interval '1 day' WHERE action = 'accept'").await;
    assert_eq!(
        verify_faulty(&fixture).await.faults,
        [Fault::Altered { case: number.clone(), seq: 2 }, Fault::Altered { case: number, seq: 3 }]
    );
}

/// A recomputed hash chain is consistent, but does not match the roots.
#[tokio::test]
async fn rebuilt_hash_chain_is_detected_by_the_root() {
    let (fixture, number) = fixture().await;
    let owner = &fixture.db.owner;
    fixture.superuser("UPDATE event SET action = 'ask_correction' WHERE action = 'accept'").await;
    let mut prev: Vec<u8> = Vec::new();
    for seq in 1..=5 {
        let statement = format!(
            "SELECT {} FROM event e WHERE seq = $2 AND case_id = (SELECT id FROM cases WHERE number = $1)",
            EVENT_COLUMNS
        );
        let row = sqlx::query(AssertSqlSafe(statement)).bind(&number).bind(seq).fetch_one(owner).await.unwrap();
        let mut event = EventRow {
            id: EventId(row.get("id")),
            case_id: CaseId(row.get("case_id")),
            seq: row.get("seq"),
            at: row.get("at"),
            actor_id: row.get::<Option<Uuid>, _>("actor_id").map(AccountId),
            actor_kind: row.get("actor_kind"),
            person_id: PersonId(row.get("person_id")),
            action: row.get("action"),
            from_state: row.get("from_state"),
            to_state: row.get("to_state"),
            facts: row.get("facts"),
            sealed: row.get("sealed"),
            prev: prev.clone(),
            hash: Vec::new(),
        };
        event.hash = event.expected_hash();
        sqlx::query("UPDATE event SET prev = $2, hash = $3 WHERE id = $1")
            .bind(event.id.uuid())
            .bind(&event.prev)
            .bind(&event.hash)
            .execute(owner)
            .await
            .unwrap();
        prev = event.hash;
    }
    sqlx::query("UPDATE cases SET head = $2 WHERE number = $1").bind(&number).bind(&prev).execute(owner).await.unwrap();
    let report = verify_faulty(&fixture).await;
    assert!(report.faults.len() == 2 && has_digest_fault(&report, 1) && has_digest_fault(&report, 2), "{report}");
}

#[tokio::test]
async fn deleted_event_is_detected() {
    let (fixture, number) = fixture().await;
    fixture.superuser("DELETE FROM event WHERE action = 'claim'").await;
    let report = verify_faulty(&fixture).await;
    assert!(
        report.faults.contains(&Fault::Gap { case: number, expected: 2, found: 3 }) && has_digest_fault(&report, 1),
        "{report}"
    );
}

#[tokio::test]
async fn deleted_case_is_detected() {
    let (fixture, _) = fixture().await;
    fixture
        .superuser(
            "CREATE TEMP TABLE deleted AS SELECT id FROM cases WHERE state = 'withdrawn';
         SET session_replication_role = replica;
         DELETE FROM event WHERE case_id IN (SELECT id FROM deleted); DELETE FROM cases WHERE id IN (SELECT id FROM deleted)",
        )
        .await;
    let report = verify_faulty(&fixture).await;
    assert!(report.faults.len() == 1 && has_digest_fault(&report, 2), "{report}");
    fixture.superuser("SET session_replication_role = replica; DELETE FROM cases").await;
    assert!(verify_faulty(&fixture).await.faults.iter().any(|f| matches!(f, Fault::Orphan { .. })));
}

#[tokio::test]
async fn reordered_events_are_detected() {
    let (fixture, number) = fixture().await;
    fixture
        .superuser(
            "UPDATE event SET seq = -1 WHERE action = 'claim'; UPDATE event SET seq = 2 WHERE action = 'accept';
         UPDATE event SET seq = 3 WHERE action = 'claim'",
        )
        .await;
    let report = verify_faulty(&fixture).await;
    assert!(report.faults.contains(&Fault::Altered { case: number, seq: 2 }) && has_digest_fault(&report, 1), "{report}");
}

#[tokio::test]
async fn event_moved_to_another_transaction_is_detected() {
    let (fixture, _) = fixture().await;
    fixture.superuser("UPDATE event SET xid = (xid::text::bigint + 100000)::text::xid8 WHERE action = 'withdraw'").await;
    let report = verify_faulty(&fixture).await;
    assert!(report.faults.len() == 1 && has_digest_fault(&report, 2), "{report}");
}

/// Deletes the last event of the case and adjusts the case, so that the chain is consistent.
const TRUNCATE: &str = "DELETE FROM event e USING cases c WHERE c.id = e.case_id AND e.seq = c.events AND c.state <> 'withdrawn';
    UPDATE cases c SET events = e.seq, head = e.hash, state = e.to_state FROM event e
     WHERE e.case_id = c.id AND e.seq = c.events - 1 AND c.state <> 'withdrawn'";

#[tokio::test]
async fn truncation_is_detected_before_the_last_root_but_not_after_it() {
    let (fixture, number) = fixture().await;
    fixture.superuser("DELETE FROM event WHERE action = 'approve_grant'").await;
    assert_eq!(verify_faulty(&fixture).await.faults, [Fault::End { case: number }]);
    // As described in docs/audit.md: the removal of events since the last root is undetected if the case is adjusted.
    fixture
        .superuser(
            "UPDATE cases c SET events = e.seq, head = e.hash, state = e.to_state FROM event e
         WHERE e.case_id = c.id AND e.seq = c.events - 1 AND c.state <> 'withdrawn'",
        )
        .await;
    assert!(verify(&fixture.state).await.unwrap().faults.is_empty());
    fixture.superuser(TRUNCATE).await;
    let report = verify_faulty(&fixture).await;
    assert!(report.faults.len() == 1 && has_digest_fault(&report, 2), "{report}");
}

#[tokio::test]
async fn state_without_a_matching_event_is_detected() {
    let (fixture, _) = fixture().await;
    fixture.superuser("UPDATE cases SET state = 'granted' WHERE state = 'withdrawn'").await;
    assert!(matches!(verify_faulty(&fixture).await.faults.as_slice(), [Fault::State { .. }]));
}

#[tokio::test]
async fn manipulated_root_file_is_detected() {
    let (fixture, _) = fixture().await;
    let path = roots::path(&fixture.state.config.data_dir);
    let text = std::fs::read_to_string(&path).unwrap();
    let (first, second) = text.trim_end().split_once('\n').unwrap();
    let last = verify(&fixture.state).await.unwrap().last_root;
    for (name, changed, expected) in [
        ("edited", format!("{}\n{second}\n", first.replace("\"events\":3", "\"events\":4")), Fault::RootSignature { n: 1 }),
        ("first removed", format!("{second}\n"), Fault::RootUnlinked { n: 2 }),
        ("swapped", format!("{second}\n{first}\n"), Fault::RootUnlinked { n: 1 }),
        ("garbled", format!("{first}\nroot\n"), Fault::RootUnreadable { line: 2 }),
    ] {
        std::fs::write(&path, changed).unwrap();
        assert!(verify_faulty(&fixture).await.faults.contains(&expected), "{name}");
    }
    // A truncated file is detected only by comparing it with a copy of its last line.
    std::fs::write(&path, format!("{first}\n")).unwrap();
    let report = verify(&fixture.state).await.unwrap();
    assert!(report.faults.is_empty() && report.last_root != last && report.uncovered == 4);
    // An incomplete line of a killed writer is ignored.
    std::fs::write(&path, format!("{first}\n{{\"n\":2")).unwrap();
    assert!(verify(&fixture.state).await.unwrap().faults.is_empty());
    wait_for_open_transactions(&fixture).await;
    assert!(matches!(write_root(&fixture.state).await.unwrap(), Written::Root(root) if root.n == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_root_writers_keep_one_chain_and_do_not_wait_for_open_transactions() {
    let fixture = SmallCity::in_march().await;
    let number = fixture.case().await;
    wait_for_open_transactions(&fixture).await;
    // An open transaction delays the root for all later events.
    let mut open = fixture.db.owner.begin().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()::text").execute(&mut *open).await.unwrap();
    fixture.act(&fixture.caseworker, &number, "claim").await.unwrap();
    let all = futures::future::join_all((0..6).map(|_| write_root(&fixture.state))).await;
    assert_eq!(all.into_iter().filter(|w| matches!(w, Ok(Written::Root(_)))).count(), 1);
    let report = verify(&fixture.state).await.unwrap();
    assert!(report.faults.is_empty() && report.uncovered == 1, "{report}");
    open.commit().await.unwrap();
    wait_for_open_transactions(&fixture).await;
    let all = futures::future::join_all((0..6).map(|_| write_root(&fixture.state))).await;
    assert_eq!(all.into_iter().filter(|w| matches!(w, Ok(Written::Root(_)))).count(), 1);
    let report = verify(&fixture.state).await.unwrap();
    assert_eq!((report.faults.len(), report.roots, report.uncovered), (0, 2, 0), "{report}");
}

#[tokio::test]
async fn erasing_a_person_keeps_the_chain_valid() {
    let (fixture, number) = fixture().await;
    fixture.superuser("UPDATE person_key SET key_sealed = NULL, destroyed_at = huimin_now()").await;
    assert!(verify(&fixture.state).await.unwrap().faults.is_empty());
    let page = server::cases::case_page(fixture.store(), &fixture.resident, &number).await.unwrap();
    assert!(page.timeline.iter().any(|e| e.content == shared::cases::Content::Erased));
    let input = serde_json::json!({ "note": "还有一事" });
    let note = fixture.with(fixture.store(), &fixture.caseworker, &number, "note", None, &fixture.key(), input).await;
    assert_eq!(note, Err(shared::Problem::Forbidden));
}

/// The procedure of docs/audit.md for a database restored from a dump.
#[tokio::test]
async fn root_file_restarts_after_a_database_restore() {
    let (fixture, _) = fixture().await;
    let path = roots::path(&fixture.state.config.data_dir);
    fixture.superuser("UPDATE event SET xid = pg_current_xact_id()").await;
    assert!(!verify(&fixture.state).await.unwrap().faults.is_empty());
    std::fs::rename(&path, path.with_extension("old")).unwrap();
    wait_for_open_transactions(&fixture).await;
    assert!(matches!(write_root(&fixture.state).await.unwrap(), Written::Root(root) if (root.n, root.events) == (1, 7)));
    let report = verify(&fixture.state).await.unwrap();
    assert!(report.faults.is_empty() && report.uncovered == 0, "{report}");
}
