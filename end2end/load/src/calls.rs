//! Inserts many ringing calls and measures the delay of their escalation steps.

use shared::ids::OrganisationId;
use sqlx::PgPool;

/// The delay of escalation steps, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, sqlx::FromRow)]
pub struct Lateness {
    /// The number of steps.
    pub steps: i64,
    /// The median delay.
    pub p50_ms: f64,
    /// The 99th percentile.
    pub p99_ms: f64,
    /// The longest delay.
    pub max_ms: f64,
}

/// Inserts ringing calls at these centres directly into the tables, for unknown people. Their first steps are due within
/// the next `spread_seconds`. `owner` is the role that owns the tables.
///
/// # Errors
/// When the database fails.
pub async fn open(owner: &PgPool, calls: i32, centres: &[OrganisationId], spread_seconds: f64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH n AS (SELECT i, gen_random_uuid() AS person, gen_random_uuid() AS id, ($2::uuid[])[1 + i % cardinality($2::uuid[])] AS centre,
                           now() + make_interval(secs => $3 * i / $1) AS due
                      FROM generate_series(1, $1) i),
              p AS (INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index)
                    SELECT person, '', '', uuid_send(person) FROM n),
              c AS (INSERT INTO cases (id, number, kind, title_zh, title_en, subject_id, organisation_id, state, opened_at, changed_at)
                    SELECT id, 'HJ-LOAD-' || id, 'sos', '紧急呼救', 'Emergency call', person, centre, 'ringing', now(), now() FROM n)
         INSERT INTO care_call (case_id, known, raised_at, policy_id, next_step_at)
         SELECT n.id, false, now(), (SELECT p.id FROM care_policy p WHERE p.organisation_id IN (n.centre, '00000000-0000-8000-8000-000000000120')
                                      ORDER BY p.organisation_id = n.centre DESC, p.version DESC LIMIT 1), n.due FROM n",
    )
    .bind(calls)
    .bind(centres.iter().map(|centre| centre.uuid()).collect::<Vec<_>>())
    .bind(spread_seconds)
    .execute(owner)
    .await?;
    Ok(())
}

/// The delay of the steps that were due in the last seconds; a step that is still waiting counts with its delay so far.
///
/// # Errors
/// When the database fails.
pub async fn lateness(owner: &PgPool, last_seconds: f64) -> Result<Lateness, sqlx::Error> {
    sqlx::query_as(
        "WITH s AS (SELECT DISTINCT ON (case_id, round, step) extract(epoch FROM at - due_at)::float8 * 1000 AS late FROM care_alert
                     WHERE due_at > now() - make_interval(secs => $1)
                    UNION ALL
                    SELECT extract(epoch FROM now() - next_step_at)::float8 * 1000 FROM care_call WHERE next_step_at < now())
         SELECT count(*) AS steps, coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY late), 0) AS p50_ms,
                coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY late), 0) AS p99_ms, coalesce(max(late), 0) AS max_ms FROM s",
    )
    .bind(last_seconds)
    .fetch_one(owner)
    .await
}
