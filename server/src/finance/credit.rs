//! The bank's own road after the acceptance: due diligence, a second pair of eyes, the money.

use super::{bank_of, facts, one_of, release};
use crate::{
    cases::{Change, Effect},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{
    cases::action::bounded_text,
    finance::actions::{ApproveCredit, Disburse, RefuseCredit, ReturnDiligence, SubmitDiligence},
};
use shared::{
    finance::{Fen, life::REFUSAL_CODES},
    ids::{CaseId, OrganisationId, ProductId},
};

/// An officer hands the findings in (`sentence`).
pub(crate) async fn submit(change: &Change<'_>, input: &SubmitDiligence) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    let findings = bounded_text("sentence", &input.sentence, 5, 1000)?;
    change
        .tx
        .run(
            "INSERT INTO diligence (case_id, round, organisation_id, findings, submitted_by)
             SELECT $1, coalesce(max(round), 0) + 1, $2, $3, $4 FROM diligence WHERE case_id = $1",
            [change.case.id.into(), bank.into(), findings.into(), change.actor.signed_in()?.into()],
        )
        .await?;
    Ok(Effect::default())
}

/// The supervisor sends the findings back (`sentence`).
pub(crate) async fn send_back(change: &Change<'_>, input: &ReturnDiligence) -> Result<Effect> {
    bank_of(change.actor, change.case)?;
    let why = bounded_text("sentence", &input.sentence, 5, 1000)?;
    change
        .tx
        .run(
            "UPDATE diligence SET sent_back = $2
              WHERE case_id = $1 AND round = (SELECT max(round) FROM diligence WHERE case_id = $1)",
            [change.case.id.into(), why.into()],
        )
        .await?;
    Ok(Effect::default())
}

/// The supervisor approves.
pub(crate) async fn approve(change: &Change<'_>, _: &ApproveCredit) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    decide(change, bank, "approved", None).await?;
    Ok(Effect::default())
}

/// The supervisor refuses, with a code (`code`) and a sentence to the firm (`sentence`); what was reserved is free again.
pub(crate) async fn refuse(change: &Change<'_>, input: &RefuseCredit) -> Result<Effect> {
    let bank = bank_of(change.actor, change.case)?;
    let code = one_of("code", &input.code, &REFUSAL_CODES)?;
    let sentence = bounded_text("sentence", &input.sentence, 5, 1000)?;
    decide(change, bank, "refused", Some((&code, sentence))).await?;
    let offer = accepted(change.tx, change.case.id).await?;
    release(change.tx, offer.product_id, offer.amount_fen).await?;
    Ok(Effect { facts: facts(&json!({ "code": code })), ..Effect::default() })
}

async fn decide(change: &Change<'_>, bank: OrganisationId, outcome: &str, refusal: Option<(&str, String)>) -> Result<()> {
    let (code, sentence) = refusal.map_or((None, None), |(code, sentence)| (Some(code.to_owned()), Some(sentence)));
    change
        .tx
        .run(
            "INSERT INTO credit_decision (case_id, organisation_id, outcome, code, sentence, decided_by) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                change.case.id.into(),
                bank.into(),
                outcome.into(),
                code.into(),
                sentence.into(),
                change.actor.signed_in()?.into(),
            ],
        )
        .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Accepted {
    product_id: ProductId,
    amount_fen: Fen,
}

/// The accepted offer of a demand.
async fn accepted(tx: &Tx, case: CaseId) -> Result<Accepted> {
    find_accepted(tx, case).await?.ok_or_else(|| Error::Broken("a credit without an accepted offer".to_owned()))
}

async fn find_accepted(tx: &Tx, case: CaseId) -> Result<Option<Accepted>> {
    tx.one("SELECT product_id, amount_fen FROM offer WHERE case_id = $1 AND outcome = 'accepted'", [case.into()]).await
}

/// Gives back what the accepted offer reserved, if there is one.
pub(super) async fn release_accepted(tx: &Tx, case: CaseId) -> Result<()> {
    match find_accepted(tx, case).await? {
        Some(offer) => release(tx, offer.product_id, offer.amount_fen).await,
        None => Ok(()),
    }
}

/// Pays out: what was reserved is used, and the schedule counts from today.
pub(crate) async fn disburse(change: &Change<'_>, _: &Disburse) -> Result<Effect> {
    bank_of(change.actor, change.case)?;
    let offer = accepted(change.tx, change.case.id).await?;
    change.tx.run("UPDATE demand SET disbursed_on = huimin_today() WHERE case_id = $1", [change.case.id.into()]).await?;
    let used = change
        .tx
        .run(
            "UPDATE bank_product SET reserved_fen = reserved_fen - $2, used_fen = used_fen + $2 WHERE id = $1",
            [offer.product_id.into(), offer.amount_fen.into()],
        )
        .await?;
    if used != 1 {
        return Err(Error::Broken(format!("no product {}", offer.product_id)));
    }
    Ok(Effect { facts: facts(&json!({ "amount_fen": offer.amount_fen })), ..Effect::default() })
}
