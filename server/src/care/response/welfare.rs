//! Welfare checks of responders (救援员报平安): a responder at the scene regularly reports that they are well. If a report is
//! missing, the dispatchers are notified.

use crate::care::{
    entity::care_offer,
    notify::{dispatch_path, event_facts, notify_urgent},
};
use crate::{
    Actor, AppState, Task,
    cases::{Change, Effect, Request, perform},
    error::{Error, Result},
    store::DbInstant,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, raw_sql};
use serde_json::json;
use shared::{
    Problem,
    care::actions::WelfareAlarm,
    cases::action::required_choice,
    field,
    ids::{AccountId, ResponderOfferId},
};

/// Most alarms raised in one run; the next run follows within seconds.
const BATCH: i64 = 100;

/// Finds the responders whose report is missing, and raises the alarm about each once. Returns how many were raised.
///
/// # Errors
/// Errors of the database; an alarm that fails is logged and tried again at the next run.
pub async fn raise_alarms(state: &AppState) -> Result<usize> {
    let system = Actor::system(Task::Emergency);
    let tx = state.store.read(&system).await?;
    let most = BATCH;
    let silent: Vec<(ResponderOfferId, String, DbInstant)> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT o.id, c.number, o.welfare_due_at FROM care_offer o JOIN cases c ON c.id = o.case_id
              WHERE o.welfare_due_at <= huimin_now() AND o.welfare_alarm_at IS NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
                AND c.closed_at IS NULL ORDER BY o.welfare_due_at LIMIT {most}"
        ))
        .await?;
    drop(tx);
    let mut raised = 0;
    for (id, number, due) in silent {
        // The key contains the deadline: two processes raise it once, and a later deadline is another alarm.
        let key = format!("welfare-{id}-{}", due.timestamp().as_second());
        let input = WelfareAlarm { offer: id.to_string() };
        let request = Request { number: &number, version: None, key: &key, input: &input };
        match perform(&state.store, &system, request).await {
            Ok(_) => raised += 1,
            // The responder reported, or the call ended, in the meantime.
            Err(Error::Problem(Problem::Conflict { .. })) => {}
            Err(error) => tracing::error!(number, %error, "the alarm about a responder was not raised"),
        }
    }
    Ok(raised)
}

/// A responder did not report in time (`offer`: which offer of the call).
pub(crate) async fn alarm(change: &Change<'_>, input: &WelfareAlarm) -> Result<Effect> {
    let (tx, case) = (change.tx, change.case);
    let now = DbInstant::from(change.now.at);
    let offer: ResponderOfferId = required_choice(field!(WelfareAlarm, offer), &input.offer)?;
    let raised = care_offer::Entity::update_many()
        .set(care_offer::ActiveModel { welfare_alarm_at: Set(Some(now)), ..Default::default() })
        .filter(care_offer::Column::Id.eq(offer))
        .filter(care_offer::Column::CaseId.eq(case.id))
        .filter(care_offer::Column::WelfareDueAt.lte(now))
        .filter(care_offer::Column::WelfareAlarmAt.is_null())
        .filter(care_offer::Column::WithdrawnAt.is_null())
        .filter(care_offer::Column::DoneAt.is_null())
        .exec_with_returning(tx)
        .await?;
    let Some(responder) = raised.first().map(|offer| offer.responder_id) else {
        let (number, state) = (case.number.clone(), case.state.clone());
        return Err(Problem::Conflict { number, state, version: case.version, allowed: Vec::new() }.into());
    };
    // The dispatcher who has the call, and every dispatcher of its centres who is on duty.
    let dispatchers: Vec<AccountId> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT c.assignee_id FROM cases c WHERE c.id = {case.id} AND c.assignee_id IS NOT NULL
             UNION
             SELECT m.account_id FROM cases c JOIN membership m ON m.organisation_id = ANY(c.organisation_id || c.joined)
              WHERE c.id = {case.id} AND m.role = ANY(ARRAY['dispatcher', 'chief_dispatcher']) AND m.ended_at IS NULL
                AND huimin_on_duty(m.account_id)"
        ))
        .await?;
    let path = dispatch_path(case);
    for account in dispatchers {
        notify_urgent(tx, case, account, "care_welfare", &path).await?;
    }
    Ok(Effect { facts: event_facts(&json!({ "responder": responder })), ..Effect::default() })
}
