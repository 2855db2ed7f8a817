//! Escalation policies (升级策略): versions that are never changed. A running call keeps the one it began with, so that
//! a change never strands it: its steps, and where it stands in them, stay what they were.

use crate::{
    Actor, AppState,
    account::gate::Access,
    error::{Error, Result, sqlstate},
    store::{Tx, moment},
};
use sea_orm::FromQueryResult;
use serde_json::Value;
use shared::{
    Problem,
    account::Permission::LeadCentre,
    care::escalation::{CentrePolicies, Policy, PolicyStep, check, last_resort},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// Versions that are shown.
const SHOWN: i64 = 20;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    organisation_id: Uuid,
    version: i32,
    steps: Value,
    progress_seconds: i32,
    published_at: OffsetDateTime,
    published_by: Option<String>,
}

const COLUMNS: &str =
    "id, organisation_id, version, steps, progress_seconds, published_at, huimin_staff_name(published_by) AS published_by";

fn policy(row: Row) -> Policy {
    Policy {
        id: row.id,
        version: row.version,
        steps: serde_json::from_value(row.steps).ok().filter(|s: &Vec<PolicyStep>| !s.is_empty()).unwrap_or_else(last_resort),
        progress_seconds: row.progress_seconds,
        published_at: moment(row.published_at),
        published_by: row.published_by,
    }
}

/// The policy that new calls of this centre begin with: its latest, or that of the city's duty desk while it has none.
///
/// # Errors
/// What the store says.
pub async fn latest(tx: &Tx, centre: Uuid) -> Result<Policy> {
    let text = format!(
        "SELECT {COLUMNS} FROM care_policy WHERE organisation_id IN ($1, $2) ORDER BY organisation_id = $1 DESC, version DESC LIMIT 1"
    );
    let row: Option<Row> = tx.one(&text, [centre.into(), crate::care::CITY_DESK.into()]).await?;
    row.map(policy).ok_or_else(|| Error::Broken("the city has no escalation policy".into()))
}

/// A version by its key.
///
/// # Errors
/// [`Problem::NotFound`]; what the store says.
pub async fn by_id(tx: &Tx, id: Uuid) -> Result<Policy> {
    let row: Option<Row> = tx.one(&format!("SELECT {COLUMNS} FROM care_policy WHERE id = $1"), [id.into()]).await?;
    Ok(policy(row.ok_or(Problem::NotFound)?))
}

/// The policies of the centres the actor leads. Four statements, however many there are.
///
/// # Errors
/// [`Problem::Forbidden`] and its kin for anybody else.
pub async fn list(city: &AppState, actor: &Actor) -> Result<Vec<CentrePolicies>> {
    #[derive(FromQueryResult)]
    struct Centre {
        id: Uuid,
        name_zh: String,
        name_en: String,
    }
    #[derive(FromQueryResult)]
    struct Running {
        organisation_id: Uuid,
        version: i32,
        calls: i64,
    }
    city.store.gate.enter(Access::Staff(LeadCentre), actor)?;
    let led = actor.organisations_where(LeadCentre);
    let tx = city.store.read(actor).await?;
    let centres: Vec<Centre> =
        tx.all("SELECT id, name_zh, name_en FROM organisation WHERE id = ANY($1) ORDER BY code", [led.clone().into()]).await?;
    let text = format!(
        "SELECT {COLUMNS} FROM (SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY version DESC) AS place
             FROM care_policy WHERE organisation_id = ANY($1)) p WHERE place <= $2 ORDER BY version DESC"
    );
    let versions: Vec<Row> = tx.all(&text, [led.clone().into(), SHOWN.into()]).await?;
    let running: Vec<Running> = tx
        .all(
            "SELECT p.organisation_id, p.version, count(*) AS calls FROM cases c JOIN care_call k ON k.case_id = c.id
               JOIN care_policy p ON p.id = k.policy_id
              WHERE c.kind = 'sos' AND c.closed_at IS NULL AND p.organisation_id = ANY($1) GROUP BY 1, 2 ORDER BY 2",
            [led.into()],
        )
        .await?;
    let mut all: Vec<CentrePolicies> = centres
        .into_iter()
        .map(|c| CentrePolicies {
            centre: c.id,
            name_zh: c.name_zh,
            name_en: c.name_en,
            versions: Vec::new(),
            running: running.iter().filter(|r| r.organisation_id == c.id).map(|r| (r.version, r.calls)).collect(),
        })
        .collect();
    for row in versions {
        if let Some(of) = all.iter_mut().find(|c| c.centre == row.organisation_id) {
            of.versions.push(policy(row));
        }
    }
    Ok(all)
}

/// Publishes a new version; `seen` is the version it was made from (0: none), so that two do not overwrite each other
/// unseen. Calls that run keep theirs.
///
/// # Errors
/// [`Problem::Forbidden`] for anybody but who leads the centre; [`Problem::Invalid`] naming the field;
/// [`Problem::Conflict`] when another version was published meanwhile.
pub async fn publish(
    city: &AppState,
    actor: &Actor,
    centre: Uuid,
    steps: &[PolicyStep],
    progress_seconds: i32,
    seen: i32,
) -> Result<i32> {
    #[derive(FromQueryResult)]
    struct Last {
        version: i32,
    }
    city.store.gate.enter(Access::Staff(LeadCentre), actor)?;
    if !actor.organisations_where(LeadCentre).contains(&centre) {
        return Err(Problem::Forbidden.into());
    }
    check(steps, progress_seconds)?;
    let tx = city.store.write(actor).await?;
    let last: Option<Last> = tx
        .one("SELECT coalesce(max(version), 0) AS version FROM care_policy WHERE organisation_id = $1", [centre.into()])
        .await?;
    let last = last.map_or(0, |l| l.version);
    let overtaken = |version| Problem::Conflict { number: String::new(), state: String::new(), version, allowed: Vec::new() };
    if last != seen {
        return Err(overtaken(last).into());
    }
    let version = last + 1;
    tx.run(
        "INSERT INTO care_policy (id, organisation_id, version, steps, progress_seconds, published_by) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            Uuid::now_v7().into(),
            centre.into(),
            version.into(),
            serde_json::to_value(steps)?.into(),
            progress_seconds.into(),
            actor.signed_in()?.into(),
        ],
    )
    .await
    .map_err(|error| match error {
        // unique_violation: somebody published this very version at the same moment.
        Error::Store(e) if sqlstate(&e).as_deref() == Some("23505") => overtaken(version).into(),
        other => other,
    })?;
    tx.commit().await?;
    Ok(version)
}
