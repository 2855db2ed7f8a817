//! Actions of a responder on an offer (accept, decline, set out, arrive, check in) and the desk's release of a responder.

use crate::care::{
    entity::{care_call, care_offer},
    escalation::timer,
    notify::{dispatch_path, event_facts, notify, notify_urgent},
    people::family,
    response::timeouts,
};
use crate::{
    cases::{Change, Effect},
    error::{Error, Result, sqlstate},
    store::{DbInstant, Tx},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, SelectExt, UpdateMany,
    raw_sql, sea_query::Expr,
};
use serde_json::json;
use shared::{
    FieldErrorKind, Problem,
    care::{
        actions::{AcceptOffer, Arrive, CheckIn, DeclineOffer, SetOut, StandDown},
        life::CallState,
        responder::{Decline, Release, SET_OUT_SECONDS, WELFARE_MINUTES, arrive_within},
    },
    cases::action::{bounded_text, required_choice},
    field,
    ids::{AccountId, CaseId, ResponderOfferId},
};
use time::Duration;

/// The offer is no longer open: another responder goes, none is needed, or the responder has already said so.
fn conflict<T>(change: &Change<'_>) -> Result<T> {
    let case = change.case;
    Err(Problem::Conflict { number: case.number.clone(), state: case.state.clone(), version: case.version, allowed: Vec::new() }
        .into())
}

/// The offer of the acting responder for this call.
fn own_offer(change: &Change<'_>, responder: AccountId) -> Condition {
    Condition::all().add(care_offer::Column::CaseId.eq(change.case.id)).add(care_offer::Column::ResponderId.eq(responder))
}

/// Runs an update of the responder's own offer unless it was withdrawn. Without an offer that fits, it is a conflict; an
/// account that was never asked learns no more than that it may not.
async fn update_own_offer(change: &Change<'_>, update: UpdateMany<care_offer::Entity>) -> Result<()> {
    let own = own_offer(change, change.actor.signed_in()?);
    let update = update.filter(own.clone()).filter(care_offer::Column::WithdrawnAt.is_null());
    if update.exec(change.tx).await?.rows_affected > 0 {
        Ok(())
    } else if care_offer::Entity::find().filter(own).exists(change.tx).await? {
        conflict(change)
    } else {
        Err(Problem::Forbidden.into())
    }
}

/// The time of the change, and the time so much later.
fn now_and_in(change: &Change<'_>, later: Duration) -> (DbInstant, DbInstant) {
    (change.now.at.into(), (change.now.at + later).into())
}

/// Whether a call still concerns the signed-in helper: they were alerted, have an offer that was neither declined nor
/// withdrawn, or the person named them as a contact. Others may no longer see its content.
pub(crate) async fn still_helps(tx: &Tx, case: CaseId) -> Result<bool> {
    let helps: Option<bool> = tx.fetch_value(raw_sql!(Postgres, "SELECT huimin_helps({case})")).await?;
    Ok(helps == Some(true))
}

/// Accepts (接单). The first of the responders of a wave to accept goes; the others are released and notified. It is one
/// statement, and an index of the table refuses a second one.
pub(crate) async fn accept(change: &Change<'_>, _: &AcceptOffer) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    // If they do not set out in time, they are released.
    let (now, due) = now_and_in(change, Duration::seconds(SET_OUT_SECONDS.into()));
    let is_first = "NOT EXISTS (SELECT FROM care_offer f WHERE f.case_id = care_offer.case_id AND f.wave = care_offer.wave
                                   AND f.accepted_at IS NOT NULL AND f.withdrawn_at IS NULL)";
    let update = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel { accepted_at: Set(Some(now)), due_at: Set(Some(due)), ..Default::default() })
        .filter(care_offer::Column::AcceptedAt.is_null())
        .filter(care_offer::Column::DeclinedAt.is_null())
        .filter(Expr::cust(is_first));
    match update_own_offer(change, update).await {
        Err(Error::Store(error)) if sqlstate(&error).as_deref() == Some("23505") => return conflict(change),
        done => done?,
    }
    release_others(change).await?;
    // Accepting a call that still rings answers it.
    care_call::Entity::update_many()
        .col_expr(care_call::Column::DispatchedAt, Expr::cust_with_values("coalesce(dispatched_at, $1)", [now]))
        .col_expr(care_call::Column::AnsweredAt, Expr::cust_with_values("coalesce(answered_at, $1)", [now]))
        .col_expr(care_call::Column::FirstAnsweredAt, Expr::cust_with_values("coalesce(first_answered_at, $1)", [now]))
        .filter(care_call::Column::CaseId.eq(case.id))
        .exec(tx)
        .await?;
    timeouts::schedule_next_timeout(tx, case.id, None).await?;
    Ok(Effect { add_helpers: family::notify_contacts(change).await?, ..Effect::default() })
}

