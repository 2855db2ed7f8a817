//! Rating (好差评): once, 1 to 5, with a comment.

use super::{entity::rating, record::COMMENT};
use crate::{
    cases::{Change, Effect, facts},
    error::Result,
};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
use serde_json::json;
use shared::{
    FieldErrorKind, Problem,
    cases::action::{bounded_text, required_choice},
    field,
    services::actions::Rate,
};

/// Longest comment, in characters.
const MOST: u32 = 500;

/// Rates a service: `score` from 1 (very unsatisfied) to 5 (very satisfied), as a number or as posted, and a `comment`.
pub(crate) async fn rate(change: &Change<'_>, input: &Rate) -> Result<Effect> {
    let score: i32 = required_choice(field!(Rate, score), &input.score)?;
    if !(1..=5).contains(&score) {
        return Err(Problem::field(field!(Rate, score), FieldErrorKind::NotAnOption).into());
    }
    let comment = bounded_text("comment", &input.comment, 0, MOST)?;
    let case = change.case;
    let sealed = change.tx.person_key(case.subject_id).await?.seal(COMMENT, case.id, comment.as_bytes())?;
    let row = rating::ActiveModel { case_id: Set(case.id), score: Set(score), comment_sealed: Set(sealed), ..Default::default() };
    let once = OnConflict::new().do_nothing().to_owned();
    let rated = rating::Entity::insert(row).on_conflict(once).exec_without_returning(change.tx).await?;
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
        facts: facts(json!({ "score": score }))?,
        personal: (!comment.is_empty()).then(|| json!({ "comment": comment })),
        ..Effect::default()
    })
}
