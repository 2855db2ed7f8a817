//! Accepting an application (受理) or not (不予受理), after the Administrative Licensing Law (行政许可法), art. 32.

use super::record;
use crate::{
    cases::{Change, Effect, facts},
    error::Result,
};
use serde_json::json;
use shared::{
    FieldErrorKind, Problem,
    cases::{Clock, action::bounded_text},
    services::{Item, actions::NotAccept, life::DECISION},
};

/// The limits of the decision clock, by the version of the item under which the application was made.
pub(super) fn limits(item: &Item) -> Vec<(Clock, i32, i32)> {
    vec![(DECISION, item.time.legal_days, item.time.promised_days)]
}

/// The code of a refusal of the item (`code` of the input).
pub(super) fn refusal_code(item: &Item, code: &str) -> Result<String> {
    let code = code.trim();
    let kind = if code.is_empty() { FieldErrorKind::Required } else { FieldErrorKind::NotAnOption };
    Ok(item.refusal(code).ok_or(Problem::field("code", kind))?.code.clone())
}

/// Accepts an application, by a member of staff or by silence; starts the decision clock.
pub(crate) async fn accept<I>(change: &Change<'_>, _: &I) -> Result<Effect> {
    let item = record::application(change.tx, change.case.id).await?.item;
    Ok(Effect { limits: limits(&item), ..Effect::default() })
}

/// Does not accept an application, for one of the item's reasons (`code`), with a sentence to the applicant (`sentence`).
pub(crate) async fn not_accept(change: &Change<'_>, input: &NotAccept) -> Result<Effect> {
    let item = record::application(change.tx, change.case.id).await?.item;
    let code = refusal_code(&item, &input.code)?;
    let sentence = bounded_text("sentence", &input.sentence, 5, 1000)?;
    record::set_open(change.tx, change.case.id, false).await?;
    Ok(Effect { facts: facts(json!({ "code": code }))?, personal: Some(json!({ "sentence": sentence })), ..Effect::default() })
}
