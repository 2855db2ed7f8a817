//! Rating (好差评): once, 1 to 5, with a comment.

use super::record::COMMENT;
use crate::{
    cases::{Change, Effect},
    error::Result,
};
use serde_json::json;
use shared::{Complaint, Problem};
use shared::{
    cases::action::{bounded_text, required_choice},
    field,
    services::actions::Rate,
};

/// Longest comment, in characters.
const MOST: u32 = 500;

/// Rates it: `score` from 1 (very unsatisfied) to 5 (very satisfied), as a number or as posted, and a `comment`.
pub(crate) async fn rate(change: &Change<'_>, input: &Rate) -> Result<Effect> {
    let score: i32 = required_choice(field!(Rate, score), &input.score)?;
    if !(1..=5).contains(&score) {
        return Err(Problem::field(field!(Rate, score), Complaint::NotAnOption).into());
    }
    let comment = bounded_text("comment", &input.comment, 0, MOST)?;
    let case = change.case;
    let sealed = change.tx.person_key(case.subject_id).await?.seal(COMMENT, case.id, comment.as_bytes())?;
    let rated = change
        .tx
        .run(
            "INSERT INTO rating (case_id, score, comment_sealed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [case.id.into(), score.into(), sealed.into()],
        )
        .await?;
    if rated == 0 {
        return Err(Problem::Conflict {
            number: case.number.clone(),
            state: case.state.clone(),
            version: case.version,
            allowed: Vec::new(),
        }
        .into());
    }
    Ok(Effect {
        facts: super::accept::facts(&json!({ "score": score })),
        personal: (!comment.is_empty()).then(|| json!({ "comment": comment })),
        ..Effect::default()
    })
}
