//! Correction (补正): staff name fields, each with a note; the applicant changes these fields and no others.

use super::{
    entity::correction,
    record::{Filled, NOTES, add_revision, application, fail_on_errors, open_correction, revisions},
    uploads,
};
use crate::{
    cases::{Change, Effect, facts},
    error::{Error, Result},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, raw_sql};
use serde_json::json;
use shared::{
    FieldError, FieldErrorKind, Problem, field,
    services::{
        Answers, Form,
        actions::{AskCorrection, Correct},
        answers::is_at_or_below,
        revision::{changed, open_fields, restrict},
        validate::validate_fields,
    },
};
use std::collections::BTreeMap;

/// Most fields of one request.
const MOST_FIELDS: usize = 60;
/// Least and most characters of a note.
const NOTE: (usize, usize) = (3, 500);

/// Requests correction: `notes` maps field paths to notes; fields without a note are not part of the request.
pub(crate) async fn ask(change: &Change<'_>, input: &AskCorrection) -> Result<Effect> {
    let case = change.case;
    let item = application(change.tx, case.id).await?.item;
    let key = change.tx.person_key(case.subject_id).await?;
    let latest = revisions(change.tx, case.id).await?.into_iter().next().ok_or_else(no_answers)?.open(&key, case.id)?;
    let notes = notes(input, &item.form, &latest.answers)?;
    let fields: Vec<String> = notes.keys().cloned().collect();
    let account = change.actor.signed_in()?;
    let sealed = key.seal_json(NOTES, case.id, &notes)?;
    change
        .tx
        .execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO correction (case_id, round, asked_by, fields, notes_sealed)
             SELECT {case.id}, coalesce(max(round), 0) + 1, {account}, {fields}, {sealed} FROM correction WHERE case_id = {case.id}"
        ))
        .await?;
    Ok(Effect { facts: facts(json!({ "fields": fields }))?, personal: Some(json!({ "notes": notes })), ..Effect::default() })
}

fn no_answers() -> Error {
    Error::Broken("an application without answers".into())
}

/// The notes of the input: of fields that were shown to the applicant, each of a sufficient length.
fn notes(input: &AskCorrection, form: &Form, answers: &Answers) -> Result<BTreeMap<String, String>> {
    fail_on_errors(input.without_note())?;
    let shown: Vec<String> = form.shown(answers).into_iter().map(|s| s.path).collect();
    let mut errors = Vec::new();
    let mut notes = BTreeMap::new();
    for (path, note) in &input.notes {
        let note = note.trim();
        let length = note.chars().count();
        let kind = match length {
            0 => continue,
            _ if !shown.iter().any(|s| is_at_or_below(path, s)) || form.find(path).is_none() => FieldErrorKind::NotAnOption,
            n if n < NOTE.0 => FieldErrorKind::TooShort { min: 3 },
            n if n > NOTE.1 => FieldErrorKind::TooLong { max: 500 },
            _ => {
                notes.insert(path.clone(), note.to_owned());
                continue;
            }
        };
        errors.push(FieldError { field: format!("notes.{path}"), kind });
    }
    fail_on_errors(errors)?;
    match notes.len() {
        0 => Err(Problem::field("notes", FieldErrorKind::Required).into()),
        n if n > MOST_FIELDS => Err(Problem::field("notes", FieldErrorKind::TooMany { max: 60 }).into()),
        _ => Ok(notes),
    }
}

/// Submits the correction: `answers` maps paths to values, for the requested fields or for the whole form; a change of
/// any other field is refused.
pub(crate) async fn answer(change: &Change<'_>, input: &Correct) -> Result<Effect> {
    let case = change.case;
    let item = application(change.tx, case.id).await?.item;
    let key = change.tx.person_key(case.subject_id).await?;
    let asked = open_correction(change.tx, case.id).await?.ok_or_else(|| Error::Broken("no correction is open".into()))?;
    let latest = revisions(change.tx, case.id).await?.into_iter().next().ok_or_else(no_answers)?;
    let before = latest.open(&key, case.id)?;
    let corrected = input.answers.as_ref().ok_or(Problem::field(field!(Correct, answers), FieldErrorKind::Required))?;
    let answers =
        restrict(&item.form, &before.answers, corrected, &asked.fields).map_err(|errors| Problem::Invalid { errors })?;
    let mut errors = validate_fields(&item.form, &open_fields(&item.form, &asked.fields), &answers, change.now.today());
    errors.extend(uploads::foreign_files(change.tx, &item, &answers, uploads::Holder::Case(case.id)).await?);
    fail_on_errors(errors)?;
    let paths: Vec<String> = changed(&before.answers, &answers).into_iter().map(|c| c.path).collect();
    let revision = latest.revision.saturating_add(1);
    let filled = Filled { answers, facts: before.facts, carried: Vec::new() };
    add_revision(change.tx, case.id, revision, &filled, &key, change.actor.signed_in()?).await?;
    correction::Entity::update_many()
        .set(correction::ActiveModel { answered_at: Set(Some(change.now.at.into())), ..Default::default() })
        .filter(correction::Column::CaseId.eq(case.id))
        .filter(correction::Column::Round.eq(asked.round))
        .exec(change.tx)
        .await?;
    Ok(Effect { facts: facts(json!({ "changed": paths, "revision": revision }))?, ..Effect::default() })
}
