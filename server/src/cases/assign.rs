//! Who works on a case: claiming, giving back, handing over; and what colleagues note and open.

use super::{Assign, Change, Effect, rules};
use crate::error::Result;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shared::{Complaint, FieldError, Problem, cases::Step, ids::AccountId};

/// A text of the input, trimmed, within its length.
///
/// # Errors
/// [`Problem::Invalid`] naming the field.
pub(crate) fn text(input: &Value, field: &str, least: u32, most: u32) -> Result<String> {
    let value = input.get(field).and_then(Value::as_str).unwrap_or_default().trim();
    let length = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
    let complaint = match length {
        0 if least > 0 => Complaint::Required,
        n if n < least => Complaint::TooShort { min: least },
        n if n > most => Complaint::TooLong { max: most },
        _ => return Ok(value.to_owned()),
    };
    Err(Problem::Invalid { errors: vec![FieldError { field: field.to_owned(), complaint }] }.into())
}

/// Claims it (领取). A case that a colleague has is not taken from them, unless four eyes keep them from what comes
/// next: who proposed a decision does not hold it against the one who is to approve it.
pub(super) async fn claim(change: &Change<'_>) -> Result<Effect> {
    let me = change.actor.signed_in()?;
    let case = change.case;
    if let Some(other) = case.assignee_id.filter(|other| *other != me) {
        let next: Vec<&'static Step> = case.flow(change.tx)?.from(&case.state).collect();
        let before = rules::before(change.tx, case, &next).await?;
        let barred = next.iter().any(|step| before.barred(step).contains(&other));
        if !barred {
            return rules::conflict(change.tx, change.actor, case).await;
        }
    }
    Ok(Effect { assign: Assign::To(me), ..Effect::default() })
}

/// Gives it back to the queue (退回队列).
pub(super) async fn release(_: &Change<'_>) -> Result<Effect> {
    Ok(Effect { assign: Assign::Nobody, ..Effect::default() })
}

/// Hands it over (转办) to a colleague of the same organisation who is not absent.
pub(super) async fn hand_over(change: &Change<'_>) -> Result<Effect> {
    #[derive(FromQueryResult)]
    struct Row {
        account: AccountId,
    }
    let refuse = |complaint| Err(Problem::field("colleague", complaint).into());
    let Some(colleague) = change.input.get("colleague").and_then(Value::as_str).and_then(|t| t.parse::<AccountId>().ok()) else {
        return refuse(Complaint::Required);
    };
    let found: Option<Row> = change
        .tx
        .one(
            "SELECT account FROM huimin_colleagues($1) WHERE account = $2",
            [change.case.organisation_id.into(), colleague.into()],
        )
        .await?;
    match found {
        Some(row) => {
            let mut facts = serde_json::Map::new();
            facts.insert("to".to_owned(), json!(row.account));
            Ok(Effect { assign: Assign::To(row.account), facts, ..Effect::default() })
        }
        None => refuse(Complaint::NotAnOption),
    }
}

/// A note among colleagues (内部备注).
pub(super) async fn note(change: &Change<'_>) -> Result<Effect> {
    let note = text(change.input, "note", 1, 1000)?;
    Ok(Effect { personal: Some(json!({ "note": note })), ..Effect::default() })
}

/// A member of staff opened the record (调阅), or looked at one masked value of it (`field`, a path): logged, nothing
/// else.
pub(super) async fn view(change: &Change<'_>) -> Result<Effect> {
    let path = |p: &&str| p.len() <= 120 && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let mut effect = Effect::default();
    if let Some(field) = change.input.get("field").and_then(Value::as_str).filter(path) {
        effect.facts.insert("field".to_owned(), json!(field));
    }
    Ok(effect)
}
