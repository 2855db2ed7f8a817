//! Rating (好差评): once, 1 to 5, with a comment.

use super::record::COMMENT;
use crate::{
    cases::{Change, Effect, assign::text},
    error::Result,
};
use serde_json::{Value, json};
use shared::{Complaint, Problem};

/// Longest comment, in characters.
const MOST: u32 = 500;

/// Rates it: `score` from 1 (very unsatisfied) to 5 (very satisfied), as a number or as posted, and a `comment`.
pub(crate) async fn rate(change: &Change<'_>) -> Result<Effect> {
    let given = change.input.get("score");
    let score = given.and_then(Value::as_i64).or_else(|| given.and_then(Value::as_str).and_then(|s| s.trim().parse().ok()));
    let complaint = if given.is_none() { Complaint::Required } else { Complaint::NotAnOption };
    let score =
        score.and_then(|s| i32::try_from(s).ok()).filter(|s| (1..=5).contains(s)).ok_or(Problem::field("score", complaint))?;
    let comment = text(change.input, "comment", 0, MOST)?;
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