/// Withdraws the open offers of the same wave, and notifies the responders.
async fn release_others(change: &Change<'_>) -> Result<()> {
    let (tx, case) = (change.tx, change.case);
    let (me, now) = (change.actor.signed_in()?, change.now.at);
    let others: Vec<AccountId> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "UPDATE care_offer o SET withdrawn_at = {now}
              WHERE o.case_id = {case.id} AND o.responder_id <> {me} AND o.accepted_at IS NULL AND o.declined_at IS NULL
                AND o.withdrawn_at IS NULL
                AND o.wave = (SELECT mine.wave FROM care_offer mine WHERE mine.case_id = {case.id} AND mine.responder_id = {me})
             RETURNING o.responder_id"
        ))
        .await?;
    for responder in others {
        notify(tx, case, responder, "care_taken", "/respond").await?;
    }
    Ok(())
}

/// Declines (拒单) with a `reason`; also after having accepted, up to the arrival. If no responder remains, the dispatcher
/// who has the call is notified, and the progress time of the policy starts.
pub(crate) async fn decline(change: &Change<'_>, input: &DeclineOffer) -> Result<Effect> {
    let reason: Decline = required_choice(field!(DeclineOffer, reason), &input.reason)?;
    // Everything about the call comes first: once they have declined, row-level security hides it from them.
    let remaining = remaining_responders(change).await?;
    let (tx, case) = (change.tx, change.case);
    if remaining.own_accepted && waits_for_responders(change)? {
        timeouts::schedule_next_timeout(tx, case.id, Some(change.actor.signed_in()?)).await?;
    } else if remaining.going == 0 && !remaining.timer_runs {
        timer::postpone(tx, case.id).await?;
    }
    let now = DbInstant::from(change.now.at);
    let update = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel { decline_reason: Set(Some(reason)), ..Default::default() })
        .col_expr(care_offer::Column::DeclinedAt, Expr::cust_with_values("CASE WHEN accepted_at IS NULL THEN $1 END", [now]))
        .col_expr(care_offer::Column::WithdrawnAt, Expr::cust_with_values("CASE WHEN accepted_at IS NOT NULL THEN $1 END", [now]))
        .filter(care_offer::Column::DeclinedAt.is_null())
        .filter(care_offer::Column::ArrivedAt.is_null())
        .filter(care_offer::Column::DoneAt.is_null());
    update_own_offer(change, update).await?;
    if remaining.going == 0
        && remaining.waiting == 0
        && let Some(dispatcher) = case.assignee_id
    {
        notify(tx, case, dispatcher, "care_nobody_goes", &dispatch_path(case)).await?;
    }
    Ok(Effect {
        facts: event_facts(&json!({ "reason": reason, "waiting": remaining.waiting, "going": remaining.going })),
        ..Effect::default()
    })
}

/// The other responders of the call, for a responder who declines.
#[derive(FromQueryResult)]
struct RemainingResponders {
    /// How many others have not answered.
    waiting: i64,
    /// How many others are going or there.
    going: i64,
    /// Whether the responder themself had accepted.
    own_accepted: bool,
    /// Whether the timer of the call runs.
    timer_runs: bool,
}

async fn remaining_responders(change: &Change<'_>) -> Result<RemainingResponders> {
    let (case, me) = (change.case.id, change.actor.signed_in()?);
    let found: Option<RemainingResponders> = change
        .tx
        .fetch_one(raw_sql!(
            Postgres,
            "SELECT count(*) FILTER (WHERE accepted_at IS NULL AND declined_at IS NULL) AS waiting,
                    count(*) FILTER (WHERE accepted_at IS NOT NULL AND done_at IS NULL) AS going,
                    EXISTS (SELECT FROM care_offer m WHERE m.case_id = {case} AND m.responder_id = {me} AND m.accepted_at IS NOT NULL
                               AND m.withdrawn_at IS NULL) AS own_accepted,
                    EXISTS (SELECT FROM care_call WHERE case_id = {case} AND next_step_at IS NOT NULL) AS timer_runs
               FROM care_offer WHERE case_id = {case} AND withdrawn_at IS NULL AND responder_id <> {me}"
        ))
        .await?;
    found.ok_or_else(|| Error::Broken("no answer to a count".to_owned()))
}

/// Whether the timer of the call is for its responders. While it rings or is answered, the timer is for the dispatchers.
fn waits_for_responders(change: &Change<'_>) -> Result<bool> {
    Ok(match change.case.state_as::<CallState>()? {
        CallState::Dispatched | CallState::OnScene => true,
        CallState::Ringing | CallState::Answered | CallState::Resolved | CallState::FalseAlarm | CallState::Merged => false,
    })
}

