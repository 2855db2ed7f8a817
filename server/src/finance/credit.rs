//! The bank's work after an offer is accepted: due diligence, credit decision by a second person, disbursement.

use super::{
    entity::{credit_decision, demand},
    form_fields,
    parties::{bank_of, facts},
    reservations::{accepted_offer, release, use_reserved},
};
use crate::{
    cases::{Change, Effect},
    error::Result,
    store::db_today,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, raw_sql};
use serde_json::json;
use shared::{
    Problem,
    cases::action::bounded_text,
    field,
    finance::{
        actions::{ApproveCredit, Disburse, RefuseCredit, ReturnDiligence, SubmitDiligence},
        codes::{CreditOutcome, RefusalCode},
    },
    ids::OrganisationId,
};

/// An officer submits the findings of the due diligence for decision.
pub(crate) async fn submit_findings(change: &Change<'_>, input: &SubmitDiligence) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    let findings = bounded_text(field!(SubmitDiligence, sentence), &input.sentence, 5, 1000)?;
    let (case, account) = (change.case, change.actor.signed_in()?);
    change
        .tx
        .execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO diligence (case_id, round, organisation_id, findings, submitted_by)
             SELECT {case.id}, coalesce(max(round), 0) + 1, {bank}, {findings}, {account} FROM diligence WHERE case_id = {case.id}"
        ))
        .await?;
    Ok(Effect::default())
}

/// The supervisor returns the findings to the officer.
pub(crate) async fn return_findings(change: &Change<'_>, input: &ReturnDiligence) -> Result<Effect> {
    bank_of(change.actor, change.case)?;
    let reason = bounded_text(field!(ReturnDiligence, sentence), &input.sentence, 5, 1000)?;
    let case = change.case;
    change
        .tx
        .execute_sql(raw_sql!(
            Postgres,
            "UPDATE diligence SET sent_back = {reason}
              WHERE case_id = {case.id} AND round = (SELECT max(round) FROM diligence WHERE case_id = {case.id})"
        ))
        .await?;
    Ok(Effect::default())
}

/// The supervisor approves the credit.
pub(crate) async fn approve(change: &Change<'_>, _: &ApproveCredit) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    insert_decision(change, bank, CreditOutcome::Approved, None).await?;
    Ok(Effect::default())
}

/// The supervisor refuses the credit with a reason code and a sentence to the firm; the reservation is released.
pub(crate) async fn refuse(change: &Change<'_>, input: &RefuseCredit) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    let code: RefusalCode = form_fields::choice(&input.code).map_err(|kind| Problem::field(field!(RefuseCredit, code), kind))?;
    let sentence = bounded_text(field!(RefuseCredit, sentence), &input.sentence, 5, 1000)?;
    insert_decision(change, bank, CreditOutcome::Refused, Some((code, sentence))).await?;
    let offer = accepted_offer(change.tx, change.case.id).await?;
    release(change.tx, offer.product_id, offer.amount_fen).await?;
    Ok(Effect { facts: facts(&json!({ "code": code })), ..Effect::default() })
}

async fn insert_decision(
    change: &Change<'_>,
    bank: OrganisationId,
    outcome: CreditOutcome,
    refusal: Option<(RefusalCode, String)>,
) -> Result<()> {
    let (code, sentence) = refusal.unzip();
    let decision = credit_decision::ActiveModel {
        case_id: Set(change.case.id),
        organisation_id: Set(bank),
        outcome: Set(outcome),
        code: Set(code),
        sentence: Set(sentence),
        decided_by: Set(change.actor.signed_in()?),
        ..Default::default()
    };
    credit_decision::Entity::insert(decision).exec_without_returning(change.tx).await?;
    Ok(())
}

/// Disburses the loan: the reservation becomes used quota, and the schedule counts from today.
pub(crate) async fn disburse(change: &Change<'_>, _: &Disburse) -> Result<Effect> {
    bank_of(change.actor, change.case)?;
    let offer = accepted_offer(change.tx, change.case.id).await?;
    demand::Entity::update_many()
        .col_expr(demand::Column::DisbursedOn, db_today())
        .filter(demand::Column::CaseId.eq(change.case.id))
        .exec(change.tx)
        .await?;
    use_reserved(change.tx, offer.product_id, offer.amount_fen).await?;
    Ok(Effect { facts: facts(&json!({ "amount_fen": offer.amount_fen })), ..Effect::default() })
}
