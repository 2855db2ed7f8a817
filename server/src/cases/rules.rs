//! The rows of a Flow that an actor may take now: by party, version, assignee, conflict of interest and four eyes.

use super::{case_row::CaseRow, entity::event};
use crate::{access::actor::Actor, error::Result, store::Tx};
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use shared::{
    FieldErrorKind, Problem,
    account::Permission,
    cases::{Guard, Party, Step, actions::VIEW},
    ids::AccountId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The rows of the Flow that this actor may take now; pages draw one button for each. At most one statement.
///
/// # Errors
/// Errors of the store.
pub async fn allowed(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<Vec<&'static Step>> {
    let (_, steps) = rows_of(tx, actor, case, case.flow(tx)?.from(&case.state));
    let history = load_history(tx, case, &steps).await?;
    Ok(steps.into_iter().filter(|step| may_take(tx, actor, case, step, &history)).collect())
}

/// The row of the flow that a request for `action` takes, with the `version` that it was made from.
pub(super) async fn find_step(
    tx: &Tx,
    actor: &Actor,
    case: &CaseRow,
    action: &str,
    version: Option<i32>,
) -> Result<&'static Step> {
    let flow = case.flow(tx)?;
    let (here, theirs) = rows_of(tx, actor, case, flow.find(&case.state, action));
    if theirs.is_empty() {
        let (anywhere, theirs) = rows_of(tx, actor, case, flow.steps.iter().filter(|s| s.action.0 == action));
        return match (anywhere.is_empty(), here.is_empty() && !theirs.is_empty()) {
            (true, _) => Err(Problem::NotFound.into()),
            (_, true) => conflict(tx, actor, case).await,
            _ => Err(Problem::Forbidden.into()),
        };
    }
    let fits = |s: &&&Step| s.guard != Guard::Version || version == Some(case.version);
    let fitting: Vec<&'static Step> = theirs.iter().filter(fits).copied().collect();
    if fitting.is_empty() {
        return conflict(tx, actor, case).await;
    }
    let history = load_history(tx, case, &fitting).await?;
    match fitting.iter().find(|s| may_take(tx, actor, case, s, &history)) {
        Some(step) => Ok(step),
        // Only requests for correction are made once; the field of their form is `notes`.
        None if fitting.iter().any(|s| history.is_used_up(s)) => {
            Err(Problem::field("notes", FieldErrorKind::AskedAlready).into())
        }
        None => Err(Problem::Forbidden.into()),
    }
}

/// These rows, and those of them that are open to a party of the actor.
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

/// Fails with the conflict that names the state, the version and the actions that are allowed now.
pub(super) async fn conflict<T>(tx: &Tx, actor: &Actor, case: &CaseRow) -> Result<T> {
    let allowed = allowed(tx, actor, case).await?.iter().filter(|s| s.action != VIEW).map(|s| s.action.0.to_owned()).collect();
    Err(Problem::Conflict { number: case.number.clone(), state: case.state.clone(), version: case.version, allowed }.into())
}

/// Whether this actor may take this row now: party, conflict of interest, assignee, four eyes, and once only.
fn may_take(tx: &Tx, actor: &Actor, case: &CaseRow, step: &Step, history: &History) -> bool {
    tx.gate.is_party(step.by, actor, case.of())
        && !(excludes_own_cases(step.by) && is_own_case(actor, case))
        && !(step.assigned && case.assignee_id.is_some() && case.assignee_id != actor.account)
        && tx.gate.four_eyes(actor, history.excluded(step))
        && !history.is_used_up(step)
}

/// Whether members of this party may not act on a case of their own: staff of departments and banks who decide. An
/// emergency call may be answered by any dispatcher.
const fn excludes_own_cases(party: Party) -> bool {
    matches!(party, Party::Staff(_) | Party::Joined(Permission::MakeOffers | Permission::DecideCredit))
}

/// Whether the case is the actor's own; a colleague must work on it (公务回避, Civil Servant Law, art. 76).
fn is_own_case(actor: &Actor, case: &CaseRow) -> bool {
    actor.account.is_some_and(|account| case.applicant_id == Some(account))
        || [actor.person, actor.acting_for].into_iter().flatten().any(|person| person == case.subject_id)
}

/// The events of a case that restrict some rows of its Flow.
#[derive(Debug, Default)]
pub(super) struct History {
    /// Accounts by the action they did, the last one first.
    doers: BTreeMap<String, Vec<AccountId>>,
    /// Actions done in the present state.
    done_here: BTreeSet<String>,
}

impl History {
    /// Accounts that may not take this row, because they did the action that it follows up (four eyes).
    pub(super) fn excluded(&self, step: &Step) -> &[AccountId] {
        let doers = step.not_by.and_then(|action| self.doers.get(action.0)).map_or(&[][..], Vec::as_slice);
        if step.ever { doers } else { doers.get(..1).unwrap_or_default() }
    }

    /// Whether the row may be taken once only and has been taken in this state.
    fn is_used_up(&self, step: &Step) -> bool {
        step.once && self.done_here.contains(step.action.0)
    }
}

/// Loads the events that restrict these rows: the doers of actions that need four eyes, and actions that may be done once
/// only. One statement; none if no row has such a restriction.
pub(super) async fn load_history(tx: &Tx, case: &CaseRow, steps: &[&'static Step]) -> Result<History> {
    let restricting = |s: &&'static Step| s.not_by.into_iter().chain(s.once.then_some(s.action));
    let actions: Vec<&str> = steps.iter().flat_map(restricting).map(|a| a.0).collect();
    if actions.is_empty() {
        return Ok(History::default());
    }
    let rows: Vec<(String, String, Option<AccountId>)> = event::Entity::find()
        .select_only()
        .columns([event::Column::Action, event::Column::FromState, event::Column::ActorId])
        .filter(event::Column::CaseId.eq(case.id))
        .filter(event::Column::Action.is_in(actions))
        .group_by(event::Column::Action)
        .group_by(event::Column::FromState)
        .group_by(event::Column::ActorId)
        .order_by(event::Column::Seq.max(), Order::Desc)
        .into_tuple()
        .all(tx)
        .await?;
    let mut history = History::default();
    for (action, from_state, actor) in rows {
        if from_state == case.state {
            history.done_here.insert(action.clone());
        }
        if let Some(actor) = actor {
            let doers = history.doers.entry(action).or_default();
            if !doers.contains(&actor) {
                doers.push(actor);
            }
        }
    }
    Ok(history)
}
