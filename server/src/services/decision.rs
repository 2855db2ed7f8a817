//! Proposing and deciding (拟办、审批): by two different members of staff, which the Flow and a constraint of the table
//! both require.

use super::{accept::refusal_code, entity::decision, record};
use crate::{
    cases::{Assign, Change, Effect, facts},
    error::{Error, Result, sqlstate},
    store::Tx,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, raw_sql};
use serde_json::{Value, json};
use shared::{
    Problem,
    cases::action::bounded_text,
    ids::CaseId,
    services::{
        actions::{ProposeGrant, ProposeRefusal, SendBack},
        outcome::DecisionOutcome,
    },
};

/// A violated check constraint (SQLSTATE, PostgreSQL appendix A).
const CHECK_VIOLATION: &str = "23514";

async fn propose(change: &Change<'_>, outcome: DecisionOutcome, code: Option<String>, sentence: &str) -> Result<()> {
    let case = change.case;
    let sealed = change.tx.person_key(case.subject_id).await?.seal(record::REASON, case.id, sentence.as_bytes())?;
    let proposer = change.actor.signed_in()?;
    change
        .tx
        .execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO decision (case_id, round, outcome, reason_code, reason_sealed, proposed_by)
             SELECT {case.id}, coalesce(max(round), 0) + 1, {outcome}, {code}, {sealed}, {proposer} FROM decision WHERE case_id = {case.id}"
        ))
        .await?;
    Ok(())
}

/// Proposes to grant (拟准予), with a note to the approver (`note`, may be empty).
pub(crate) async fn propose_grant(change: &Change<'_>, input: &ProposeGrant) -> Result<Effect> {
    let note = bounded_text("note", &input.note, 0, 1000)?;
    propose(change, DecisionOutcome::Grant, None, "").await?;
    Ok(Effect { personal: note_content(&note), assign: Assign::Clear, ..Effect::default() })
}

fn note_content(note: &str) -> Option<Value> {
    (!note.is_empty()).then(|| json!({ "note": note }))
}

/// Proposes to refuse (拟不予), for one of the item's reasons (`code`), with the sentence to the applicant (`sentence`).
pub(crate) async fn propose_refusal(change: &Change<'_>, input: &ProposeRefusal) -> Result<Effect> {
    let item = record::application(change.tx, change.case.id).await?.item;
    let code = refusal_code(&item, &input.code)?;
    let sentence = bounded_text("sentence", &input.sentence, 5, 1000)?;
    propose(change, DecisionOutcome::Refuse, Some(code.clone()), &sentence).await?;
    Ok(Effect {
        facts: facts(json!({ "code": code }))?,
        personal: Some(json!({ "sentence": sentence })),
        assign: Assign::Clear,
        ..Effect::default()
    })
}

/// The proposal that waits for its approval.
async fn pending(tx: &Tx, case: CaseId) -> Result<decision::Model> {
    decision::Entity::find()
        .filter(decision::Column::CaseId.eq(case))
        .filter(decision::Column::DecidedBy.is_null())
        .filter(decision::Column::SentBack.eq(false))
        .order_by_desc(decision::Column::Round)
        .one(tx)
        .await?
        .ok_or_else(|| Error::Broken("a proposed case without a proposal".into()))
}

/// Approves the proposal (批准): the decision as the applicant reads it.
pub(crate) async fn approve<I>(change: &Change<'_>, _: &I) -> Result<Effect> {
    let case = change.case;
    let proposal = pending(change.tx, case.id).await?;
    let approval = decision::ActiveModel {
        decided_by: Set(Some(change.actor.signed_in()?)),
        decided_at: Set(Some(change.now.at.into())),
        ..Default::default()
    };
    match decision::Entity::update_many().set(approval).filter(key_of(&proposal)).exec(change.tx).await {
        Ok(_) => {}
        Err(e) if sqlstate(&e).as_deref() == Some(CHECK_VIOLATION) => return Err(Problem::Forbidden.into()),
        Err(e) => return Err(e.into()),
    }
    record::set_open(change.tx, case.id, false).await?;
    let key = change.tx.person_key(case.subject_id).await?;
    let sentence = String::from_utf8(key.open(record::REASON, case.id, &proposal.reason_sealed)?).unwrap_or_default();
    Ok(Effect {
        facts: facts(json!({ "outcome": proposal.outcome.code(), "code": proposal.reason_code }))?,
        personal: (!sentence.is_empty()).then(|| json!({ "sentence": sentence })),
        ..Effect::default()
    })
}

/// Sends the proposal back to its proposer (退回), with a note (`note`, may be empty).
pub(crate) async fn send_back(change: &Change<'_>, input: &SendBack) -> Result<Effect> {
    let note = bounded_text("note", &input.note, 0, 1000)?;
    let proposal = pending(change.tx, change.case.id).await?;
    decision::Entity::update_many()
        .set(decision::ActiveModel { sent_back: Set(true), ..Default::default() })
        .filter(key_of(&proposal))
        .exec(change.tx)
        .await?;
    Ok(Effect { personal: note_content(&note), assign: Assign::To(proposal.proposed_by), ..Effect::default() })
}

fn key_of(proposal: &decision::Model) -> Condition {
    Condition::all().add(decision::Column::CaseId.eq(proposal.case_id)).add(decision::Column::Round.eq(proposal.round))
}
