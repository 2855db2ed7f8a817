//! Accepting an application (受理) or not (不予受理), after the Administrative Licensing Law (行政许可法), art. 32.

use super::{decision::refusal, record};
use crate::{
    cases::{Change, Effect},
    error::Result,
};
use serde_json::{Map, Value, json};
use shared::{
    cases::Clock,
    services::{Item, life::DECISION},
};
use shared::{cases::action::bounded_text, services::actions::NotAccept};

/// The event's open facts.
pub(super) fn facts(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The decision clock's limits: of the version of the item that the application was made under.
pub(super) fn limits(item: &Item) -> Vec<(Clock, i32, i32)> {
    vec![(DECISION, item.time.legal_days, item.time.promised_days)]
}

/// Accepts it, by somebody's hand or by silence; the decision clock starts.
pub(crate) async fn accept<I>(change: &Change<'_>, _: &I) -> Result<Effect> {
    let item = record::application(change.tx, change.case.id).await?.item;
    Ok(Effect { limits: limits(&item), ..Effect::default() })
}

/// Does not accept it, for one of the item's reasons (`code`), with a sentence to the applicant (`sentence`).
pub(crate) async fn not_accept(change: &Change<'_>, input: &NotAccept) -> Result<Effect> {
    let item = record::application(change.tx, change.case.id).await?.item;
    let code = refusal(&item, &input.code)?;
    let sentence = bounded_text("sentence", &input.sentence, 5, 1000)?;
    record::set_open(change.tx, change.case.id, false).await?;
    Ok(Effect { facts: facts(&json!({ "code": code })), personal: Some(json!({ "sentence": sentence })), ..Effect::default() })
}
