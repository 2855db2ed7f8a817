//! What is sealed of an application, and where it stands: answers with the facts they were filled from.

use super::catalogue;
use crate::{
    error::{Error, Result},
    store::Tx,
    vault::PersonKey,
};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use shared::{
    FieldError, Problem,
    ids::{AccountId, CaseId, PersonId},
    registry::Facts,
    services::{Answers, Item, draft::Carried},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// Under which context a draft's answers are sealed, with the draft's key.
pub(super) const DRAFT: &str = "draft.answers";
/// Under which context a revision's answers are sealed, with the case's key.
pub(super) const REVISION: &str = "application.answers";
/// Under which context the notes of a correction are sealed, with the case's key.
pub(super) const NOTES: &str = "correction.notes";
/// Under which context the sentence of a decision is sealed, with the case's key.
pub(super) const REASON: &str = "decision.reason";
/// Under which context the comment of a rating is sealed, with the case's key.
pub(super) const COMMENT: &str = "rating.comment";

/// Answers, with what the registers said when they were filled in: so that each keeps its source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Filled {
    pub(super) answers: Answers,
    pub(super) facts: Facts,
    /// What changed when the draft was taken to a newer version of its form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) carried: Vec<Carried>,
}

impl Filled {
    pub(super) fn seal(&self, key: &PersonKey, context: &str, row: impl Into<Uuid>) -> Result<Vec<u8>> {
        let pairs = self.answers.iter().flat_map(|(path, values)| values.iter().map(|v| (path.to_owned(), v.clone())));
        // Pages are taken one by one: together they may be more than a form takes, and would not read back.
        Answers::from_pairs(pairs).map_err(|_| Problem::TooLarge)?;
        Ok(key.seal_json(context, row, self)?)
    }
}

/// An application as stored, locked with its case.
pub(super) struct Application {
    pub(super) item: Item,
    pub(super) person: PersonId,
    pub(super) routing_rule: String,
}

/// The application of a case.
pub(super) async fn application(tx: &Tx, case: CaseId) -> Result<Application> {
    #[derive(FromQueryResult)]
    struct Row {
        item_code: String,
        item_version: i32,
        person_id: PersonId,
        routing_rule: String,
    }
    let row: Option<Row> = tx
        .one("SELECT item_code, item_version, person_id, routing_rule FROM application WHERE case_id = $1", [case.into()])
        .await?;
    let row = row.ok_or_else(|| Error::Broken("a case without its application".into()))?;
    let item = catalogue::version(tx, &row.item_code, row.item_version).await?;
    Ok(Application { item, person: row.person_id, routing_rule: row.routing_rule })
}

/// One sent set of answers.
#[derive(FromQueryResult)]
pub(super) struct RevisionRow {
    pub(super) revision: i32,
    pub(super) answers_sealed: Vec<u8>,
    pub(super) made_at: OffsetDateTime,
}

/// Every sent set of answers, the newest first.
pub(super) async fn revisions(tx: &Tx, case: CaseId) -> Result<Vec<RevisionRow>> {
    tx.all(
        "SELECT revision, answers_sealed, made_at FROM application_revision WHERE case_id = $1 ORDER BY revision DESC",
        [case.into()],
    )
    .await
}

impl RevisionRow {
    pub(super) fn open(&self, key: &PersonKey, case: CaseId) -> Result<Filled> {
        Ok(key.open_json(REVISION, case, &self.answers_sealed)?)
    }
}

/// Writes a set of answers that was sent.
pub(super) async fn add_revision(
    tx: &Tx,
    case: CaseId,
    revision: i32,
    filled: &Filled,
    key: &PersonKey,
    by: AccountId,
) -> Result<()> {
    tx.run(
        "INSERT INTO application_revision (case_id, revision, answers_sealed, made_by) VALUES ($1, $2, $3, $4)",
        [case.into(), revision.into(), filled.seal(key, REVISION, case)?.into(), by.into()],
    )
    .await?;
    Ok(())
}

/// The request for correction that waits for an answer.
#[derive(FromQueryResult)]
pub(super) struct CorrectionRow {
    pub(super) round: i32,
    pub(super) asked_at: OffsetDateTime,
    pub(super) fields: Vec<String>,
    pub(super) notes_sealed: Vec<u8>,
}

/// Finds it.
pub(super) async fn open_correction(tx: &Tx, case: CaseId) -> Result<Option<CorrectionRow>> {
    tx.one(
        "SELECT round, asked_at, fields, notes_sealed FROM correction WHERE case_id = $1 AND answered_at IS NULL",
        [case.into()],
    )
    .await
}

/// Marks the application as ended or open again; while it is open, a second one for the same item is refused.
pub(super) async fn set_open(tx: &Tx, case: CaseId, open: bool) -> Result<()> {
    tx.run("UPDATE application SET open = $2 WHERE case_id = $1", [case.into(), open.into()]).await?;
    Ok(())
}

/// The open application of this person for this item, as a conflict that names it.
pub(super) async fn already_open(tx: &Tx, person: PersonId, item: &Item) -> Result<Option<Problem>> {
    #[derive(FromQueryResult)]
    struct Row {
        number: String,
        state: String,
        version: i32,
    }
    if item.repeatable {
        return Ok(None);
    }
    let row: Option<Row> = tx
        .one(
            "SELECT c.number, c.state, c.version FROM application a JOIN cases c ON c.id = a.case_id
             WHERE a.person_id = $1 AND a.item_code = $2 AND a.open AND NOT a.repeatable",
            [person.into(), item.code.clone().into()],
        )
        .await?;
    let told = |r: Row| Problem::Conflict { number: r.number, state: r.state, version: r.version, allowed: Vec::new() };
    Ok(row.map(told))
}

/// The complaints, or nothing.
pub(super) fn none_wrong(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }.into()) }
}
