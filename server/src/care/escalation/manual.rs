//! Escalation by hand (手动升级): takes the next step at once, or a chosen one. On an answered call it withdraws the answer,
//! because the person who answered asks for others.

use crate::care::{entity::care_call, escalation::policy};
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
    store::db_now,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use shared::{
    FieldErrorKind, Problem,
    care::{actions::EscalateNow, escalation::PolicyPosition},
    field,
    ids::PolicyId,
};

/// Makes a step due at once: the one numbered `step` (from 1), or the next one where that is empty.
pub(crate) async fn escalate_now(change: &Change<'_>, input: &EscalateNow) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case.id);
    let stored: Option<(i32, i32, PolicyId)> = care_call::Entity::find_by_id(case)
        .select_only()
        .columns([care_call::Column::Step, care_call::Column::Round, care_call::Column::PolicyId])
        .into_tuple()
        .one(tx)
        .await?;
    let (step, round, policy) = stored.ok_or(Problem::NotFound)?;
    let steps = policy::by_id(tx, policy).await?.steps.len();
    let due = PolicyPosition::from_stored(step, round);
    let position = match chosen_step(&input.step)? {
        None => due,
        Some(step) if (1..=steps).contains(&step) => due.jump(step - 1),
        Some(_) => return Err(Problem::field("step", FieldErrorKind::NotAnOption).into()),
    };
    let (step, round) = position.stored();
    care_call::Entity::update_many()
        .set(care_call::ActiveModel { step: Set(step), round: Set(round), answered_at: Set(None), ..Default::default() })
        .col_expr(care_call::Column::NextStepAt, db_now())
        .filter(care_call::Column::CaseId.eq(case))
        .exec(tx)
        .await?;
    let mut facts = serde_json::Map::new();
    facts.insert("step".to_owned(), json!(position.step + 1));
    Ok(Effect { facts, assign: Assign::Clear, ..Effect::default() })
}

/// The number of the chosen step, from 1; none for the next.
fn chosen_step(step: &str) -> Result<Option<usize>, Problem> {
    match step.trim() {
        "" => Ok(None),
        step => step.parse().map(Some).map_err(|_| Problem::field(field!(EscalateNow, step), FieldErrorKind::NotAnOption)),
    }
}
