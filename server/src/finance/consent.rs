//! Consent (授权): bank by bank, category by category, given and taken back by the firm.

use super::{bank_name, facts, firm, key, offers};
use crate::{
    cases::{Change, Effect},
    error::Result,
    vault::sha256,
};
use serde_json::{Value, json};
use shared::{
    Complaint, Lang, Problem,
    finance::{
        consent::wording,
        life::{ASSESS, CATEGORIES, CONSENT_DAYS, PUBLISHED},
    },
};
use uuid::Uuid;

/// The categories that were ticked.
fn categories(input: &Value) -> Result<Vec<&'static str>> {
    let ticked: Vec<&str> =
        input.get("categories").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let known: Vec<&'static str> = CATEGORIES.into_iter().filter(|c| ticked.contains(c)).collect();
    if known.is_empty() || known.len() != ticked.len() {
        let complaint = if ticked.is_empty() { Complaint::Required } else { Complaint::NotAnOption };
        return Err(Problem::field("categories", complaint).into());
    }
    Ok(known)
}

/// Consents to categories (`categories`) for a bank (`bank`), as worded in a language (`lang`); the bank is drawn in.
pub(crate) async fn give(change: &Change<'_>) -> Result<Effect> {
    let firm = firm(change).await?;
    let bank = key(change.input, "bank")?;
    let name = bank_name(change.tx, bank).await?;
    let lang = change.input.get("lang").and_then(Value::as_str).and_then(Lang::parse).unwrap_or_default();
    let ticked = categories(change.input)?;
    for category in &ticked {
        let words = wording(lang, lang.pick(&name.name_zh, &name.name_en), category);
        change
            .tx
            .run(
                "INSERT INTO finance_consent (id, case_id, organisation_id, category, purpose, text_hash, lang, given_by, expires_on)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, huimin_today() + $9::integer)
                 ON CONFLICT (case_id, organisation_id, category) WHERE withdrawn_at IS NULL DO NOTHING",
                [
                    Uuid::now_v7().into(),
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
    Ok(Effect { facts: facts(&told), join: vec![bank], ..Effect::default() })
}

/// Takes back whatever a bank (`bank`) may read. While offers are open the bank leaves the case, and its offer ends.
pub(crate) async fn withdraw(change: &Change<'_>) -> Result<Effect> {
    let firm = firm(change).await?;
    let bank = key(change.input, "bank")?;
    let name = bank_name(change.tx, bank).await?;
    change
        .tx
        .run(
            "UPDATE finance_consent SET withdrawn_at = huimin_now()
              WHERE case_id = $1 AND organisation_id = $2 AND withdrawn_at IS NULL",
            [change.case.id.into(), bank.into()],
        )
        .await?;
    let mut leave = Vec::new();
    if change.case.state == PUBLISHED.0 {
        offers::end_all(change.tx, change.case.id, Some(bank)).await?;
        leave.push(bank);
    }
    let told = json!({ "enterprise": firm.code, "bank_zh": name.name_zh, "bank_en": name.name_en });
    Ok(Effect { facts: facts(&told), leave, ..Effect::default() })
}
