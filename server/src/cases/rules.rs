//! What the Flow allows this actor now: by party, version, assignee, own interest and four eyes.

use super::{CaseRow, Request};
use crate::{account::actor::Actor, error::Result, store::Tx};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    account::Permission,
    cases::{Guard, Party, Step, actions::VIEW},
    ids::AccountId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of the Flow that this actor may take now: what the pages draw as buttons. At most one statement.
///
/// # Errors
/// What the store says.
pub async fn allowed(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<Vec<&'static Step>> {
    let (_, steps) = rows_of(tx, actor, case, case.flow(tx)?.from(&case.state));
    let before = before(tx, case, &steps).await?;
    Ok(steps.into_iter().filter(|step| may_take(tx, actor, case, step, &before)).collect())
}

/// The row of the Flow that this request takes.
pub(super) async fn find_step(tx: &Tx, actor: &Actor, case: &CaseRow, request: &Request<'_>) -> Result<&'static Step> {
    let flow = case.flow(tx)?;
    let action = request.input.action().0;
    let (here, theirs) = rows_of(tx, actor, case, flow.find(&case.state, action));
    if theirs.is_empty() {
        let (anywhere, theirs) = rows_of(tx, actor, case, flow.steps.iter().filter(|s| s.action.0 == action));
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
    let before = before(tx, case, &fitting).await?;
    match fitting.iter().find(|s| may_take(tx, actor, case, s, &before)) {
        Some(step) => Ok(step),
        // Requests for correction alone are made once; their form is of notes.
        None if fitting.iter().any(|s| before.is_spent(s)) => Err(Problem::field("notes", Complaint::AskedAlready).into()),
        None => Err(Problem::Forbidden.into()),
    }
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

/// Whether this actor may take this row now: party, assignee, own interest, four eyes, and what is done once only.
fn may_take(tx: &Tx, actor: &Actor, case: &CaseRow, step: &Step, before: &Before) -> bool {
    tx.gate.is_party(step.by, actor, case.of())
        && !(abstains(step.by) && is_concerned(actor, case))
        && !(step.assigned && case.assignee_id.is_some() && case.assignee_id != actor.account)
        && tx.gate.four_eyes(actor, before.barred(step))
        && !before.is_spent(step)
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

/// What happened before, as far as some rows ask.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// Who did an action, the last doer first.
    doers: BTreeMap<String, Vec<AccountId>>,
    done_here: BTreeSet<String>,
}

impl Before {
    /// Those whose eyes are not other ones for this row.
    pub(super) fn barred(&self, step: &Step) -> &[AccountId] {
        let doers = step.not_by.and_then(|action| self.doers.get(action.0)).map_or(&[][..], Vec::as_slice);
        if step.ever { doers } else { doers.get(..1).unwrap_or_default() }
    }

    /// Whether the row may be taken once and was.
    fn is_spent(&self, step: &Step) -> bool {
        step.once && self.done_here.contains(step.action.0)
    }
}

/// What these rows ask of the record: who did what its doer may not follow up, and what was done in this state that is
/// done once only. One statement, none if no row asks.
pub(super) async fn before(tx: &Tx, case: &CaseRow, steps: &[&'static Step]) -> Result<Before> {
    #[derive(FromQueryResult)]
    struct Row {
        action: String,
        from_state: String,
        actor_id: Option<AccountId>,
    }
    let asked = |s: &&'static Step| s.not_by.into_iter().chain(s.once.then_some(s.action));
    let actions: Vec<String> = steps.iter().flat_map(asked).map(|a| a.0.to_owned()).collect();
    if actions.is_empty() {
        return Ok(Before::default());
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT action, from_state, actor_id FROM event
              WHERE case_id = $1 AND action = ANY($2) GROUP BY action, from_state, actor_id ORDER BY max(seq) DESC",
            [case.id.into(), actions.into()],
        )
        .await?;
    let mut before = Before::default();
    for row in rows {
        if row.from_state == case.state {
            before.done_here.insert(row.action.clone());
        }
        if let Some(actor) = row.actor_id {
            let doers = before.doers.entry(row.action).or_default();
            if !doers.contains(&actor) {
                doers.push(actor);
            }
        }
    }
    Ok(before)
}
