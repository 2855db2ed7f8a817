//! The rows of an application: its sealed answers with the facts they were prefilled from, its corrections, and whether it is
//! open.

use super::{
    catalogue,
    entity::{application, application_revision, correction},
};
use crate::{
    cases::entity::case,
    error::{Error, Result},
    store::Tx,
    vault::PersonKey,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use shared::{
    FieldError, Problem,
    ids::{AccountId, CaseId, PersonId},
    registry::Facts,
    services::{Answers, Item, draft::Carried},
};
use uuid::Uuid;

/// The sealing context of the answers of a draft; the key of the row is that of the draft.
pub(super) const DRAFT: &str = "draft.answers";
/// The sealing context of the answers of a revision; the key of the row is that of the case, as in those below.
pub(super) const REVISION: &str = "application.answers";
/// The sealing context of the notes of a correction.
pub(super) const NOTES: &str = "correction.notes";
/// The sealing context of the sentence of a decision.
pub(super) const REASON: &str = "decision.reason";
/// The sealing context of the comment of a rating.
pub(super) const COMMENT: &str = "rating.comment";

/// Whether a row is locked when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// Read only.
    None,
    /// Locked until the transaction ends.
    Update,
}

/// Answers with the facts of the registers at the time they were filled in, so that each answer keeps its source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Filled {
    pub(super) answers: Answers,
    pub(super) facts: Facts,
    /// What changed when the draft was carried to a newer version of its form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) carried: Vec<Carried>,
}

impl Filled {
    pub(super) fn seal(&self, key: &PersonKey, context: &str, row: impl Into<Uuid>) -> Result<Vec<u8>> {
        let pairs = self.answers.iter().flat_map(|(path, values)| values.iter().map(|v| (path.to_owned(), v.clone())));
        // Pages are saved one by one: together they may exceed the limits of a form, and could not be read again.
        Answers::from_pairs(pairs).map_err(|_| Problem::TooLarge)?;
        Ok(key.seal_json(context, row, self)?)
    }
}

/// An application with the version of the item under which it was made.
pub(super) struct Application {
    pub(super) item: Item,
    pub(super) person: PersonId,
    pub(super) routing_rule: String,
}

/// The application of a case.
pub(super) async fn application(tx: &Tx, case: CaseId) -> Result<Application> {
    let row = application::Entity::find_by_id(case).one(tx).await?;
    let row = row.ok_or_else(|| Error::Broken("a case without its application".into()))?;
    let item = catalogue::version(tx, &row.item_code, row.item_version).await?;
    Ok(Application { item, person: row.person_id, routing_rule: row.routing_rule })
}

/// Every sent set of answers, the newest first.
pub(super) async fn revisions(tx: &Tx, case: CaseId) -> Result<Vec<application_revision::Model>> {
    Ok(application_revision::Entity::find()
        .filter(application_revision::Column::CaseId.eq(case))
        .order_by_desc(application_revision::Column::Revision)
        .all(tx)
        .await?)
}

impl application_revision::Model {
    pub(super) fn open(&self, key: &PersonKey, case: CaseId) -> Result<Filled> {
        Ok(key.open_json(REVISION, case, &self.answers_sealed)?)
    }
}

/// Writes a sent set of answers.
pub(super) async fn add_revision(
    tx: &Tx,
    case: CaseId,
    revision: i32,
    filled: &Filled,
    key: &PersonKey,
    by: AccountId,
) -> Result<()> {
    let row = application_revision::ActiveModel {
        case_id: Set(case),
        revision: Set(revision),
        answers_sealed: Set(filled.seal(key, REVISION, case)?),
        made_by: Set(by),
        ..Default::default()
    };
    application_revision::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The request for correction that waits for an answer.
pub(super) async fn open_correction(tx: &Tx, case: CaseId) -> Result<Option<correction::Model>> {
    Ok(correction::Entity::find()
        .filter(correction::Column::CaseId.eq(case))
        .filter(correction::Column::AnsweredAt.is_null())
        .one(tx)
        .await?)
}

/// Marks the application as open or ended; while one is open, a second one for the same item is refused.
pub(super) async fn set_open(tx: &Tx, case: CaseId, open: bool) -> Result<()> {
    application::Entity::update_many()
        .set(application::ActiveModel { open: Set(open), ..Default::default() })
        .filter(application::Column::CaseId.eq(case))
        .exec(tx)
        .await?;
    Ok(())
}

/// The conflict that names the open application of this person for this item, if there is one.
pub(super) async fn already_open(tx: &Tx, person: PersonId, item: &Item) -> Result<Option<Problem>> {
    if item.repeatable {
        return Ok(None);
    }
    let row: Option<(String, String, i32)> = application::Entity::find()
        .inner_join(case::Entity)
        .select_only()
        .columns([case::Column::Number, case::Column::State, case::Column::Version])
        .filter(application::Column::PersonId.eq(person))
        .filter(application::Column::ItemCode.eq(&item.code))
        .filter(application::Column::Open.eq(true))
        .filter(application::Column::Repeatable.eq(false))
        .into_tuple()
        .one(tx)
        .await?;
    Ok(row.map(|(number, state, version)| Problem::Conflict { number, state, version, allowed: Vec::new() }))
}

/// Fails with all errors, if there are any.
pub(super) fn fail_on_errors(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }.into()) }
}
