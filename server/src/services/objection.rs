//! Objection to a refusal (复核): a supervisor who did not approve the refusal upholds it or reopens the case.

use super::{accept::limits, record};
use crate::{
    cases::{Assign, Change, Effect, facts},
    error::Result,
};
use serde_json::{Value, json};
use shared::{
    cases::action::bounded_text,
    field,
    services::actions::{Object, Reopen, Uphold},
};

/// The sentence of the input, as personal content of the event.
fn sentence_of(sentence: &str) -> Result<Option<Value>> {
    Ok(Some(json!({ "sentence": bounded_text(field!(Object, sentence), sentence, 5, 1000)? })))
}

/// Objects to the refusal, with the reason (`sentence`).
pub(crate) async fn object(_change: &Change<'_>, input: &Object) -> Result<Effect> {
    Ok(Effect { personal: sentence_of(&input.sentence)?, assign: Assign::Clear, ..Effect::default() })
}

/// Upholds the refusal, with the reason (`sentence`).
pub(crate) async fn uphold(_change: &Change<'_>, input: &Uphold) -> Result<Effect> {
    Ok(Effect { personal: sentence_of(&input.sentence)?, ..Effect::default() })
}

/// Reopens the case for another decision, with the reason (`sentence`); restarts the decision clock. Refused while another
/// application for the same item is open, because that one is decided instead.
pub(crate) async fn reopen(change: &Change<'_>, input: &Reopen) -> Result<Effect> {
    let case = change.case;
    let application = record::application(change.tx, case.id).await?;
    let personal = sentence_of(&input.sentence)?;
    if let Some(conflict) = record::already_open(change.tx, application.person, &application.item).await? {
        return Err(conflict.into());
    }
    record::set_open(change.tx, case.id, true).await?;
    Ok(Effect {
        facts: facts(json!({ "legal_days": application.item.time.legal_days }))?,
        personal,
        assign: Assign::Clear,
        limits: limits(&application.item),
        ..Effect::default()
    })
}
