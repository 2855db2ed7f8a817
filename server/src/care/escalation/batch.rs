//! A batch of the engine: locks the calls that are due and takes their escalation steps, in one transaction.

use super::{
    alert,
    due_call::DueCall,
    heartbeat::{self, CITY_DESK_EMPTY_TEXT},
    step::{StepWrites, advance},
    targets::{CallScope, Reachable},
    timer,
};
use crate::care::{entity::care_call, response::timeouts};
use crate::{
    Actor, Store, Task,
    cases::{self, Assign, CaseRow, Effect},
    error::{Error, Result},
    metric_names::SOS_LATENESS,
    store::Tx,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use shared::{
    care::{
        escalation::{PolicyStep, Target},
        life::{CallState, ESCALATE, RESPONDER_LATE, SOS, UNANSWER},
    },
    cases::{Action, Step},
    ids::CaseId,
    notices::WarningKind,
};
use time::OffsetDateTime;

/// Most calls of one transaction.
pub(super) const BATCH: i64 = 200;

/// A change to a case: the case, the step of its flow, and the effect.
type CaseChange = (CaseRow, &'static Step, Effect);

/// A batch that failed: the calls it held, and the error.
struct BatchFailed {
    calls: Vec<CaseId>,
    error: Error,
}

impl From<Error> for BatchFailed {
    fn from(error: Error) -> Self {
        Self { calls: Vec::new(), error }
    }
}

/// Processes one batch, or call by call if it fails as a whole, so that one bad row never stops the others.
pub(super) async fn run_once(store: &Store) -> Result<usize> {
    match process_batch(store, BATCH, &[]).await {
        Ok(processed) => Ok(processed),
        Err(BatchFailed { calls, error }) if calls.is_empty() => Err(error),
        Err(BatchFailed { error, .. }) => {
            tracing::error!(%error, "a batch of steps failed; its calls are taken one by one");
            process_one_by_one(store).await
        }
    }
}

async fn process_one_by_one(store: &Store) -> Result<usize> {
    let (mut processed, mut failed) = (0, Vec::new());
    for _ in 0..BATCH {
        match process_batch(store, 1, &failed).await {
            Ok(0) => break,
            Ok(n) => processed += n,
            Err(BatchFailed { calls, error }) if calls.is_empty() => return Err(error),
            Err(BatchFailed { calls, error }) => {
                tracing::error!(?calls, %error, "the step of a call could not be taken");
                failed.extend(calls);
            }
        }
    }
    Ok(processed)
}

/// Locks up to `limit` due calls and processes them, in one transaction. Returns how many there were.
async fn process_batch(store: &Store, limit: i64, except: &[CaseId]) -> Result<usize, BatchFailed> {
    let actor = Actor::system(Task::Emergency);
    let tx = store.write(&actor).await?;
    let now = tx.now().await?.at;
    let due = lease_due(&tx, now, limit, except).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let calls: Vec<CaseId> = due.iter().map(|d| d.case.id).collect();
    let done = async {
        dispatch_due(&tx, &actor, now, due).await?;
        tx.commit().await
    };
    done.await.map(|()| calls.len()).map_err(|error| BatchFailed { calls, error })
}

/// Locks due calls that no other transaction holds; the case with the call, as every change does. The time is a parameter
/// and not `huimin_now()`: only a comparison with a plain value can use the index under row-level security.
async fn lease_due(tx: &Tx, now: OffsetDateTime, limit: i64, except: &[CaseId]) -> Result<Vec<DueCall>> {
    let columns = cases::columns_of("c");
    tx.all(
        &format!(
            "SELECT {columns}, p.steps, k.step, k.round, k.next_step_at, z.neighbour_id
               FROM care_call k JOIN cases c ON c.id = k.case_id JOIN care_policy p ON p.id = k.policy_id
               LEFT JOIN care_centre z ON z.organisation_id = c.organisation_id
              WHERE k.next_step_at <= $3 AND k.case_id <> ALL($2)
              ORDER BY k.next_step_at LIMIT $1 FOR UPDATE OF c, k SKIP LOCKED"
        ),
        [limit.into(), except.to_vec().into(), now.into()],
    )
    .await
}

fn flow_step(from: &str, action: Action) -> Result<&'static Step> {
    SOS.find(from, action.0).next().ok_or_else(|| Error::Broken(format!("no step {} in state {from}", action.0)))
}

/// Processes due calls that this transaction has locked.
async fn dispatch_due(tx: &Tx, actor: &Actor, now: OffsetDateTime, due: Vec<DueCall>) -> Result<()> {
    let (mut ringing, mut unanswered, mut sent, mut ended) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for call in due {
        match call.case.state_as::<CallState>()? {
            CallState::Ringing => ringing.push(call),
            CallState::Answered => unanswered.push(call),
            CallState::Dispatched | CallState::OnScene => sent.push(call),
            CallState::Resolved | CallState::FalseAlarm | CallState::Merged => ended.push(call.case.id),
        }
    }
    let mut changes = Vec::new();
    let expired = timeouts::expire_late_responders(tx, now, sent).await?;
    unanswered.extend(expired.abandoned);
    for (call, facts) in expired.late {
        let step = flow_step(&call.case.state, RESPONDER_LATE)?;
        changes.push((call.case, step, Effect { facts, ..Effect::default() }));
    }
    let mut writes = StepWrites::default();
    escalate(tx, now, ringing, &mut writes, &mut changes).await?;
    let rings_again: Vec<CaseId> = unanswered.iter().map(|c| c.case.id).collect();
    for call in unanswered {
        let step = flow_step(&call.case.state, UNANSWER)?;
        changes.push((call.case, step, Effect { assign: Assign::Clear, ..Effect::default() }));
    }
    cases::act_many(tx, actor, &changes).await?;
    let StepWrites { alerts, timers } = writes;
    alert::record(tx, alerts).await?;
    timers.write(tx).await?;
    restart_ringing(tx, rings_again).await?;
    timer::clear_timers(tx, ended).await
}

/// Takes the step of each ringing call.
async fn escalate(
    tx: &Tx,
    now: OffsetDateTime,
    ringing: Vec<DueCall>,
    writes: &mut StepWrites,
    changes: &mut Vec<CaseChange>,
) -> Result<()> {
    if ringing.is_empty() {
        return Ok(());
    }
    let policies: Vec<Vec<PolicyStep>> = ringing.iter().map(DueCall::policy).collect();
    let scopes: Vec<CallScope> = ringing.iter().map(DueCall::scope).collect();
    let family = policies.iter().flatten().any(|s| s.targets.contains(&Target::Family));
    let reachable = Reachable::load(tx, &scopes, family).await?;
    for (call, policy) in ringing.into_iter().zip(&policies) {
        metrics::histogram!(SOS_LATENESS).record(call.lateness(now).as_seconds_f64());
        let effect = advance(&call, now, policy, &reachable, writes)?;
        let step = flow_step(&call.case.state, ESCALATE)?;
        changes.push((call.case, step, effect));
    }
    if reachable.city_desk_is_empty() && writes.alerts.iter().any(|a| a.recipient.target == Target::CityDesk) {
        heartbeat::set_warning(tx, WarningKind::CareCityDeskEmpty, Some(CITY_DESK_EMPTY_TEXT.to_owned())).await?;
    }
    Ok(())
}

/// Withdraws the answer of calls. The step after the one that was answered is due at once: `next_step_at` stays in the
/// past, and the next batch takes it.
async fn restart_ringing(tx: &Tx, calls: Vec<CaseId>) -> Result<()> {
    if calls.is_empty() {
        return Ok(());
    }
    care_call::Entity::update_many()
        .set(care_call::ActiveModel { answered_at: Set(None), dispatched_at: Set(None), ..Default::default() })
        .filter(care_call::Column::CaseId.is_in(calls))
        .exec(tx)
        .await?;
    Ok(())
}
