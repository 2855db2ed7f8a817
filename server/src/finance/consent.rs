//! Consent (授权): bank by bank, category by category, given and taken back by the firm.

use super::{bank_name, facts, firm, lapse, offers};
use crate::{
    AppState,
    cases::{Change, Effect},
    error::Result,
    store::{Tx, new_id},
    vault::sha256,
};
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{
    Complaint, Problem,
    finance::{
        consent::wording,
        life::{ASSESS, CATEGORIES, CONSENT_DAYS, PUBLISHED},
    },
    ids::{CaseId, ConsentId, OrganisationId},
};
use shared::{
    cases::action::required_choice,
    field,
    finance::actions::{GiveConsent, LapseConsents, WithdrawConsent},
};
use std::collections::BTreeSet;

/// The categories that were ticked.
fn categories(ticked: &BTreeSet<String>) -> Result<Vec<&'static str>> {
    let known: Vec<&'static str> = CATEGORIES.into_iter().filter(|c| ticked.contains(*c)).collect();
    if known.is_empty() || known.len() != ticked.len() {
        let complaint = if ticked.is_empty() { Complaint::Required } else { Complaint::NotAnOption };
        return Err(Problem::field(field!(GiveConsent, categories), complaint).into());
    }
    Ok(known)
}

/// Consents to categories (`categories`) for a bank (`bank`), as worded in a language (`lang`); the bank is drawn in. What
/// was given before and ends sooner is replaced and stays on record. Once an offer is accepted, only its bank is left to
/// consent to.
pub(crate) async fn give(change: &Change<'_>, input: &GiveConsent) -> Result<Effect> {
    let firm = firm(change).await?;
    let bank: OrganisationId = required_choice("bank", &input.bank)?;
    let name = bank_name(change.tx, bank).await?;
    let lang = input.lang;
    let ticked = categories(&input.categories)?;
    if change.case.state != PUBLISHED.0 && !change.case.joined.contains(&bank) {
        return Err(Problem::field("bank", Complaint::NotAnOption).into());
    }
    for category in &ticked {
        change
            .tx
            .run(
                "UPDATE finance_consent SET withdrawn_at = huimin_now(),
                     end_reason = CASE WHEN expires_on < huimin_today() THEN 'expired' ELSE 'renewed' END
                  WHERE case_id = $1 AND organisation_id = $2 AND category = $3 AND withdrawn_at IS NULL
                    AND expires_on < huimin_today() + $4::integer",
                [change.case.id.into(), bank.into(), (*category).into(), CONSENT_DAYS.into()],
            )
            .await?;
        let words = wording(lang, lang.pick(&name.name_zh, &name.name_en), category);
        change
            .tx
            .run(
                "INSERT INTO finance_consent (id, case_id, organisation_id, category, purpose, text_hash, lang, given_by, expires_on)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, huimin_today() + $9::integer)
                 ON CONFLICT (case_id, organisation_id, category) WHERE withdrawn_at IS NULL DO NOTHING",
                [
                    new_id::<ConsentId>().into(),
                    change.case.id.into(),
                    bank.into(),
                    (*category).into(),
                    ASSESS.into(),
                    sha256(&[words.as_bytes()]).into(),
                    lang.code().into(),
                    change.actor.signed_in()?.into(),
                    CONSENT_DAYS.into(),
                ],
            )
            .await?;
    }
    let told = json!({ "enterprise": firm.code, "bank_zh": name.name_zh, "bank_en": name.name_en, "categories": ticked });
    Ok(Effect { facts: facts(&told), add_organisations: vec![bank], ..Effect::default() })
}

/// Takes back whatever a bank (`bank`) may read. While offers are open the bank leaves the case, and its offer ends.
pub(crate) async fn withdraw(change: &Change<'_>, input: &WithdrawConsent) -> Result<Effect> {
    let firm = firm(change).await?;
    let bank: OrganisationId = required_choice("bank", &input.bank)?;
    let name = bank_name(change.tx, bank).await?;
    end(change.tx, change.case.id, Whose::Only(bank), "withdrawn").await?;
    let mut leave = Vec::new();
    if change.case.state == PUBLISHED.0 {
        offers::end_all(change.tx, change.case.id, Some(bank)).await?;
        leave.push(bank);
    }
    let told = json!({ "enterprise": firm.code, "bank_zh": name.name_zh, "bank_en": name.name_en });
    Ok(Effect { facts: facts(&told), remove_organisations: leave, ..Effect::default() })
}

/// Whose consents end.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    /// Every bank's.
    All,
    /// This bank's.
    Only(OrganisationId),
    /// Every other bank's.
    AllBut(OrganisationId),
}

/// Ends consents to a demand, for a reason that stays on record.
pub(super) async fn end(tx: &Tx, case: CaseId, whose: Whose, reason: &str) -> Result<()> {
    let (only, but) = match whose {
        Whose::All => (None, None),
        Whose::Only(bank) => (Some(bank), None),
        Whose::AllBut(bank) => (None, Some(bank)),
    };
    tx.run(
        "UPDATE finance_consent SET withdrawn_at = huimin_now(), end_reason = $4
          WHERE case_id = $1 AND withdrawn_at IS NULL AND ($2::uuid IS NULL OR organisation_id = $2)
            AND ($3::uuid IS NULL OR organisation_id <> $3)",
        [case.into(), only.into(), but.into(), reason.into()],
    )
    .await?;
    Ok(())
}

/// Whether a bank may read anything at all of a demand today.
pub(super) async fn holds(tx: &Tx, case: CaseId, bank: OrganisationId) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Row {
        holds: bool,
    }
    let row: Option<Row> = tx.one("SELECT finance_consented($1, $2) AS holds", [case.into(), bank.into()]).await?;
    Ok(row.is_some_and(|row| row.holds))
}

/// Marks what has run out; banks to which no consent is left leave the case, and their offers end.
pub(crate) async fn lapse(change: &Change<'_>, _: &LapseConsents) -> Result<Effect> {
    change
        .tx
        .run(
            "UPDATE finance_consent SET withdrawn_at = huimin_now(), end_reason = 'expired'
              WHERE case_id = $1 AND withdrawn_at IS NULL AND expires_on < huimin_today()",
            [change.case.id.into()],
        )
        .await?;
    let mut leave = Vec::new();
    for bank in change.case.joined.iter().copied() {
        if !holds(change.tx, change.case.id, bank).await? {
            offers::end_all(change.tx, change.case.id, Some(bank)).await?;
            leave.push(bank);
        }
    }
    Ok(Effect { facts: facts(&json!({ "banks": leave.len() })), remove_organisations: leave, ..Effect::default() })
}

/// Ends every consent whose day is over while offers are open; says in how many demands.
///
/// # Errors
/// What the store says; what was done before is done.
pub async fn lapse_all(city: &AppState) -> Result<usize> {
    let due = "SELECT DISTINCT c.number FROM finance_consent k JOIN cases c ON c.id = k.case_id
                WHERE k.withdrawn_at IS NULL AND k.expires_on < huimin_today() AND c.state = $1";
    lapse::all(city, due, &LapseConsents {}).await
}