/// Sets out (出发). From now on there is a deadline for the arrival.
pub(crate) async fn set_out(change: &Change<'_>, _: &SetOut) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    let eta: Option<Option<i32>> = care_offer::Entity::find()
        .select_only()
        .column(care_offer::Column::EtaS)
        .filter(own_offer(change, change.actor.signed_in()?))
        .into_tuple()
        .one(tx)
        .await?;
    let (now, due) = now_and_in(change, Duration::seconds(arrive_within(eta.flatten()).into()));
    let update = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel { set_out_at: Set(Some(now)), due_at: Set(Some(due)), ..Default::default() })
        .filter(care_offer::Column::AcceptedAt.is_not_null())
        .filter(care_offer::Column::SetOutAt.is_null())
        .filter(care_offer::Column::ArrivedAt.is_null());
    update_own_offer(change, update).await?;
    if waits_for_responders(change)? {
        timeouts::schedule_next_timeout(tx, case.id, None).await?;
    }
    Ok(Effect::default())
}

/// Arrives (到场). From now on the responder regularly reports that they are well.
pub(crate) async fn arrive(change: &Change<'_>, _: &Arrive) -> Result<Effect> {
    let (now, welfare_due) = now_and_in(change, Duration::minutes(WELFARE_MINUTES.into()));
    let update = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel {
            arrived_at: Set(Some(now)),
            due_at: Set(None),
            welfare_due_at: Set(Some(welfare_due)),
            ..Default::default()
        })
        .filter(care_offer::Column::AcceptedAt.is_not_null())
        .filter(care_offer::Column::ArrivedAt.is_null());
    update_own_offer(change, update).await?;
    let (tx, case) = (change.tx, change.case);
    // An arrival also answers a call that still rings for others.
    care_call::Entity::update_many()
        .col_expr(care_call::Column::OnSceneAt, Expr::cust_with_values("coalesce(on_scene_at, $1)", [now]))
        .col_expr(care_call::Column::AnsweredAt, Expr::cust_with_values("coalesce(answered_at, $1)", [now]))
        .col_expr(care_call::Column::FirstAnsweredAt, Expr::cust_with_values("coalesce(first_answered_at, $1)", [now]))
        .filter(care_call::Column::CaseId.eq(case.id))
        .exec(tx)
        .await?;
    timer::clear_timer(tx, case.id).await?;
    Ok(Effect { add_helpers: family::notify_contacts(change).await?, ..Effect::default() })
}

/// Reports that they themself are well (报平安); an alarm about them is over.
pub(crate) async fn check_in(change: &Change<'_>, _: &CheckIn) -> Result<Effect> {
    let (_, welfare_due) = now_and_in(change, Duration::minutes(WELFARE_MINUTES.into()));
    let update = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel {
            welfare_due_at: Set(Some(welfare_due)),
            welfare_alarm_at: Set(None),
            ..Default::default()
        })
        .filter(care_offer::Column::ArrivedAt.is_not_null())
        .filter(care_offer::Column::DoneAt.is_null());
    update_own_offer(change, update).await?;
    Ok(Effect::default())
}

/// The desk releases a responder (撤回救援员) who was asked, is going or is there (`offer`), with an optional `note`. If no
/// responder remains, the progress time of the policy starts, and the call rings again after it.
pub(crate) async fn stand_down(change: &Change<'_>, input: &StandDown) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    let offer: ResponderOfferId = required_choice(field!(StandDown, offer), &input.offer)?;
    let note = bounded_text("note", &input.note, 0, 1000)?;
    let released = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel {
            withdrawn_at: Set(Some(change.now.at.into())),
            withdrawn_reason: Set(Some(Release::Desk)),
            due_at: Set(None),
            welfare_due_at: Set(None),
            welfare_alarm_at: Set(None),
            ..Default::default()
        })
        .filter(care_offer::Column::CaseId.eq(case.id))
        .filter(care_offer::Column::Id.eq(offer))
        .filter(care_offer::Column::DeclinedAt.is_null())
        .filter(care_offer::Column::WithdrawnAt.is_null())
        .filter(care_offer::Column::DoneAt.is_null())
        .exec_with_returning(tx)
        .await?;
    let not_an_option = || Problem::field("offer", FieldErrorKind::NotAnOption);
    let responder = released.first().ok_or_else(not_an_option)?.responder_id;
    if waits_for_responders(change)? {
        timeouts::schedule_next_timeout(tx, case.id, None).await?;
    }
    notify_urgent(tx, case, responder, "care_released", "/respond").await?;
    Ok(Effect {
        facts: event_facts(&json!({ "responder": responder })),
        personal: (!note.is_empty()).then(|| json!({ "note": note })),
        ..Effect::default()
    })
}
