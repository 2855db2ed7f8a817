//! Uploads (上传材料) as rows: owner, field of the form, and the draft or case that holds the file.
//!
//! Access to a file is decided by its row; the bytes are in the file store under a random key. An upload without a draft
//! and without a case is removed by a periodic task, bytes and row.

use super::{entity::upload, record::revisions};
use crate::{
    error::Result,
    store::{DbInstant, Tx},
    vault::{PersonKey, VaultError},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shared::{
    FieldError, FieldErrorKind,
    ids::{CaseId, DraftId, UploadId},
    services::{
        Answers, Item, Kind,
        draft_view::{MOST_UPLOADS, UploadRow},
    },
};
use std::collections::BTreeSet;

/// The sealing context of the file name; the key of the row is that of the upload.
pub(super) const NAME: &str = "upload.name";

/// The draft or case that holds uploads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder {
    Draft(DraftId),
    Case(CaseId),
}

impl Holder {
    fn condition(self) -> Condition {
        Condition::all().add(match self {
            Self::Draft(id) => upload::Column::DraftId.eq(id),
            Self::Case(id) => upload::Column::CaseId.eq(id),
        })
    }
}

fn to_view(row: upload::Model, key: &PersonKey) -> Result<UploadRow> {
    let name = key.open(NAME, row.id, &row.name_sealed)?;
    Ok(UploadRow {
        id: row.id,
        field: row.field,
        name: String::from_utf8(name).map_err(|_| VaultError::Broken)?,
        media_type: row.media_type,
        bytes: row.bytes,
        width: row.width,
        height: row.height,
    })
}

async fn list(tx: &Tx, condition: Condition, key: &PersonKey) -> Result<Vec<UploadRow>> {
    let rows = upload::Entity::find().filter(condition).order_by_asc(upload::Column::Id).all(tx).await?;
    rows.into_iter().map(|row| to_view(row, key)).collect()
}

/// The files of a draft.
pub(super) async fn of_draft(tx: &Tx, draft: DraftId, key: &PersonKey) -> Result<Vec<UploadRow>> {
    list(tx, Holder::Draft(draft).condition(), key).await
}

/// The files of a case, including those that a correction replaced.
pub(super) async fn of_case(tx: &Tx, case: CaseId, key: &PersonKey) -> Result<Vec<UploadRow>> {
    list(tx, Holder::Case(case).condition(), key).await
}

/// The files added for a correction that is not sent yet: no revision names them.
pub(super) async fn added_since(tx: &Tx, case: CaseId, asked_at: DbInstant, key: &PersonKey) -> Result<Vec<UploadRow>> {
    let since = Holder::Case(case).condition().add(upload::Column::CreatedAt.gte(asked_at));
    let mut added = list(tx, since, key).await?;
    let mut sent = BTreeSet::new();
    for revision in revisions(tx, case).await? {
        let answers = revision.open(key, case)?.answers;
        sent.extend(answers.iter().flat_map(|(_, values)| values.to_vec()));
    }
    added.retain(|u| !sent.contains(&u.id.to_string()));
    Ok(added)
}

/// Errors of file fields that name files of another draft or case, or too many files.
pub(super) async fn foreign_files(tx: &Tx, item: &Item, answers: &Answers, holder: Holder) -> Result<Vec<FieldError>> {
    let held: Vec<(UploadId, String)> = upload::Entity::find()
        .select_only()
        .columns([upload::Column::Id, upload::Column::Field])
        .filter(holder.condition())
        .into_tuple()
        .all(tx)
        .await?;
    let held: BTreeSet<(String, String)> = held.into_iter().map(|(id, field)| (field, id.to_string())).collect();
    let mut errors = Vec::new();
    for (path, values) in files_of(item, answers) {
        let kind = if values.iter().any(|v| !held.contains(&(path.to_owned(), v.clone()))) {
            FieldErrorKind::Unknown
        } else if values.len() > usize::try_from(MOST_UPLOADS).unwrap_or(usize::MAX) {
            FieldErrorKind::TooMany { max: MOST_UPLOADS }
        } else {
            continue;
        };
        errors.push(FieldError { field: path.to_owned(), kind });
    }
    Ok(errors)
}

/// The answers of file fields.
fn files_of<'a>(item: &'a Item, answers: &'a Answers) -> impl Iterator<Item = (&'a str, &'a [String])> {
    answers.iter().filter(|(path, _)| item.form.find(path).is_some_and(|(f, _)| f.kind == Kind::File))
}

/// Moves the files that the answers name from the draft to the case; files of hidden fields stay behind.
pub(super) async fn hand_in(tx: &Tx, draft: DraftId, case: CaseId, item: &Item, answers: &Answers) -> Result<()> {
    let named: Vec<UploadId> = files_of(item, answers).flat_map(|(_, values)| values).filter_map(|v| v.parse().ok()).collect();
    upload::Entity::update_many()
        .set(upload::ActiveModel { case_id: Set(Some(case)), draft_id: Set(None), ..Default::default() })
        .filter(upload::Column::DraftId.eq(draft))
        .filter(upload::Column::Id.is_in(named))
        .exec(tx)
        .await?;
    Ok(())
}
