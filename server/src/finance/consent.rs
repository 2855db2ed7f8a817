//! Consent (授权): given and withdrawn by the firm for one bank and one category of data at a time.

use super::{
    consent_records::{Recipients, end_consents, end_expired_consents, has_consent},
    expiry,
    parties::{authorize_firm, bank_name, facts},
    reservations::close_offers,
};
use crate::{
    AppState,
    cases::{Change, Effect},
    error::Result,
    store::{Tx, new_id},
    vault::sha256,
};
use sea_orm::raw_sql;
use serde_json::json;
use shared::{
    FieldErrorKind, Lang, Problem,
    cases::action::required_choice,
    field,
    finance::{
        actions::{GiveConsent, LapseConsents, WithdrawConsent},
        codes::{ConsentEnd, ConsentPurpose, DataCategory, OfferOutcome},
        consent::wording,
        life::{CONSENT_DAYS, DemandState},
    },
    ids::{AccountId, CaseId, ConsentId, OrganisationId},
};
use std::collections::BTreeSet;

/// The categories that were ticked, in the order of the form.
fn parse_categories(ticked: &BTreeSet<String>) -> Result<Vec<DataCategory>> {
    let known: Vec<DataCategory> = DataCategory::ALL.iter().copied().filter(|c| ticked.contains(c.code())).collect();
    if known.is_empty() || known.len() != ticked.len() {
        let kind = if ticked.is_empty() { FieldErrorKind::Required } else { FieldErrorKind::NotAnOption };
        return Err(Problem::field(field!(GiveConsent, categories), kind).into());
    }
    Ok(known)
}

/// Gives consent to categories of data for a bank, in the wording of the language that was shown; the bank joins the
/// case. A consent that expires earlier is replaced and stays on record. After an offer is accepted, consent can be given
/// only to its bank.
pub(crate) async fn give(change: &Change<'_>, input: &GiveConsent) -> Result<Effect> {
    let firm = authorize_firm(change).await?;
    let bank: OrganisationId = required_choice(field!(GiveConsent, bank), &input.bank)?;
    let name = bank_name(change.tx, bank).await?;
    let categories = parse_categories(&input.categories)?;
    if !change.case.state_as::<DemandState>()?.takes_offers() && !change.case.joined.contains(&bank) {
        return Err(Problem::field(field!(GiveConsent, bank), FieldErrorKind::NotAnOption).into());
    }
    let account = change.actor.signed_in()?;
    for category in &categories {
        end_earlier_consent(change.tx, change.case.id, bank, *category).await?;
        let words = wording(input.lang, name.text(input.lang), *category);
        let consent = NewConsent { case: change.case.id, bank, category: *category, words, lang: input.lang, account };
        consent.insert(change.tx).await?;
    }
    let given = json!({ "enterprise": firm, "bank_zh": name.zh, "bank_en": name.en, "categories": categories });
    Ok(Effect { facts: facts(&given), add_organisations: vec![bank], ..Effect::default() })
}

/// Ends a consent that would expire before one given today.
async fn end_earlier_consent(tx: &Tx, case: CaseId, bank: OrganisationId, category: DataCategory) -> Result<()> {
    let (days, expired, renewed) = (CONSENT_DAYS, ConsentEnd::Expired, ConsentEnd::Renewed);
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE finance_consent SET ended_at = huimin_now(),
             end_reason = CASE WHEN expires_on < huimin_today() THEN {expired} ELSE {renewed} END
          WHERE case_id = {case} AND organisation_id = {bank} AND category = {category} AND ended_at IS NULL
            AND expires_on < huimin_today() + {days}::integer"
    ))
    .await?;
    Ok(())
}

/// A consent to be given today.
struct NewConsent {
    case: CaseId,
    bank: OrganisationId,
    category: DataCategory,
    /// The text that was shown.
    words: String,
    lang: Lang,
    account: AccountId,
}

impl NewConsent {
    /// Inserts the consent unless one is in force.
    async fn insert(&self, tx: &Tx) -> Result<()> {
        let id: ConsentId = new_id();
        let Self { case, bank, category, lang, account, .. } = *self;
        let (purpose, hash, days) = (ConsentPurpose::AssessDemand, sha256(&[self.words.as_bytes()]), CONSENT_DAYS);
        tx.execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO finance_consent (id, case_id, organisation_id, category, purpose, text_hash, lang, given_by, expires_on)
             VALUES ({id}, {case}, {bank}, {category}, {purpose}, {hash}, {lang}, {account}, huimin_today() + {days}::integer)
             ON CONFLICT (case_id, organisation_id, category) WHERE ended_at IS NULL DO NOTHING"
        ))
        .await?;
        Ok(())
    }
}

/// Withdraws every consent of a bank. While offers are open the bank leaves the case and its offer is closed.
pub(crate) async fn withdraw(change: &Change<'_>, input: &WithdrawConsent) -> Result<Effect> {
    let firm = authorize_firm(change).await?;
    let bank: OrganisationId = required_choice(field!(WithdrawConsent, bank), &input.bank)?;
    let name = bank_name(change.tx, bank).await?;
    end_consents(change.tx, change.case.id, Recipients::Only(bank), ConsentEnd::Withdrawn).await?;
    let mut leave = Vec::new();
    if change.case.state_as::<DemandState>()?.takes_offers() {
        close_offers(change.tx, change.case.id, Some(bank), OfferOutcome::Declined).await?;
        leave.push(bank);
    }
    let withdrawn = json!({ "enterprise": firm, "bank_zh": name.zh, "bank_en": name.en });
    Ok(Effect { facts: facts(&withdrawn), remove_organisations: leave, ..Effect::default() })
}

/// Ends the consents of a demand that expired; banks without any other consent leave the case and their offers are closed.
pub(crate) async fn expire(change: &Change<'_>, _: &LapseConsents) -> Result<Effect> {
    end_expired_consents(change.tx, change.case.id).await?;
    let mut leave = Vec::new();
    for bank in change.case.joined.iter().copied() {
        if !has_consent(change.tx, change.case.id, bank).await? {
            close_offers(change.tx, change.case.id, Some(bank), OfferOutcome::Declined).await?;
            leave.push(bank);
        }
    }
    Ok(Effect { facts: facts(&json!({ "banks": leave.len() })), remove_organisations: leave, ..Effect::default() })
}

/// Ends every expired consent of open demands. Returns the number of demands.
///
/// # Errors
/// When the database fails; demands handled before the failure stay handled.
pub async fn expire_due(state: &AppState) -> Result<usize> {
    let published = DemandState::Published;
    let due = raw_sql!(
        Postgres,
        "SELECT DISTINCT c.number FROM finance_consent k JOIN cases c ON c.id = k.case_id
          WHERE k.ended_at IS NULL AND k.expires_on < huimin_today() AND c.state = {published}"
    );
    expiry::perform_on_due(state, due, &LapseConsents {}).await
}
