//! Uploads (上传材料) as rows: whose they are, for which field, what draft or case holds them.
//!
//! The row is what counts: it says who may see a file; the bytes lie in the file store under a random key. An upload
//! that no draft and no case holds any more is swept away, bytes and row.

use super::record::revisions;
use crate::{
    error::Result,
    store::Tx,
    vault::{PersonKey, VaultError},
};
use sea_orm::{FromQueryResult, Value};
use shared::{
    Complaint, FieldError,
    services::{
        Answers, Item, Kind,
        draft_view::{MOST_UPLOADS, UploadRow},
    },
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Under which context the name is sealed, with the upload's key.
pub(super) const NAME: &str = "upload.name";
const COLUMNS: &str = "id, field, name_sealed, media_type, bytes, width, height";

/// What holds uploads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holder {
    Draft(Uuid),
    Case(Uuid),
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) field: String,
    pub(super) name_sealed: Vec<u8>,
    pub(super) media_type: String,
    pub(super) bytes: i64,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Row {
    pub(super) fn told(self, key: &PersonKey) -> Result<UploadRow> {
        let name = key.open(NAME, self.id, &self.name_sealed)?;
        Ok(UploadRow {
            id: self.id,
            field: self.field,
            name: String::from_utf8(name).map_err(|_| VaultError::Broken)?,
            media_type: self.media_type,
            bytes: self.bytes,
            width: self.width,
            height: self.height,
        })
    }
}

async fn rows(tx: &Tx, condition: &str, values: impl IntoIterator<Item = Value>, key: &PersonKey) -> Result<Vec<UploadRow>> {
    let rows: Vec<Row> = tx.all(&format!("SELECT {COLUMNS} FROM upload WHERE {condition} ORDER BY id"), values).await?;
    rows.into_iter().map(|r| r.told(key)).collect()
}

/// The files of a draft.
pub(super) async fn of_draft(tx: &Tx, draft: Uuid, key: &PersonKey) -> Result<Vec<UploadRow>> {
    rows(tx, "draft_id = $1", [draft.into()], key).await
}

/// The files of a case, also those that a correction replaced.
pub(super) async fn of_case(tx: &Tx, case: Uuid, key: &PersonKey) -> Result<Vec<UploadRow>> {
    rows(tx, "case_id = $1", [case.into()], key).await
}

/// The files added for a correction and not sent yet: no revision names them.
pub(super) async fn added_since(tx: &Tx, case: Uuid, asked_at: &Value, key: &PersonKey) -> Result<Vec<UploadRow>> {
    let mut added = rows(tx, "case_id = $1 AND created_at >= $2", [case.into(), asked_at.clone()], key).await?;
    let mut sent = BTreeSet::new();
    for revision in revisions(tx, case).await? {
        let answers = revision.open(key, case)?.answers;
        sent.extend(answers.iter().flat_map(|(_, values)| values.to_vec()));
    }
    added.retain(|u| !sent.contains(&u.id.to_string()));
    Ok(added)
}

/// The file fields whose values are not files of their own: nobody hands in what is not theirs.
pub(super) async fn strange(tx: &Tx, item: &Item, answers: &Answers, holder: Holder) -> Result<Vec<FieldError>> {
    #[derive(FromQueryResult)]
    struct Held {
        id: Uuid,
        field: String,
    }
    let (column, id) = match holder {
        Holder::Draft(id) => ("draft_id", id),
        Holder::Case(id) => ("case_id", id),
    };
    let held: Vec<Held> = tx.all(&format!("SELECT id, field FROM upload WHERE {column} = $1"), [id.into()]).await?;
    let held: BTreeSet<(String, String)> = held.into_iter().map(|h| (h.field, h.id.to_string())).collect();
    let files = answers.iter().filter(|(path, _)| item.form.find(path).is_some_and(|(f, _)| f.kind == Kind::File));
    let mut errors = Vec::new();
    for (path, values) in files {
        let complaint = if values.iter().any(|v| !held.contains(&(path.to_owned(), v.clone()))) {
            Complaint::Unknown
        } else if values.len() > usize::try_from(MOST_UPLOADS).unwrap_or(usize::MAX) {
            Complaint::TooMany { max: MOST_UPLOADS }
        } else {
            continue;
        };
        errors.push(FieldError { field: path.to_owned(), complaint });
    }
    Ok(errors)
}

/// Gives the files that the answers name to the case; those of hidden fields are not handed in.
pub(super) async fn hand_in(tx: &Tx, draft: Uuid, case: Uuid, item: &Item, answers: &Answers) -> Result<()> {
    let files = answers.iter().filter(|(path, _)| item.form.find(path).is_some_and(|(f, _)| f.kind == Kind::File));
    let named: Vec<Uuid> = files.flat_map(|(_, values)| values).filter_map(|v| Uuid::parse_str(v).ok()).collect();
    tx.run(
        "UPDATE upload SET case_id = $2, draft_id = NULL WHERE draft_id = $1 AND id = ANY($3)",
        [draft.into(), case.into(), named.into()],
    )
    .await?;
    Ok(())
}
