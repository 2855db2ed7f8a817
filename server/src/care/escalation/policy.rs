//! Escalation policies (升级策略): versions that never change. A running call keeps the version it started with, so that
//! publishing a new one never changes its steps.

use crate::account::entity::organisation;
use crate::care::{entity::care_policy, people::centre::CITY_DESK};
use crate::{
    Actor, AppState,
    access::gate::Access,
    error::{Error, Result, sqlstate},
    store::{DbInstant, Tx, new_id},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect, Select, raw_sql,
    sea_query::Expr,
};
use serde_json::Value;
use shared::{
    Problem,
    account::Permission::LeadCentre,
    care::escalation::{CentrePolicies, Policy, PolicyStep, check, fallback_policy},
    ids::{OrganisationId, PolicyId},
};

/// Most versions shown per centre.
const VERSIONS_SHOWN: i64 = 20;

#[derive(FromQueryResult)]
struct PolicyRow {
    id: PolicyId,
    organisation_id: OrganisationId,
    version: i32,
    steps: Value,
    progress_seconds: i32,
    published_at: DbInstant,
    published_by: Option<String>,
}

impl PolicyRow {
    fn to_policy(&self) -> Policy {
        let steps = serde_json::from_value(self.steps.clone()).ok().filter(|s: &Vec<PolicyStep>| !s.is_empty());
        Policy {
            id: self.id,
            version: self.version,
            steps: steps.unwrap_or_else(fallback_policy),
            progress_seconds: self.progress_seconds,
            published_at: self.published_at.timestamp(),
            published_by: self.published_by.clone(),
        }
    }
}

/// Selects the columns of a [`PolicyRow`].
fn select_policies() -> Select<care_policy::Entity> {
    use care_policy::Column::{Id, OrganisationId, ProgressSeconds, PublishedAt, Steps, Version};
    care_policy::Entity::find()
        .select_only()
        .columns([Id, OrganisationId, Version, Steps, ProgressSeconds, PublishedAt])
        .expr_as(Expr::cust("huimin_staff_name(care_policy.published_by)"), "published_by")
}

/// The policy of new calls at this centre: its latest, or that of the city's duty desk while it has none.
///
/// # Errors
/// Errors of the database.
pub async fn latest(tx: &Tx, centre: OrganisationId) -> Result<Policy> {
    let row: Option<PolicyRow> = select_policies()
        .filter(care_policy::Column::OrganisationId.is_in([centre, CITY_DESK]))
        .order_by(care_policy::Column::OrganisationId.eq(centre), Order::Desc)
        .order_by_desc(care_policy::Column::Version)
        .into_model()
        .one(tx)
        .await?;
    row.map(|row| row.to_policy()).ok_or_else(|| Error::Broken("the city has no escalation policy".into()))
}

/// A version by its id.
///
/// # Errors
/// [`Problem::NotFound`]; errors of the database.
pub async fn by_id(tx: &Tx, id: PolicyId) -> Result<Policy> {
    let row: Option<PolicyRow> = select_policies().filter(care_policy::Column::Id.eq(id)).into_model().one(tx).await?;
    Ok(row.ok_or(Problem::NotFound)?.to_policy())
}

/// The policies of the centres the actor leads. Four statements, however many there are.
///
/// # Errors
/// [`Problem::Forbidden`] and [`Problem::SignInFirst`] for everyone else.
pub async fn list(state: &AppState, actor: &Actor) -> Result<Vec<CentrePolicies>> {
    state.store.gate.enter(Access::Staff(LeadCentre), actor)?;
    let led = actor.organisations_where(LeadCentre);
    let tx = state.store.read(actor).await?;
    let centres = organisation::Entity::find()
        .filter(organisation::Column::Id.is_in(led.clone()))
        .order_by_asc(organisation::Column::Code)
        .all(&tx)
        .await?;
    let most = VERSIONS_SHOWN;
    let versions: Vec<PolicyRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT id, organisation_id, version, steps, progress_seconds, published_at, huimin_staff_name(published_by) AS published_by
               FROM (SELECT *, row_number() OVER (PARTITION BY organisation_id ORDER BY version DESC) AS place
                       FROM care_policy WHERE organisation_id = ANY({led})) p
              WHERE place <= {most} ORDER BY version DESC"
        ))
        .await?;
    let running: Vec<(OrganisationId, i32, i64)> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT p.organisation_id, p.version, count(*) FROM cases c JOIN care_call k ON k.case_id = c.id
               JOIN care_policy p ON p.id = k.policy_id
              WHERE c.kind = 'sos' AND c.closed_at IS NULL AND p.organisation_id = ANY({led}) GROUP BY 1, 2 ORDER BY 2"
        ))
        .await?;
    let policies = centres.into_iter().map(|centre| CentrePolicies {
        versions: versions.iter().filter(|row| row.organisation_id == centre.id).map(PolicyRow::to_policy).collect(),
        running: running.iter().filter(|(of, ..)| *of == centre.id).map(|(_, version, calls)| (*version, *calls)).collect(),
        centre: centre.id,
        name_zh: centre.name_zh,
        name_en: centre.name_en,
    });
    Ok(policies.collect())
}

/// Publishes a new version. `seen` is the version it was made from (0: none), so that two people cannot overwrite each
/// other's version without noticing. Running calls keep theirs.
///
/// # Errors
/// [`Problem::Forbidden`] for anyone who does not lead the centre; [`Problem::Invalid`] naming the field;
/// [`Problem::Conflict`] when another version was published meanwhile.
pub async fn publish(
    state: &AppState,
    actor: &Actor,
    centre: OrganisationId,
    steps: &[PolicyStep],
    progress_seconds: i32,
    seen: i32,
) -> Result<i32> {
    state.store.gate.enter(Access::Staff(LeadCentre), actor)?;
    if !actor.organisations_where(LeadCentre).contains(&centre) {
        return Err(Problem::Forbidden.into());
    }
    check(steps, progress_seconds)?;
    let tx = state.store.write(actor).await?;
    let last: Option<Option<i32>> = care_policy::Entity::find()
        .select_only()
        .column_as(care_policy::Column::Version.max(), "version")
        .filter(care_policy::Column::OrganisationId.eq(centre))
        .into_tuple()
        .one(&tx)
        .await?;
    let last = last.flatten().unwrap_or(0);
    let conflict = |version| Problem::Conflict { number: String::new(), state: String::new(), version, allowed: Vec::new() };
    if last != seen {
        return Err(conflict(last).into());
    }
    let version = last + 1;
    care_policy::Entity::insert(care_policy::ActiveModel {
        id: Set(new_id()),
        organisation_id: Set(centre),
        version: Set(version),
        steps: Set(serde_json::to_value(steps)?),
        progress_seconds: Set(progress_seconds),
        published_by: Set(Some(actor.signed_in()?)),
        ..Default::default()
    })
    .exec_without_returning(&tx)
    .await
    .map_err(|error| match sqlstate(&error).as_deref() {
        // unique_violation: another person published this version at the same moment.
        Some("23505") => conflict(version).into(),
        _ => Error::from(error),
    })?;
    tx.commit().await?;
    Ok(version)
}
