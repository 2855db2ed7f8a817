//! Proposing and deciding (拟办、审批): never by one pair of eyes, which the Flow says, and the table's constraint.

use super::{accept::facts, record};
use crate::{
    cases::{Assign, Change, Effect},
    error::{Error, Result, sqlstate},
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shared::{
    Complaint, Problem,
    ids::{AccountId, CaseId},
    services::Item,
};
use shared::{
    cases::action::bounded_text,
    services::actions::{ProposeGrant, ProposeRefusal, SendBack},
};

/// Broken check constraint (SQLSTATE, PostgreSQL appendix A).
const CHECK_VIOLATION: &str = "23514";

/// The reason of the input (`code`): one of the item's.
pub(super) fn refusal(item: &Item, code: &str) -> Result<String> {
    let code = code.trim();
    let complaint = if code.is_empty() { Complaint::Required } else { Complaint::NotAnOption };
    Ok(item.refusal(code).ok_or(Problem::field("code", complaint))?.code.clone())
}

async fn propose(change: &Change<'_>, outcome: &str, code: Option<&str>, sentence: &str) -> Result<()> {
    let case = change.case;
    let sealed = change.tx.person_key(case.subject_id).await?.seal(record::REASON, case.id, sentence.as_bytes())?;
    change
        .tx
        .run(
            "INSERT INTO decision (case_id, round, outcome, reason_code, reason_sealed, proposed_by)
             SELECT $1, coalesce(max(round), 0) + 1, $2, $3, $4, $5 FROM decision WHERE case_id = $1",
            [case.id.into(), outcome.into(), code.map(str::to_owned).into(), sealed.into(), change.actor.signed_in()?.into()],
        )
        .await?;
    Ok(())
}

/// Proposes to grant (拟准予), with a note to the second pair of eyes (`note`, may be empty).
pub(crate) async fn propose_grant(change: &Change<'_>, input: &ProposeGrant) -> Result<Effect> {
    let note = bounded_text("note", &input.note, 0, 1000)?;
    propose(change, "grant", None, "").await?;
    Ok(Effect { personal: noted(&note), assign: Assign::Nobody, ..Effect::default() })
}

fn noted(note: &str) -> Option<Value> {
    (!note.is_empty()).then(|| json!({ "note": note }))
}

/// Proposes to refuse (拟不予), for one of the item's reasons (`code`), with the sentence to the applicant (`sentence`).
pub(crate) async fn propose_refusal(change: &Change<'_>, input: &ProposeRefusal) -> Result<Effect> {
    let item = record::application(change.tx, change.case.id).await?.item;
    let code = refusal(&item, &input.code)?;
    let sentence = bounded_text("sentence", &input.sentence, 5, 1000)?;
    propose(change, "refuse", Some(&code), &sentence).await?;
    Ok(Effect {
        facts: facts(&json!({ "code": code })),
        personal: Some(json!({ "sentence": sentence })),
        assign: Assign::Nobody,
        ..Effect::default()
    })
}

#[derive(FromQueryResult)]
struct Proposal {
    round: i32,
    outcome: String,
    reason_code: Option<String>,
    reason_sealed: Vec<u8>,
    proposed_by: AccountId,
}

/// The proposal that waits for its second pair of eyes.
async fn pending(tx: &Tx, case: CaseId) -> Result<Proposal> {
    let found: Option<Proposal> = tx
        .one(
            "SELECT round, outcome, reason_code, reason_sealed, proposed_by FROM decision
             WHERE case_id = $1 AND decided_by IS NULL AND NOT sent_back ORDER BY round DESC LIMIT 1",
            [case.into()],
        )
        .await?;
    found.ok_or_else(|| Error::Broken("a proposed case without a proposal".into()))
}

/// Approves what was proposed (批准): the decision as the applicant reads it.
pub(crate) async fn approve<I>(change: &Change<'_>, _: &I) -> Result<Effect> {
    let case = change.case;
    let proposal = pending(change.tx, case.id).await?;
    let decided = change
        .tx
        .run(
            "UPDATE decision SET decided_by = $3, decided_at = $4 WHERE case_id = $1 AND round = $2",
            [case.id.into(), proposal.round.into(), change.actor.signed_in()?.into(), change.now.at.into()],
        )
        .await;
    match decided {
        Ok(_) => {}
        Err(Error::Store(e)) if sqlstate(&e).as_deref() == Some(CHECK_VIOLATION) => return Err(Problem::Forbidden.into()),
        Err(e) => return Err(e),
    }
    record::set_open(change.tx, case.id, false).await?;
    let key = change.tx.person_key(case.subject_id).await?;
    let sentence = String::from_utf8(key.open(record::REASON, case.id, &proposal.reason_sealed)?).unwrap_or_default();
    Ok(Effect {
        facts: facts(&json!({ "outcome": proposal.outcome, "code": proposal.reason_code })),
        personal: (!sentence.is_empty()).then(|| json!({ "sentence": sentence })),
        ..Effect::default()
    })
}

/// Sends the proposal back to whoever made it (退回), with a note (`note`, may be empty).
pub(crate) async fn send_back(change: &Change<'_>, input: &SendBack) -> Result<Effect> {
    let note = bounded_text("note", &input.note, 0, 1000)?;
    let proposal = pending(change.tx, change.case.id).await?;
    change
        .tx
        .run(
            "UPDATE decision SET sent_back = true WHERE case_id = $1 AND round = $2",
            [change.case.id.into(), proposal.round.into()],
        )
        .await?;
    Ok(Effect { personal: noted(&note), assign: Assign::To(proposal.proposed_by), ..Effect::default() })
}
