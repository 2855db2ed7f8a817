//! Whoever is with a person says every so often that they themselves are well (救援员报平安). If they do not, whoever has
//! the call is told.

use crate::care::dispatch::request::{facts, leads_to};
use crate::{
    Actor, AppState, Task,
    cases::{Change, Effect, Request, perform},
    error::{Error, Result},
    notices,
};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{
    Problem,
    ids::{AccountId, ResponderOfferId},
};
use shared::{care::actions::WelfareAlarm, cases::action::required_choice, field};
use time::OffsetDateTime;

/// Most alarms raised in one look; the next comes in seconds.
const BATCH: i64 = 100;

#[derive(FromQueryResult)]
struct Silent {
    id: ResponderOfferId,
    number: String,
    due: OffsetDateTime,
}

/// Looks who has not said in time that they are well, and raises the alarm about each once; says how many.
///
/// # Errors
/// What the store says; one that fails is logged and tried again at the next look.
pub async fn look(city: &AppState) -> Result<usize> {
    let system = Actor::system(Task::Emergency);
    let tx = city.store.read(&system).await?;
    let silent: Vec<Silent> = tx
        .all(
            "SELECT o.id, c.number, o.welfare_due_at AS due FROM care_offer o JOIN cases c ON c.id = o.case_id
              WHERE o.welfare_due_at <= huimin_now() AND o.welfare_alarm_at IS NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
                AND c.closed_at IS NULL ORDER BY o.welfare_due_at LIMIT $1",
            [BATCH.into()],
        )
        .await?;
    drop(tx);
    let mut raised = 0;
    for Silent { id, number, due } in silent {
        // By the moment that passed: two processes that look at once raise it once, and the next one is another.
        let key = format!("welfare-{id}-{}", due.unix_timestamp());
        let input = WelfareAlarm { offer: id.to_string() };
        let request = Request { number: &number, version: None, key: &key, input: &input };
        match perform(&city.store, &system, request).await {
            Ok(_) => raised += 1,
            // They said so, or the call ended, between the look and the alarm.
            Err(Error::Problem(Problem::Conflict { .. })) => {}
            Err(error) => tracing::error!(number, %error, "the alarm about a responder was not raised"),
        }
    }
    Ok(raised)
}

#[derive(FromQueryResult)]
struct Told {
    account: AccountId,
}

/// A responder did not say so in time (`offer`: which of the call's).
pub(crate) async fn alarm(change: &Change<'_>, input: &WelfareAlarm) -> Result<Effect> {
    #[derive(FromQueryResult)]
    struct Raised {
        responder_id: AccountId,
    }
    let (tx, case) = (change.tx, change.case);
    let offer: ResponderOfferId = required_choice(field!(WelfareAlarm, offer), &input.offer)?;
    let raised: Option<Raised> = tx
        .one(
            "UPDATE care_offer SET welfare_alarm_at = $3 WHERE id = $2 AND case_id = $1 AND welfare_due_at <= $3
                AND welfare_alarm_at IS NULL AND withdrawn_at IS NULL AND done_at IS NULL RETURNING responder_id",
            [case.id.into(), offer.into(), change.now.at.into()],
        )
        .await?;
    let Some(Raised { responder_id }) = raised else {
        let (number, state) = (case.number.clone(), case.state.clone());
        return Err(Problem::Conflict { number, state, version: case.version, allowed: Vec::new() }.into());
    };
    // Whoever has the call, and every dispatcher of its centres who is on duty.
    let told: Vec<Told> = tx
        .all(
            "SELECT c.assignee_id AS account FROM cases c WHERE c.id = $1 AND c.assignee_id IS NOT NULL
             UNION
             SELECT m.account_id FROM cases c JOIN membership m ON m.organisation_id = ANY(c.organisation_id || c.joined)
              WHERE c.id = $1 AND m.role = ANY(ARRAY['dispatcher', 'chief_dispatcher']) AND m.ended_at IS NULL AND huimin_on_duty(m.account_id)",
            [case.id.into()],
        )
        .await?;
    let path = format!("/dispatch/{}", case.number);
    for Told { account } in told {
        notices::notify_urgent(tx, account, Some(case.id), "care_welfare", leads_to(case, &path)).await?;
    }
    Ok(Effect { facts: facts(&json!({ "responder": responder_id })), ..Effect::default() })
}
