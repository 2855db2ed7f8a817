//! The timer of a call (`care_call.next_step_at`): when the engine has to act on it next.

use crate::care::entity::care_call;
use crate::{error::Result, store::Tx};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, raw_sql};
use shared::ids::CaseId;

/// Starts the progress time of the policy: the call rings again unless something more is done within it. For the handlers
/// of answers, call-backs and dispatches, in their transaction.
///
/// # Errors
/// Errors of the database.
pub async fn postpone(tx: &Tx, case: CaseId) -> Result<()> {
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE care_call k SET next_step_at = huimin_now() + make_interval(secs => p.progress_seconds)
           FROM care_policy p WHERE p.id = k.policy_id AND k.case_id = {case}"
    ))
    .await?;
    Ok(())
}

/// Stops the timer: a responder is at the scene, or the call has ended.
///
/// # Errors
/// Errors of the database.
pub async fn clear_timer(tx: &Tx, case: CaseId) -> Result<()> {
    clear_timers(tx, vec![case]).await
}

/// Stops the timers of calls, in one statement; none if there are no calls.
pub(crate) async fn clear_timers(tx: &Tx, cases: Vec<CaseId>) -> Result<()> {
    if cases.is_empty() {
        return Ok(());
    }
    care_call::Entity::update_many()
        .set(care_call::ActiveModel { next_step_at: Set(None), ..Default::default() })
        .filter(care_call::Column::CaseId.is_in(cases))
        .exec(tx)
        .await?;
    Ok(())
}
