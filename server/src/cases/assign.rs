//! Who works on a case: claiming, giving back, handing over; and what colleagues note and open.

use super::{Assign, Change, Effect, rules};
use crate::error::Result;
use sea_orm::FromQueryResult;
use serde_json::json;
use shared::{Complaint, Problem, cases::Step, ids::AccountId};
use shared::{
    cases::{
        action::{bounded_text, required_choice},
        actions::{Claim, HandOver, Note, Release, View},
    },
    field,
};

/// Claims it (领取). A case that a colleague has is not taken from them, unless four eyes keep them from what comes
/// next: who proposed a decision does not hold it against the one who is to approve it.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; what the store says.
pub async fn claim(change: &Change<'_>, _: &Claim) -> Result<Effect> {
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
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; what the store says.
pub async fn release(_: &Change<'_>, _: &Release) -> Result<Effect> {
    Ok(Effect { assign: Assign::Nobody, ..Effect::default() })
}

/// Hands it over (转办) to a colleague of the same organisation who is not absent.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; what the store says.
pub async fn hand_over(change: &Change<'_>, input: &HandOver) -> Result<Effect> {
    #[derive(FromQueryResult)]
    struct Row {
        account: AccountId,
    }
    let refuse = |complaint| Err(Problem::field("colleague", complaint).into());
    let colleague: AccountId = required_choice(field!(HandOver, colleague), &input.colleague)?;
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
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; what the store says.
pub async fn note(_: &Change<'_>, input: &Note) -> Result<Effect> {
    let note = bounded_text(field!(Note, note), &input.note, 1, 1000)?;
    Ok(Effect { personal: Some(json!({ "note": note })), ..Effect::default() })
}

/// A member of staff opened the record (调阅), or looked at one masked value of it (`field`, a path): logged, nothing
/// else.
///
/// # Errors
/// [`Problem::Invalid`]; [`Problem::Conflict`]; what the store says.
pub async fn view(_: &Change<'_>, input: &View) -> Result<Effect> {
    let mut effect = Effect::default();
    if is_path(&input.field) {
        effect.facts.insert("field".to_owned(), json!(input.field));
    }
    Ok(effect)
}

/// Whether it is a path of a field, as events may name it.
pub(crate) fn is_path(path: &str) -> bool {
    (1..=120).contains(&path.len()) && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}
