//! Escalating by hand (手动升级): the next step at once, or one of one's choice. From an answered call it lets go of the
//! answer: whoever has it says that others are needed.

use crate::care::escalation::policy;
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{Complaint, Problem, care::escalation::Turn, ids::PolicyId};
use shared::{care::actions::EscalateNow, field};

#[derive(FromQueryResult)]
struct Row {
    step: i32,
    round: i32,
    policy_id: PolicyId,
}

/// `step`: a number from 1, or empty for the next.
pub(crate) async fn escalate_now(change: &Change<'_>, input: &EscalateNow) -> Result<Effect> {
    let tx = change.tx;
    let found: Option<Row> =
        tx.one("SELECT step, round, policy_id FROM care_call WHERE case_id = $1", [change.case.id.into()]).await?;
    let row = found.ok_or(Problem::NotFound)?;
    let steps = policy::by_id(tx, row.policy_id).await?.steps.len();
    let due = Turn { step: usize::try_from(row.step).unwrap_or_default(), round: u32::try_from(row.round).unwrap_or_default() };
    let turn = match wanted(&input.step)? {
        None => due,
        Some(step) if (1..=steps).contains(&step) => due.jump(step - 1),
        Some(_) => return Err(Problem::field("step", Complaint::NotAnOption).into()),
    };
    tx.run(
        "UPDATE care_call SET step = $2, round = $3, next_step_at = huimin_now(), answered_at = NULL WHERE case_id = $1",
        [
            change.case.id.into(),
            i32::try_from(turn.step).unwrap_or(i32::MAX).into(),
            i32::try_from(turn.round).unwrap_or(i32::MAX).into(),
        ],
    )
    .await?;
    let mut facts = serde_json::Map::new();
    facts.insert("step".to_owned(), json!(turn.step + 1));
    Ok(Effect { facts, assign: Assign::Nobody, ..Effect::default() })
}

/// The step that was chosen, from 1; none for the next.
fn wanted(step: &str) -> Result<Option<usize>, Problem> {
    match step.trim() {
        "" => Ok(None),
        step => step.parse().map(Some).map_err(|_| Problem::field(field!(EscalateNow, step), Complaint::NotAnOption)),
    }
}
