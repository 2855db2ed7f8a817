//! Files of the file fields of a draft or of a correction: adding, removing, opening, and cleaning up.

use super::{
    draft,
    entity::upload,
    read::log_view,
    record::{Lock, application, open_correction},
    uploads::{Holder, NAME, added_since, of_draft},
};
use crate::{
    AppState,
    access::actor::{Actor, Task},
    cases::{self, entity::case},
    error::{Error, Result},
    store::{Tx, new_id},
    vault::{PersonKey, VaultError},
};
use bytes::Bytes;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, raw_sql,
    sea_query::{LockBehavior, LockType},
};
use shared::{
    FieldError, FieldErrorKind, Problem,
    account::Permission,
    cases::Party,
    ids::{DraftId, PersonId, UploadId},
    services::{
        Field, Item, Kind,
        answers::is_at_or_below,
        draft_view::{MOST_NAME_CHARS, MOST_UPLOADS, UploadRow},
        revision::open_fields,
    },
};

/// Stored files looked up by one statement of the cleanup.
const KEYS_AT_A_TIME: usize = 1000;

/// The draft or correction to which a file is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A draft.
    Draft(DraftId),
    /// The open request for correction of the case with this number.
    Correction(&'a str),
}

/// Adds a file to a file field. The picture is checked and re-encoded before it is stored.
///
/// # Errors
/// [`Problem::Invalid`] naming the field for a file that is no picture or too large, and for one file too many;
/// [`Problem::NotFound`] for a draft, case or field that is not the actor's or not open.
pub async fn attach(
    state: &AppState,
    actor: &Actor,
    target: Target<'_>,
    field: &str,
    name: &str,
    bytes: Bytes,
) -> Result<UploadRow> {
    let account = actor.signed_in()?;
    // Checked before the work of storing the file, and again after it, with the row locked.
    find_field(&state.store.read(actor).await?, actor, target, field, Lock::None).await?;
    let stored = state.files.put(bytes).await.map_err(|e| name_field(e, field))?;
    let tx = state.store.write(actor).await?;
    let place = find_field(&tx, actor, target, field, Lock::Update).await?;
    let id = new_id();
    let name: String =
        name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(MOST_NAME_CHARS).collect();
    let size = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let view = UploadRow {
        id,
        field: field.to_owned(),
        name,
        media_type: stored.media_type,
        bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        width: size(stored.width),
        height: size(stored.height),
    };
    let (draft_id, case_id) = match place.holder {
        Holder::Draft(draft) => (Some(draft), None),
        Holder::Case(case) => (None, Some(case)),
    };
    let row = upload::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        person_id: Set(place.person),
        draft_id: Set(draft_id),
        case_id: Set(case_id),
        field: Set(view.field.clone()),
        media_type: Set(view.media_type.clone()),
        bytes: Set(view.bytes),
        width: Set(view.width),
        height: Set(view.height),
        sha256: Set(stored.sha256),
        storage_key: Set(stored.key),
        name_sealed: Set(place.key.seal(NAME, id, view.name.as_bytes())?),
        ..Default::default()
    };
    upload::Entity::insert(row).exec_without_returning(&tx).await?;
    if let Some(mut open) = place.draft {
        let mut values = open.filled.answers.all(field).to_vec();
        values.push(id.to_string());
        open.filled.answers.set(field, values);
        draft::save(&tx, &open).await?;
    }
    tx.commit().await?;
    Ok(view)
}

/// A file field to which another file can be added.
struct FileField {
    holder: Holder,
    person: PersonId,
    key: PersonKey,
    draft: Option<draft::OpenDraft>,
}

async fn find_field(tx: &Tx, actor: &Actor, target: Target<'_>, field: &str, lock: Lock) -> Result<FileField> {
    let place = match target {
        Target::Draft(id) => {
            let open = draft::open(tx, actor, id, lock).await?;
            check_room(&open.item, field, open.filled.answers.all(field).len())?;
            FileField { holder: Holder::Draft(id), person: open.person, key: open.key.clone(), draft: Some(open) }
        }
        Target::Correction(number) => {
            let case = match lock {
                Lock::None => cases::find(tx, actor, number).await?,
                Lock::Update => cases::find_locked(tx, actor, number).await?,
            };
            if !tx.gate.is_party(Party::Applicant, actor, case.of()) {
                return Err(Problem::NotFound.into());
            }
            let correction = open_correction(tx, case.id).await?.ok_or(Problem::NotFound)?;
            let item = application(tx, case.id).await?.item;
            if !open_fields(&item.form, &correction.fields).iter().any(|f| is_at_or_below(field, f)) {
                return Err(Problem::field(field, FieldErrorKind::NotAsked).into());
            }
            let key = tx.person_key(case.subject_id).await?;
            let added = added_since(tx, case.id, correction.asked_at, &key).await?;
            // Earlier files may be replaced: here only added files are counted; on submitting, all are.
            check_room(&item, field, added.iter().filter(|u| u.field == field).count())?;
            FileField { holder: Holder::Case(case.id), person: case.subject_id, key, draft: None }
        }
    };
    Ok(place)
}

/// Checks that the form has this file field and that the field takes another file.
fn check_room(item: &Item, field: &str, there: usize) -> Result<()> {
    let (found, _) = item.form.find(field).filter(|(f, _)| f.kind == Kind::File).ok_or(Problem::NotFound)?;
    let most = most(found);
    if u32::try_from(there).unwrap_or(u32::MAX) < most {
        Ok(())
    } else {
        Err(Problem::field(field, FieldErrorKind::TooMany { max: most }).into())
    }
}

fn most(field: &Field) -> u32 {
    field.max_count().min(MOST_UPLOADS)
}

