//! Handlers for the person who answers a call: answer, still working, call back, hand over, note, view.

use crate::care::{
    entity::{care_alert, care_call},
    escalation::timer,
    notify::{dispatch_path, event_facts, notify},
    people::family,
    response::timeouts,
};
use crate::{
    cases::{Assign, Change, Effect, assign::is_path},
    error::Result,
    store::Tx,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, SelectExt, raw_sql, sea_query::Expr};
use serde_json::json;
use shared::{
    FieldErrorKind, Problem,
    care::{
        actions::{Answer, CallBack, StillOnIt},
        life::CallState,
    },
    cases::{
        Party,
        action::{bounded_text, required_choice},
        actions::{HandOver, Note, View},
    },
    field,
    ids::{AccountId, CaseId},
};

/// Answers a call (接听): a dispatcher of its centres, or a helper at whom it rang. It rings again if nothing is done within
/// the progress time.
pub(crate) async fn answer(change: &Change<'_>, _: &Answer) -> Result<Effect> {
    let me = change.actor.signed_in()?;
    let (tx, case) = (change.tx, change.case.id);
    // A responder who was only asked to go has no alert: they accept or decline instead.
    if change.step.by == Party::Helper && !was_alerted(tx, case, me).await? {
        return Err(Problem::Forbidden.into());
    }
    let now = change.now.at;
    care_call::Entity::update_many()
        .set(care_call::ActiveModel { answered_at: Set(Some(now.into())), ..Default::default() })
        .col_expr(care_call::Column::FirstAnsweredAt, Expr::cust_with_values("coalesce(first_answered_at, $1)", [now]))
        .filter(care_call::Column::CaseId.eq(case))
        .exec(tx)
        .await?;
    timer::postpone(tx, case).await?;
    Ok(Effect { assign: Assign::To(me), add_helpers: family::notify_contacts(change).await?, ..Effect::default() })
}

/// Whether a step of the policy alerted this account.
pub(crate) async fn was_alerted(tx: &Tx, case: CaseId, account: AccountId) -> Result<bool> {
    let alerts =
        care_alert::Entity::find().filter(care_alert::Column::CaseId.eq(case)).filter(care_alert::Column::AccountId.eq(account));
    Ok(alerts.exists(tx).await?)
}

/// Restarts the progress time, because the call is being worked on. The deadlines of active responders are not extended,
/// and a stopped timer is not started.
async fn extend_deadline(change: &Change<'_>) -> Result<()> {
    let (tx, case) = (change.tx, change.case);
    let is_only_answered = match case.state_as::<CallState>()? {
        CallState::Answered => true,
        CallState::Ringing
        | CallState::Dispatched
        | CallState::OnScene
        | CallState::Resolved
        | CallState::FalseAlarm
        | CallState::Merged => false,
    };
    if !is_only_answered && timeouts::has_active_responder(tx, case.id).await? {
        return Ok(());
    }
    let running = care_call::Entity::find_by_id(case.id).filter(care_call::Column::NextStepAt.is_not_null());
    if running.exists(tx).await? {
        timer::postpone(tx, case.id).await?;
    }
    Ok(())
}

/// Still working on it (仍在处理).
pub(crate) async fn still_on_it(change: &Change<'_>, _: &StillOnIt) -> Result<Effect> {
    extend_deadline(change).await?;
    Ok(Effect::default())
}

/// Called back (回拨): whether the caller was reached (`reached`: `yes` or `no`), with an optional `note`.
pub(crate) async fn call_back(change: &Change<'_>, input: &CallBack) -> Result<Effect> {
    let reached = match input.reached.as_str() {
        "yes" => true,
        "no" => false,
        "" => return Err(Problem::field("reached", FieldErrorKind::Required).into()),
        _ => return Err(Problem::field("reached", FieldErrorKind::NotAnOption).into()),
    };
    let note = bounded_text("note", &input.note, 0, 1000)?;
    extend_deadline(change).await?;
    Ok(Effect {
        facts: event_facts(&json!({ "reached": reached })),
        personal: (!note.is_empty()).then(|| json!({ "note": note })),
        ..Effect::default()
    })
}

/// Hands the call over (移交) to a dispatcher of its centre or of a centre that joined it (`colleague`, an account); also to
/// oneself, from the dispatcher who has it.
pub(crate) async fn hand_over(change: &Change<'_>, input: &HandOver) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    let wanted: AccountId = required_choice(field!(HandOver, colleague), &input.colleague)?;
    let found: Option<AccountId> = tx
        .fetch_value(raw_sql!(Postgres, "SELECT account FROM huimin_call_colleagues({case.id}) WHERE account = {wanted}"))
        .await?;
    let to = found.ok_or(Problem::field("colleague", FieldErrorKind::NotAnOption))?;
    extend_deadline(change).await?;
    if change.actor.account != Some(to) {
        notify(tx, case, to, "care_handed", &dispatch_path(case)).await?;
    }
    Ok(Effect { assign: Assign::To(to), facts: event_facts(&json!({ "to": to })), ..Effect::default() })
}

/// An internal note (内部备注).
pub(crate) async fn note(_: &Change<'_>, input: &Note) -> Result<Effect> {
    let note = bounded_text("note", &input.note, 1, 1000)?;
    Ok(Effect { personal: Some(json!({ "note": note })), ..Effect::default() })
}

/// The record was opened (调阅), with phone numbers in full (`numbers`), or one of them was shown (`field`). Only logged.
pub(crate) async fn view(_: &Change<'_>, input: &View) -> Result<Effect> {
    let mut effect = Effect::default();
    if is_path(&input.field) {
        effect.facts.insert("field".to_owned(), json!(input.field));
    }
    if input.numbers {
        effect.facts.insert("numbers".to_owned(), json!(true));
    }
    Ok(effect)
}
