//! How a call ends, and that it can be opened again.

use crate::care::escalation::engine;
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
    notices,
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{
    Problem,
    cases::Party,
    ids::{AccountId, CaseId},
};
use shared::{
    care::actions::{CallOff, CallReopen, Resolve},
    cases::action::bounded_text,
    field,
};

/// Help was given (解决), with a sentence to the person (`sentence`): by whoever answers for it, or by a responder who
/// is there.
pub(crate) async fn resolve(change: &Change<'_>, input: &Resolve) -> Result<Effect> {
    if change.step.by == Party::Helper && !is_there(change.tx, change.case.id, change.actor.signed_in()?).await? {
        return Err(Problem::Forbidden.into());
    }
    end(change, &input.sentence).await
}

/// No help was needed (按误报结束), with a sentence to the person (`sentence`).
pub(crate) async fn call_off(change: &Change<'_>, input: &CallOff) -> Result<Effect> {
    end(change, &input.sentence).await
}

/// Whether this responder has arrived and is not done.
async fn is_there(tx: &Tx, case: CaseId, responder: AccountId) -> Result<bool> {
    let there = "SELECT FROM care_offer WHERE case_id = $1 AND responder_id = $2 AND arrived_at IS NOT NULL
        AND withdrawn_at IS NULL AND done_at IS NULL";
    Ok(tx.run(there, [case.into(), responder.into()]).await? > 0)
}

async fn end(change: &Change<'_>, sentence: &str) -> Result<Effect> {
    let sentence = bounded_text(field!(Resolve, sentence), sentence, 5, 1000)?;
    let (tx, case) = (change.tx, change.case.id);
    tx.run("UPDATE care_call SET ended_at = $2 WHERE case_id = $1", [case.into(), change.now.at.into()]).await?;
    engine::rest(tx, case).await?;
    release(change).await?;
    Ok(Effect { personal: Some(json!({ "sentence": sentence })), ..Effect::default() })
}

/// Lets the responders go: those who are there are done; those who were asked or are on the way are told that they
/// need not come.
pub(crate) async fn release(change: &Change<'_>) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Told {
        responder_id: AccountId,
    }
    let (tx, case) = (change.tx, change.case);
    tx.run(
        "UPDATE care_offer SET done_at = $2, welfare_due_at = NULL
          WHERE case_id = $1 AND arrived_at IS NOT NULL AND withdrawn_at IS NULL AND done_at IS NULL",
        [case.id.into(), change.now.at.into()],
    )
    .await?;
    let told: Vec<Told> = tx
        .all(
            "UPDATE care_offer SET withdrawn_at = $2, welfare_due_at = NULL, due_at = NULL
              WHERE case_id = $1 AND arrived_at IS NULL AND withdrawn_at IS NULL AND declined_at IS NULL
             RETURNING responder_id",
            [case.id.into(), change.now.at.into()],
        )
        .await?;
    for Told { responder_id } in told.into_iter().filter(|t| Some(t.responder_id) != change.actor.account) {
        let facts = json!({ "number": case.number, "zh": case.title_zh, "en": case.title_en, "path": "/respond" });
        notices::notify(tx, responder_id, Some(case.id), "care_stand_down", facts).await?;
    }
    Ok(())
}

/// It had not ended after all (重新打开): whoever opens it again has it, with a sentence why (`sentence`).
pub(crate) async fn reopen(change: &Change<'_>, input: &CallReopen) -> Result<Effect> {
    let sentence = bounded_text("sentence", &input.sentence, 5, 1000)?;
    let me = change.actor.signed_in()?;
    let (tx, case) = (change.tx, change.case.id);
    tx.run(
        "UPDATE care_call SET ended_at = NULL, fine_at = NULL, answered_at = $2, first_answered_at = coalesce(first_answered_at, $2)
          WHERE case_id = $1",
        [case.into(), change.now.at.into()],
    )
    .await?;
    engine::progress(tx, case).await?;
    Ok(Effect { assign: Assign::To(me), personal: Some(json!({ "sentence": sentence })), ..Effect::default() })
}