/// Names the field in errors of the file store, which does not know it.
fn name_field(error: Error, field: &str) -> Error {
    match error {
        Error::Problem(Problem::Invalid { errors }) => {
            let renamed = errors.into_iter().map(|e| FieldError { field: field.to_owned(), ..e }).collect();
            Problem::Invalid { errors: renamed }.into()
        }
        other => other,
    }
}

/// Removes a file from a draft, or from a correction that is not sent yet and for which it was added.
///
/// # Errors
/// [`Problem::NotFound`] for a file that is not the actor's or was sent.
pub async fn remove(state: &AppState, actor: &Actor, target: Target<'_>, upload: UploadId) -> Result<()> {
    let tx = state.store.write(actor).await?;
    let held = match target {
        Target::Draft(id) => {
            let mut open = draft::open(&tx, actor, id, Lock::Update).await?;
            let held = of_draft(&tx, id, &open.key).await?.into_iter().find(|u| u.id == upload).ok_or(Problem::NotFound)?;
            let kept: Vec<String> =
                open.filled.answers.all(&held.field).iter().filter(|v| **v != upload.to_string()).cloned().collect();
            open.filled.answers.set(&held.field, kept);
            draft::save(&tx, &open).await?;
            held.id
        }
        Target::Correction(number) => {
            let case = cases::find_locked(&tx, actor, number).await?;
            if !tx.gate.is_party(Party::Applicant, actor, case.of()) {
                return Err(Problem::NotFound.into());
            }
            let correction = open_correction(&tx, case.id).await?.ok_or(Problem::NotFound)?;
            let key = tx.person_key(case.subject_id).await?;
            let added = added_since(&tx, case.id, correction.asked_at, &key).await?;
            added.iter().find(|u| u.id == upload).ok_or(Problem::NotFound)?.id
        }
    };
    upload::Entity::update_many()
        .set(upload::ActiveModel { draft_id: Set(None), case_id: Set(None), ..Default::default() })
        .filter(upload::Column::Id.eq(held))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// An opened file.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The media type, e.g. `image/jpeg`.
    pub media_type: String,
    /// The name it was uploaded under.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
}

/// Opens a file for its owner, the owner's delegate or staff of its case; a view by staff is an event of the case (调阅), the
/// same as that of its page.
///
/// # Errors
/// [`Problem::NotFound`] for other accounts.
pub async fn open(state: &AppState, actor: &Actor, upload: UploadId) -> Result<Opened> {
    actor.signed_in()?;
    // Only views by staff are logged.
    let staff = actor.may(Permission::WorkOnCases);
    let tx = if staff { state.store.write(actor).await? } else { state.store.read(actor).await? };
    /// Person, case number, media type, storage key, sealed name.
    type Held = (PersonId, Option<String>, String, String, Vec<u8>);
    let held: Option<Held> = upload::Entity::find_by_id(upload)
        .left_join(case::Entity)
        .select_only()
        .column(upload::Column::PersonId)
        .column(case::Column::Number)
        .columns([upload::Column::MediaType, upload::Column::StorageKey, upload::Column::NameSealed])
        .into_tuple()
        .one(&tx)
        .await?;
    let (person, number, media_type, storage_key, name_sealed) = held.ok_or(Problem::NotFound)?;
    match &number {
        Some(number) => {
            let case = cases::find(&tx, actor, number).await?;
            if !tx.gate.is_party(Party::Applicant, actor, case.of()) {
                log_view(&tx, actor, number).await?;
            }
        }
        None if actor.acting_for.or(actor.person) == Some(person) => {}
        None => return Err(Problem::NotFound.into()),
    }
    let key = tx.person_key(person).await?;
    let name = String::from_utf8(key.open(NAME, upload, &name_sealed)?).map_err(|_| VaultError::Broken)?;
    tx.commit().await?;
    Ok(Opened { media_type, name, bytes: state.files.get(&storage_key).await? })
}

/// Removes uploads without a draft and without a case: first the bytes, then the row, so that the next run completes an
/// interrupted one. Then removes bytes older than a day without a row: of uploads that were interrupted before their row
/// was written.
///
/// # Errors
/// Errors of the store or the file store.
pub async fn sweep(state: &AppState) -> Result<()> {
    let tx = state.store.write(&Actor::system(Task::Operation)).await?;
    let held: Vec<(UploadId, String)> = upload::Entity::find()
        .select_only()
        .columns([upload::Column::Id, upload::Column::StorageKey])
        .filter(upload::Column::DraftId.is_null())
        .filter(upload::Column::CaseId.is_null())
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_tuple()
        .all(&tx)
        .await?;
    for (id, storage_key) in held {
        state.files.remove(&storage_key).await?;
        upload::Entity::delete_by_id(id).exec(&tx).await?;
    }
    tx.commit().await?;
    for keys in state.files.keys_older_than_a_day().await?.chunks(KEYS_AT_A_TIME) {
        sweep_unnamed(state, keys).await?;
    }
    Ok(())
}

/// Removes those of these stored files that no row refers to.
async fn sweep_unnamed(state: &AppState, keys: &[String]) -> Result<()> {
    let tx = state.store.read(&Actor::system(Task::Operation)).await?;
    let stored = keys.to_vec();
    let unnamed: Vec<String> = tx
        .fetch_values(raw_sql!(
            Postgres,
            "SELECT key FROM unnest({stored}::text[]) key WHERE NOT EXISTS (SELECT FROM upload u WHERE u.storage_key = key)"
        ))
        .await?;
    drop(tx);
    for key in unnamed {
        state.files.remove(&key).await?;
    }
    Ok(())
}
