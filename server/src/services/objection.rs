//! Objection to a refusal (复核): another supervisor than the one who approved it upholds or reopens.

use super::{
    accept::{facts, limits},
    record,
};
use crate::{
    cases::{Assign, Change, Effect},
    error::Result,
};
use serde_json::{Value, json};
use shared::{
    cases::action::bounded_text,
    field,
    services::actions::{Object, Reopen, Uphold},
};

fn said(sentence: &str) -> Result<Option<Value>> {
    Ok(Some(json!({ "sentence": bounded_text(field!(Object, sentence), sentence, 5, 1000)? })))
}

/// Objects, saying why (`sentence`).
pub(crate) async fn object(_change: &Change<'_>, input: &Object) -> Result<Effect> {
    Ok(Effect { personal: said(&input.sentence)?, assign: Assign::Nobody, ..Effect::default() })
}

/// Upholds the refusal, saying why (`sentence`).
pub(crate) async fn uphold(_change: &Change<'_>, input: &Uphold) -> Result<Effect> {
    Ok(Effect { personal: said(&input.sentence)?, ..Effect::default() })
}

/// Reopens it for another decision, saying why (`sentence`); the decision clock starts anew. Not while another
/// application for the same item is open: that one is decided then.
pub(crate) async fn reopen(change: &Change<'_>, input: &Reopen) -> Result<Effect> {
    let case = change.case;
    let application = record::application(change.tx, case.id).await?;
    let personal = said(&input.sentence)?;
    if let Some(conflict) = record::already_open(change.tx, application.person, &application.item).await? {
        return Err(conflict.into());
    }
    record::set_open(change.tx, case.id, true).await?;
    Ok(Effect {
        facts: facts(&json!({ "legal_days": application.item.time.legal_days })),
        personal,
        assign: Assign::Nobody,
        limits: limits(&application.item),
        ..Effect::default()
    })
}
