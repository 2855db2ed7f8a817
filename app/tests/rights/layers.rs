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
    "care_alert",
    "care_call",
    "care_contact",
    "care_device",
    "care_duty",
    "care_offer",
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

/// Switches the trigger that keeps who an account is on or off.
pub async fn keep_who(db: &TestDb, on: bool) {
    let word = if on { "ENABLE" } else { "DISABLE" };
    let sql = format!("ALTER TABLE account {word} TRIGGER account_keeps_who");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.owner).await.unwrap();
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

/// Tables without policies that name a person, an account or a case, or hold something sealed; and why they have none.
pub const BARE: &[(&str, &str)] =
    &[("session", "hashes and what only the vault opens; found by the secret of a cookie, before anybody is known")];

/// The tables of the serving role without policies that look personal, by name.
pub async fn bare(db: &TestDb) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c
          WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
            AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND (a.attname IN ('person_id', 'account_id', 'case_id', 'subject_id') OR a.attname LIKE '%sealed'))
          ORDER BY 1",
    )
    .fetch_all(&db.owner)
    .await
    .unwrap()
}

/// Policies whose absence nobody notices by asking and writing as the matrix does. Each is one that allows: without it less
/// may be done, never more; and who notices that.
pub const UNNOTICED: &[(&str, &str)] = &[
    ("care_centre_public", "no centre is found for a call: dispatch tests"),
    ("care_contact_seen", "nobody names a contact: tests of care"),
    ("care_duty_own", "nobody goes on duty: dispatch tests"),
    ("care_policy_read", "no call escalates: tests of escalation"),
    ("care_profile_seen", "nobody keeps a card: tests of care"),
    ("care_responder_own", "responders cannot say where they are: tests of responders"),
    ("care_rota_made", "no shift is made: dispatch tests"),
    ("care_rota_read", "only chiefs see whose turn it is, and nobody their own: dispatch tests"),
    ("event_written", "no case goes on: every test of the one door"),
    ("event_written_by_banks", "no bank does anything: finance tests"),
    ("finance_consent_ended_by_house", "what has run out is not marked: finance tests"),
    ("finance_consent_seen_by_house", "what has run out is not found: finance tests"),
    ("offer_ended", "no offer is taken: finance tests"),
    ("organisation_seen", "no case has a department: every test of cases"),
];

/// A policy of the store.
pub struct Policy {
    pub table: String,
    pub name: String,
    made_by: String,
}

/// Every policy.
pub async fn every_policy(db: &TestDb) -> Vec<Policy> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT c.relname::text, p.polname::text, format('CREATE POLICY %I ON %I AS %s FOR %s %s %s', p.polname, c.relname,
                CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
           FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
          WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2",
    )
    .fetch_all(&db.owner)
    .await
    .unwrap();
    rows.into_iter().map(|(table, name, made_by)| Policy { table, name, made_by }).collect()
}

impl Policy {
    /// Takes it away.
    pub async fn remove(&self, db: &TestDb) {
        let sql = format!("DROP POLICY {} ON {}", self.name, self.table);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.owner).await.unwrap();
    }

    /// Makes it again, as it was.
    pub async fn restore(&self, db: &TestDb) {
        sqlx::raw_sql(AssertSqlSafe(self.made_by.clone())).execute(&db.owner).await.unwrap();
    }
}
