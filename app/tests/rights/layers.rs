//! The layer of the store: which tables have policies, and switching them off and on.

use sqlx::AssertSqlSafe;
use testing::TestDb;

/// Every table with row-level policies, by name.
pub const RLS_TABLES: &[&str] = &[
    "absence",
    "account",
    "administration",
    "application",
    "application_revision",
    "care_call",
    "care_contact",
    "care_device",
    "care_duty",
    "care_offer",
    "care_page",
    "care_policy",
    "care_press",
    "care_profile",
    "care_responder",
    "care_rota",
    "case_clock",
    "cases",
    "correction",
    "credit_decision",
    "decision",
    "delivery",
    "demand",
    "demand_detail",
    "diligence",
    "draft",
    "enterprise",
    "event",
    "finance_consent",
    "finance_read",
    "idempotency",
    "invitation",
    "mandate",
    "membership",
    "notice",
    "offer",
    "organisation",
    "person",
    "person_key",
    "rating",
    "register_read",
    "upload",
];

/// Switches the policies of these tables on or off, as the owner.
pub async fn policies(db: &TestDb, tables: &[&str], on: bool) {
    for table in tables {
        let word = if on { "ENABLE" } else { "DISABLE" };
        let sql = format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.owner).await.unwrap();
    }
}

/// Takes away the constraints that back the gate's four eyes in the store.
pub async fn drop_four_eyes(db: &TestDb) {
    sqlx::raw_sql("ALTER TABLE decision DROP CONSTRAINT four_eyes; DROP TRIGGER credit_four_eyes ON credit_decision")
        .execute(&db.owner)
        .await
        .unwrap();
}

/// The tables the store guards, by name; not `bank_product` and `care_centre`, whose policies let everybody
/// read and guard writing alone.
pub async fn guarded(db: &TestDb) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace AND relname NOT IN ('bank_product', 'care_centre') ORDER BY relname",
    )
    .fetch_all(&db.owner)
    .await
    .unwrap()
}
