//! Closing and reopening a call.

use crate::care::{
    entity::{care_call, care_offer},
    escalation::timer,
    notify::notify,
};
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
    store::{DbInstant, Tx},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, SelectExt, sea_query::Expr};
use serde_json::json;
use shared::{
    Problem,
    care::actions::{CallOff, CallReopen, Resolve},
    cases::{Party, action::bounded_text},
    field,
    ids::{AccountId, CaseId},
};

/// Help was given (解决), with a `sentence` to the person: by a dispatcher of its centres, or by a responder at the scene.
pub(crate) async fn resolve(change: &Change<'_>, input: &Resolve) -> Result<Effect> {
    if change.step.by == Party::Helper && !is_at_scene(change.tx, change.case.id, change.actor.signed_in()?).await? {
        return Err(Problem::Forbidden.into());
    }
    close(change, &input.sentence).await
}

/// No help was needed (按误报结束), with a `sentence` to the person.
pub(crate) async fn call_off(change: &Change<'_>, input: &CallOff) -> Result<Effect> {
    close(change, &input.sentence).await
}

/// Whether this responder has arrived and is not done.
async fn is_at_scene(tx: &Tx, case: CaseId, responder: AccountId) -> Result<bool> {
    let offers = care_offer::Entity::find()
        .filter(care_offer::Column::CaseId.eq(case))
        .filter(care_offer::Column::ResponderId.eq(responder))
        .filter(care_offer::Column::ArrivedAt.is_not_null())
        .filter(care_offer::Column::WithdrawnAt.is_null())
        .filter(care_offer::Column::DoneAt.is_null());
    Ok(offers.exists(tx).await?)
}

async fn close(change: &Change<'_>, sentence: &str) -> Result<Effect> {
    let sentence = bounded_text(field!(Resolve, sentence), sentence, 5, 1000)?;
    let (tx, case) = (change.tx, change.case.id);
    care_call::Entity::update_many()
        .set(care_call::ActiveModel { ended_at: Set(Some(change.now.at.into())), ..Default::default() })
        .filter(care_call::Column::CaseId.eq(case))
        .exec(tx)
        .await?;
    timer::clear_timer(tx, case).await?;
    release_responders(change).await?;
    Ok(Effect { personal: Some(json!({ "sentence": sentence })), ..Effect::default() })
}

/// Releases the responders: those at the scene are done; those who were asked or are on the way are notified that they are
/// no longer needed.
pub(crate) async fn release_responders(change: &Change<'_>) -> Result<()> {
    let (tx, case) = (change.tx, change.case);
    let now = DbInstant::from(change.now.at);
    care_offer::Entity::update_many()
        .set(care_offer::ActiveModel { done_at: Set(Some(now)), welfare_due_at: Set(None), ..Default::default() })
        .filter(care_offer::Column::CaseId.eq(case.id))
        .filter(care_offer::Column::ArrivedAt.is_not_null())
        .filter(care_offer::Column::WithdrawnAt.is_null())
        .filter(care_offer::Column::DoneAt.is_null())
        .exec(tx)
        .await?;
    let released = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel {
            withdrawn_at: Set(Some(now)),
            welfare_due_at: Set(None),
            due_at: Set(None),
            ..Default::default()
        })
        .filter(care_offer::Column::CaseId.eq(case.id))
        .filter(care_offer::Column::ArrivedAt.is_null())
        .filter(care_offer::Column::WithdrawnAt.is_null())
        .filter(care_offer::Column::DeclinedAt.is_null())
        .exec_with_returning(tx)
        .await?;
    for offer in released.iter().filter(|offer| Some(offer.responder_id) != change.actor.account) {
        notify(tx, case, offer.responder_id, "care_stand_down", "/respond").await?;
    }
    Ok(())
}

/// Reopens a closed call (重新打开) with a `sentence` why; the dispatcher who reopens it has it.
pub(crate) async fn reopen(change: &Change<'_>, input: &CallReopen) -> Result<Effect> {
    let sentence = bounded_text("sentence", &input.sentence, 5, 1000)?;
    let me = change.actor.signed_in()?;
    let (tx, case, now) = (change.tx, change.case.id, change.now.at);
    care_call::Entity::update_many()
        .set(care_call::ActiveModel {
            ended_at: Set(None),
            fine_at: Set(None),
            answered_at: Set(Some(now.into())),
            ..Default::default()
        })
        .col_expr(care_call::Column::FirstAnsweredAt, Expr::cust_with_values("coalesce(first_answered_at, $1)", [now]))
        .filter(care_call::Column::CaseId.eq(case))
        .exec(tx)
        .await?;
    timer::postpone(tx, case).await?;
    Ok(Effect { assign: Assign::To(me), personal: Some(json!({ "sentence": sentence })), ..Effect::default() })
}
