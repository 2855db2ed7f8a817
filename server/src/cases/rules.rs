//! What the Flow allows this actor now: by party, version, assignee, own interest and four eyes.

use super::{CaseRow, Request};
use crate::{account::actor::Actor, error::Result, store::Tx};
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    account::Permission,
    cases::{Guard, Party, Step},
    services::life::VIEW,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The rows of the Flow that this actor may take now: what the pages draw as buttons. At most one statement.
///
/// # Errors
/// What the store says.
pub async fn allowed(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<Vec<&'static Step>> {
    let steps: Vec<&'static Step> = case.flow()?.from(&case.state).collect();
    let before = before(tx, case.id, &steps).await?;
    Ok(steps.into_iter().filter(|step| may_take(tx, actor, case, step, &before)).collect())
}

/// The row of the Flow that this request takes.
pub(super) async fn find_step(tx: &Tx, actor: &Actor, case: &CaseRow, request: &Request<'_>) -> Result<&'static Step> {
    let flow = case.flow()?;
    let (here, theirs) = rows_of(tx, actor, case, flow.find(&case.state, request.action));
    if theirs.is_empty() {
        let (anywhere, theirs) = rows_of(tx, actor, case, flow.steps.iter().filter(|s| s.action.0 == request.action));
        return match (anywhere.is_empty(), here.is_empty() && !theirs.is_empty()) {
            (true, _) => Err(Problem::NotFound.into()),
            (_, true) => conflict(tx, actor, case).await,
            _ => Err(Problem::Forbidden.into()),
        };
    }
    let fits = |s: &&&Step| s.guard != Guard::Version || request.version == Some(case.version);
    let fitting: Vec<&'static Step> = theirs.iter().filter(fits).copied().collect();
    if fitting.is_empty() {
        return conflict(tx, actor, case).await;
    }
    let before = before(tx, case.id, &fitting).await?;
    fitting.into_iter().find(|s| may_take(tx, actor, case, s, &before)).ok_or_else(|| Problem::Forbidden.into())
}

/// These rows, and those of them whose party the actor is.
fn rows_of(
    tx: &Tx,
    actor: &Actor,
    case: &CaseRow,
    rows: impl Iterator<Item = &'static Step>,
) -> (Vec<&'static Step>, Vec<&'static Step>) {
    let all: Vec<&'static Step> = rows.collect();
    let theirs = all.iter().filter(|s| tx.gate.is_party(s.by, actor, case.of())).copied().collect();
    (all, theirs)
}

pub(super) async fn conflict<T>(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<T> {
    let allowed = allowed(tx, actor, case).await?.iter().filter(|s| s.action != VIEW).map(|s| s.action.0.to_owned()).collect();
    Err(Problem::Conflict { number: case.number.clone(), state: case.state.clone(), version: case.version, allowed }.into())
}

/// Whether this actor may take this row now: party, assignee, own interest, and four eyes. `before`: see [`before`].
pub(super) fn may_take(tx: &Tx, actor: &Actor, case: &CaseRow, step: &Step, before: &Before) -> bool {
    tx.gate.is_party(step.by, actor, case.of())
        && !(abstains(step.by) && is_concerned(actor, case))
        && !(step.assigned && case.assignee_id.is_some() && case.assignee_id != actor.account)
        && tx.gate.other_eyes(actor, barred(step, before))
}

/// Those whose eyes are not other ones for this row.
pub(super) fn barred<'a>(step: &Step, before: &'a Before) -> &'a [Uuid] {
    let doers = step.not_by.and_then(|action| before.get(action.0)).map_or(&[][..], Vec::as_slice);
    if step.ever { doers } else { doers.get(..1).unwrap_or_default() }
}

/// Who keeps out of their own affairs: whoever decides for a department, and whoever decides for a bank. Somebody who
/// calls for help is answered by whoever is there.
const fn abstains(party: Party) -> bool {
    matches!(party, Party::Staff(_) | Party::Joined(Permission::MakeOffers | Permission::DecideCredit))
}

/// Whether it is their own affair: such a case is a colleague's to work on (公务回避, Civil Servant Law, art. 76).
fn is_concerned(actor: &Actor, case: &CaseRow) -> bool {
    actor.account.is_some_and(|account| case.applicant_id == Some(account))
        || [actor.person, actor.acting_for].into_iter().flatten().any(|person| person == case.subject_id)
}

/// Who did an action, the last doer first.
pub(super) type Before = BTreeMap<String, Vec<Uuid>>;

/// Who did what these rows forbid their own doer: one statement, none if no row asks for other eyes.
pub(super) async fn before(tx: &Tx, case: Uuid, steps: &[&'static Step]) -> Result<Before> {
    #[derive(FromQueryResult)]
    struct Row {
        action: String,
        actor_id: Uuid,
    }
    let mut actions: Vec<String> = steps.iter().filter_map(|s| s.not_by).map(|a| a.0.to_owned()).collect();
    actions.dedup();
    if actions.is_empty() {
        return Ok(Before::new());
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT action, actor_id FROM event
             WHERE case_id = $1 AND action = ANY($2) AND actor_id IS NOT NULL GROUP BY action, actor_id ORDER BY max(seq) DESC",
            [case.into(), actions.into()],
        )
        .await?;
    let mut before = Before::new();
    for row in rows {
        before.entry(row.action).or_default().push(row.actor_id);
    }
    Ok(before)
}
