//! What whoever answers a call does with it: answering, going on, calling back, handing over, noting, looking.

use crate::care::{escalation::engine, people::family, response::timeouts};
use crate::cases::assign::is_path;
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
    notices,
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use shared::{
    Complaint, Problem,
    care::life::ANSWERED,
    cases::Party,
    ids::{AccountId, CaseId},
};
use shared::{
    care::actions::{Answer, CallBack, StillOnIt},
    cases::{
        action::{bounded_text, required_choice},
        actions::{HandOver, Note, View},
    },
    field,
};

/// The event's open facts.
pub(crate) fn facts(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Takes a call (接听). A human being has it now: staff of its centres, or somebody it rang at, family or a medic. It
/// rings again if nothing comes of it.
pub(crate) async fn answer(change: &Change<'_>, _: &Answer) -> Result<Effect> {
    let me = change.actor.signed_in()?;
    let (tx, case) = (change.tx, change.case.id);
    // Whoever was only asked to go has not been asked to answer: they go, or they do not.
    if change.step.by == Party::Helper && !rang_at(tx, case, me).await? {
        return Err(Problem::Forbidden.into());
    }
    tx.run(
        "UPDATE care_call SET answered_at = $2, first_answered_at = coalesce(first_answered_at, $2) WHERE case_id = $1",
        [case.into(), change.now.at.into()],
    )
    .await?;
    engine::progress(tx, case).await?;
    Ok(Effect { assign: Assign::To(me), add_helpers: family::tell(change).await?, ..Effect::default() })
}

/// Whether a step of the policy called this account.
pub(crate) async fn rang_at(tx: &Tx, case: CaseId, account: AccountId) -> Result<bool> {
    let asked = "SELECT FROM care_page WHERE case_id = $1 AND account_id = $2";
    Ok(tx.run(asked, [case.into(), account.into()]).await? > 0)
}

/// Somebody works on it, so it need not ring again yet. Where somebody goes already, they are waited for, whatever else is
/// done; where somebody is, there is nothing to put off.
async fn go_on(change: &Change<'_>) -> Result<()> {
    let (tx, case) = (change.tx, change.case);
    if case.state != ANSWERED.0 && timeouts::somebody_goes(tx, case.id).await? {
        return Ok(());
    }
    let waits = "SELECT FROM care_call WHERE case_id = $1 AND next_step_at IS NOT NULL";
    if tx.run(waits, [case.id.into()]).await? > 0 {
        engine::progress(tx, case.id).await?;
    }
    Ok(())
}

/// Still at it (仍在处理).
pub(crate) async fn still_on_it(change: &Change<'_>, _: &StillOnIt) -> Result<Effect> {
    go_on(change).await?;
    Ok(Effect::default())
}

/// Called back (回拨): whether somebody was reached (`reached`: `yes` or `no`), with a note (`note`, may be empty).
pub(crate) async fn call_back(change: &Change<'_>, input: &CallBack) -> Result<Effect> {
    let reached = match input.reached.as_str() {
        "yes" => true,
        "no" => false,
        "" => return Err(Problem::field("reached", Complaint::Required).into()),
        _ => return Err(Problem::field("reached", Complaint::NotAnOption).into()),
    };
    let note = bounded_text("note", &input.note, 0, 1000)?;
    go_on(change).await?;
    Ok(Effect {
        facts: facts(&json!({ "reached": reached })),
        personal: (!note.is_empty()).then(|| json!({ "note": note })),
        ..Effect::default()
    })
}

/// Hands it over (移交) to whoever answers calls in its centre or in one that was drawn in (`colleague`, an account);
/// also to oneself, from somebody who has it.
pub(crate) async fn hand_over(change: &Change<'_>, input: &HandOver) -> Result<Effect> {
    #[derive(FromQueryResult)]
    struct Row {
        account: AccountId,
    }
    let wanted: AccountId = required_choice(field!(HandOver, colleague), &input.colleague)?;
    let found: Option<Row> = change
        .tx
        .one("SELECT account FROM huimin_call_colleagues($1) WHERE account = $2", [change.case.id.into(), wanted.into()])
        .await?;
    let to = found.ok_or(Problem::field("colleague", Complaint::NotAnOption))?.account;
    go_on(change).await?;
    if change.actor.account != Some(to) {
        let case = change.case;
        let path = format!("/dispatch/{}", case.number);
        let told = json!({ "number": case.number, "zh": case.title_zh, "en": case.title_en, "path": path });
        notices::notify(change.tx, to, Some(case.id), "care_handed", told).await?;
    }
    Ok(Effect { assign: Assign::To(to), facts: facts(&json!({ "to": to })), ..Effect::default() })
}

/// A note among those who answer for it (内部备注).
pub(crate) async fn note(_: &Change<'_>, input: &Note) -> Result<Effect> {
    let note = bounded_text("note", &input.note, 1, 1000)?;
    Ok(Effect { personal: Some(json!({ "note": note })), ..Effect::default() })
}

/// Its record was opened (调阅), with its numbers in full (`numbers`), or one of them was shown (`field`): logged,
/// nothing else.
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
