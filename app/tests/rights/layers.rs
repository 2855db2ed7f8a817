//! Lists the tables with row-level policies, and switches policies, triggers and constraints of the store off and on.

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
pub async fn set_policies(db: &TestDb, tables: &[&str], enabled: bool) {
    for table in tables {
        let word = if enabled { "ENABLE" } else { "DISABLE" };
        let sql = format!("ALTER TABLE {table} {word} ROW LEVEL SECURITY");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.owner).await.unwrap();
    }
}

/// Switches the trigger that prevents a change of an account's person on or off.
pub async fn set_identity_trigger(db: &TestDb, enabled: bool) {
    let word = if enabled { "ENABLE" } else { "DISABLE" };
    let sql = format!("ALTER TABLE account {word} TRIGGER account_identity_protected");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.owner).await.unwrap();
}

/// Drops the constraint and the trigger that enforce the four-eyes rule in the store.
pub async fn drop_four_eyes(db: &TestDb) {
    sqlx::raw_sql("ALTER TABLE decision DROP CONSTRAINT four_eyes; DROP TRIGGER credit_four_eyes ON credit_decision")
        .execute(&db.owner)
        .await
        .unwrap();
}

/// The tables with row-level policies in the store, by name, except `bank_product` and `care_centre`, whose policies restrict
/// only writing.
pub async fn tables_with_policies(db: &TestDb) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace AND relname NOT IN ('bank_product', 'care_centre') ORDER BY relname",
    )
    .fetch_all(&db.owner)
    .await
    .unwrap()
}

/// Tables without policies that refer to a person, an account or a case or contain sealed data, and the reason.
pub const WITHOUT_POLICIES: &[(&str, &str)] =
    &[("session", "hashes and sealed data; looked up by the secret of a cookie, before the actor is known")];

/// The tables without policies that refer to a person, an account or a case or contain sealed data, by name.
pub async fn personal_tables_without_policies(db: &TestDb) -> Vec<String> {
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

/// Policies whose removal these tests do not detect, and the tests that do. All of them are permissive: without one, less is
/// allowed, never more.
pub const UNDETECTED: &[(&str, &str)] = &[
    ("care_centre_public", "no centre is found for a call: dispatch tests"),
    ("care_contact_seen", "no contact can be named: tests of care"),
    ("care_duty_own", "no dispatcher can go on duty: dispatch tests"),
    ("care_policy_read", "no call escalates: tests of escalation"),
    ("care_profile_seen", "no care profile can be stored: tests of care"),
    ("care_responder_own", "responders cannot report their position: tests of responders"),
    ("care_rota_made", "no shift can be added: dispatch tests"),
    ("care_rota_read", "only chiefs see the rota, dispatchers not even their own shifts: dispatch tests"),
    ("event_written", "no case changes its state: every test of actions on cases"),
    ("event_written_by_banks", "no bank can act: finance tests"),
    ("finance_consent_ended_by_system", "expired consents are not marked: finance tests"),
    ("finance_consent_seen_by_system", "expired consents are not found: finance tests"),
    ("offer_ended", "no offer can be accepted: finance tests"),
    ("organisation_seen", "no case has a department: every test of cases"),
];

/// A policy of the store with the statement that creates it.
pub struct Policy {
    pub table: String,
    pub name: String,
    definition: String,
}

/// Reads all policies of the store.
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
    rows.into_iter().map(|(table, name, definition)| Policy { table, name, definition }).collect()
}

impl Policy {
    /// Drops the policy.
    pub async fn remove(&self, db: &TestDb) {
        let sql = format!("DROP POLICY {} ON {}", self.name, self.table);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&db.owner).await.unwrap();
    }

    /// Creates the policy again as it was.
    pub async fn restore(&self, db: &TestDb) {
        sqlx::raw_sql(AssertSqlSafe(self.definition.clone())).execute(&db.owner).await.unwrap();
    }
}
