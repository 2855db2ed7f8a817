//! Handlers of assignment: claiming, releasing and handing over a case; notes among colleagues and logged views.

use super::{
    change::{Assign, Change, Effect, facts},
    rules,
};
use crate::error::Result;
use sea_orm::raw_sql;
use serde_json::json;
use shared::{FieldErrorKind, Problem, cases::Step, ids::AccountId};
use shared::{
    cases::{
        action::{bounded_text, required_choice},
        actions::{Claim, HandOver, Note, Release, View},
    },
    field,
};

/// Claims a case (领取). A case that is assigned to a colleague cannot be claimed, unless the four-eyes rule excludes that
/// colleague from the next step: the proposer of a decision does not keep the case from its approver.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; errors of the store.
pub async fn claim(change: &Change<'_>, _: &Claim) -> Result<Effect> {
    let me = change.actor.signed_in()?;
    let case = change.case;
    if let Some(other) = case.assignee_id.filter(|other| *other != me) {
        let next: Vec<&'static Step> = case.flow(change.tx)?.from(&case.state).collect();
        let history = rules::load_history(change.tx, case, &next).await?;
        let excluded = next.iter().any(|step| history.excluded(step).contains(&other));
        if !excluded {
            return rules::conflict(change.tx, change.actor, case).await;
        }
    }
    Ok(Effect { assign: Assign::To(me), ..Effect::default() })
}

/// Releases a case to the queue (退回队列).
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; errors of the store.
pub async fn release(_: &Change<'_>, _: &Release) -> Result<Effect> {
    Ok(Effect { assign: Assign::Clear, ..Effect::default() })
}

/// Hands a case over (转办) to a colleague of the same organisation who is not absent.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; errors of the store.
pub async fn hand_over(change: &Change<'_>, input: &HandOver) -> Result<Effect> {
    let colleague: AccountId = required_choice(field!(HandOver, colleague), &input.colleague)?;
    let organisation = change.case.organisation_id;
    let found: Option<AccountId> = change
        .tx
        .fetch_value(raw_sql!(Postgres, "SELECT account FROM huimin_colleagues({organisation}) WHERE account = {colleague}"))
        .await?;
    let to = found.ok_or(Problem::field(field!(HandOver, colleague), FieldErrorKind::NotAnOption))?;
    Ok(Effect { assign: Assign::To(to), facts: facts(json!({ "to": to }))?, ..Effect::default() })
}

/// Adds a note among colleagues (内部备注).
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; errors of the store.
pub async fn note(_: &Change<'_>, input: &Note) -> Result<Effect> {
    let note = bounded_text(field!(Note, note), &input.note, 1, 1000)?;
    Ok(Effect { personal: Some(json!({ "note": note })), ..Effect::default() })
}

/// Logs that a member of staff opened the record (调阅), or one masked value of it (`field`, a path).
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; errors of the store.
pub async fn view(_: &Change<'_>, input: &View) -> Result<Effect> {
    let mut effect = Effect::default();
    if is_path(&input.field) {
        effect.facts.insert("field".to_owned(), json!(input.field));
    }
    Ok(effect)
}

/// Whether a text has the shape of the path of a field, as events name it.
pub(crate) fn is_path(path: &str) -> bool {
    (1..=120).contains(&path.len()) && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}
