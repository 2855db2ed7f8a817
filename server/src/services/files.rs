//! Files for the file fields of a draft or of a correction: added, taken out, opened, swept away.

use super::{
    draft,
    read::look_today,
    record::{application, open_correction},
    uploads::{Holder, NAME, Row, added_since, of_draft},
};
use crate::{
    AppState,
    account::actor::{Actor, Task},
    cases,
    error::{Error, Result},
    store::{Tx, new_id},
    vault::{PersonKey, VaultError},
};
use bytes::Bytes;
use sea_orm::FromQueryResult;
use shared::{
    Complaint, FieldError, Problem,
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

/// Stored files looked up at a time when it is swept.
const KEYS_AT_A_TIME: usize = 1000;

/// To what a file is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A draft.
    Draft(DraftId),
    /// The open request for correction of the case with this number.
    Correction(&'a str),
}

/// Adds a file to a file field. The picture is checked and written anew before anything is stored of it.
///
/// # Errors
/// [`Problem::Invalid`] naming the field for what is no picture, too large or one too many; [`Problem::NotFound`] for
/// a draft, case or field that is not theirs or not open.
pub async fn attach(
    city: &AppState,
    actor: &Actor,
    target: Target<'_>,
    field: &str,
    name: &str,
    bytes: Bytes,
) -> Result<UploadRow> {
    let account = actor.signed_in()?;
    // Whether it is welcome is asked before the work of storing it, and again, with the row locked, after.
    place(&city.store.read(actor).await?, actor, target, field, "").await?;
    let stored = city.files.put(bytes).await.map_err(|e| named(e, field))?;
    let tx = city.store.write(actor).await?;
    let place = place(&tx, actor, target, field, "FOR UPDATE").await?;
    let id = new_id();
    let name: String =
        name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(MOST_NAME_CHARS).collect();
    let size = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let row = Row {
        id,
        field: field.to_owned(),
        name_sealed: place.key.seal(NAME, id, name.as_bytes())?,
        media_type: stored.media_type,
        bytes: i64::try_from(stored.bytes).unwrap_or(i64::MAX),
        width: size(stored.width),
        height: size(stored.height),
    };
    let (draft_id, case_id) = match place.holder {
        Holder::Draft(draft) => (Some(draft), None),
        Holder::Case(case) => (None, Some(case)),
    };
    tx.run(
        "INSERT INTO upload (id, account_id, person_id, draft_id, case_id, field, media_type, bytes, width, height, sha256, storage_key, name_sealed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            id.into(),
            account.into(),
            place.person.into(),
            draft_id.into(),
            case_id.into(),
            field.into(),
            row.media_type.clone().into(),
            row.bytes.into(),
            row.width.into(),
            row.height.into(),
            stored.sha256.into(),
            stored.key.into(),
            row.name_sealed.clone().into(),
        ],
    )
    .await?;
    if let Some(mut open) = place.draft {
        let mut values = open.filled.answers.all(field).to_vec();
        values.push(id.to_string());
        open.filled.answers.set(field, values);
        draft::keep(&tx, &open).await?;
    }
    tx.commit().await?;
    row.told(&place.key)
}

/// A file field that takes another file.
struct Place {
    holder: Holder,
    person: PersonId,
    key: PersonKey,
    draft: Option<draft::Open>,
}

async fn place(tx: &Tx, actor: &Actor, target: Target<'_>, field: &str, lock: &str) -> Result<Place> {
    let place = match target {
        Target::Draft(id) => {
            let open = draft::open(tx, actor, id, lock).await?;
            room(&open.item, field, open.filled.answers.all(field).len())?;
            Place { holder: Holder::Draft(id), person: open.person, key: open.key.clone(), draft: Some(open) }
        }
        Target::Correction(number) => {
            let case = cases::load(tx, actor, number, lock).await?;
            if !tx.gate.is_party(Party::Applicant, actor, case.of()) {
                return Err(Problem::NotFound.into());
            }
            let correction = open_correction(tx, case.id).await?.ok_or(Problem::NotFound)?;
            let item = application(tx, case.id).await?.item;
            if !open_fields(&item.form, &correction.fields).iter().any(|f| is_at_or_below(field, f)) {
                return Err(Problem::field(field, Complaint::NotAsked).into());
            }
            let key = tx.person_key(case.subject_id).await?;
            let added = added_since(tx, case.id, &correction.asked_at.into(), &key).await?;
            // What is there already may be replaced: only what was added counts here, all of it when it is sent.
            room(&item, field, added.iter().filter(|u| u.field == field).count())?;
            Place { holder: Holder::Case(case.id), person: case.subject_id, key, draft: None }
        }
    };
    Ok(place)
}

/// Whether the form has this file field, and room in it.
fn room(item: &Item, field: &str, there: usize) -> Result<()> {
    let (found, _) = item.form.find(field).filter(|(f, _)| f.kind == Kind::File).ok_or(Problem::NotFound)?;
    let most = most(found);
    if u32::try_from(there).unwrap_or(u32::MAX) < most {
        Ok(())
    } else {
        Err(Problem::field(field, Complaint::TooMany { max: most }).into())
    }
}

fn most(field: &Field) -> u32 {
    field.most().min(MOST_UPLOADS)
}

/// The file store does not know for which field it is asked.
fn named(error: Error, field: &str) -> Error {
    match error {
        Error::Problem(Problem::Invalid { errors }) => {
            let renamed = errors.into_iter().map(|e| FieldError { field: field.to_owned(), ..e }).collect();
            Problem::Invalid { errors: renamed }.into()
        }
        other => other,
    }
}

/// Takes a file out of a draft, or one out of a correction that was added for it and not sent yet.
///
/// # Errors
/// [`Problem::NotFound`] for a file that is not theirs, or was sent.
pub async fn remove(city: &AppState, actor: &Actor, target: Target<'_>, upload: UploadId) -> Result<()> {
    let tx = city.store.write(actor).await?;
    let held = match target {
        Target::Draft(id) => {
            let mut open = draft::open(&tx, actor, id, "FOR UPDATE").await?;
            let held = of_draft(&tx, id, &open.key).await?.into_iter().find(|u| u.id == upload).ok_or(Problem::NotFound)?;
            let kept: Vec<String> =
                open.filled.answers.all(&held.field).iter().filter(|v| **v != upload.to_string()).cloned().collect();
            open.filled.answers.set(&held.field, kept);
            draft::keep(&tx, &open).await?;
            held.id
        }
        Target::Correction(number) => {
            let case = cases::load(&tx, actor, number, "FOR UPDATE").await?;
            if !tx.gate.is_party(Party::Applicant, actor, case.of()) {
                return Err(Problem::NotFound.into());
            }
            let correction = open_correction(&tx, case.id).await?.ok_or(Problem::NotFound)?;
            let key = tx.person_key(case.subject_id).await?;
            let added = added_since(&tx, case.id, &correction.asked_at.into(), &key).await?;
            added.iter().find(|u| u.id == upload).ok_or(Problem::NotFound)?.id
        }
    };
    tx.run("UPDATE upload SET draft_id = NULL, case_id = NULL WHERE id = $1", [held.into()]).await?;
    tx.commit().await
}

/// An opened file.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it is, e.g. `image/jpeg`.
    pub media_type: String,
    /// The name it was uploaded under.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
}

/// Opens a file for whoever may see it: its owner or their delegate, or staff of its case, whose look is an event of the
/// case (调阅), the same as that of its page.
///
/// # Errors
/// [`Problem::NotFound`] for everybody else.
pub async fn open(city: &AppState, actor: &Actor, upload: UploadId) -> Result<Opened> {
    #[derive(FromQueryResult)]
    struct Held {
        person_id: PersonId,
        number: Option<String>,
        media_type: String,
        storage_key: String,
        name_sealed: Vec<u8>,
    }
    actor.signed_in()?;
    // Only the look of staff leaves a trace.
    let staff = actor.may(Permission::WorkOnCases);
    let tx = if staff { city.store.write(actor).await? } else { city.store.read(actor).await? };
    let held: Option<Held> = tx
        .one(
            "SELECT u.person_id, c.number, u.media_type, u.storage_key, u.name_sealed
             FROM upload u LEFT JOIN cases c ON c.id = u.case_id WHERE u.id = $1",
            [upload.into()],
        )
        .await?;
    let held = held.ok_or(Problem::NotFound)?;
    match &held.number {
        Some(number) => {
            let case = cases::find(&tx, actor, number).await?;
            if !tx.gate.is_party(Party::Applicant, actor, case.of()) {
                look_today(&tx, actor, number).await?;
            }
        }
        None if actor.acting_for.or(actor.person) == Some(held.person_id) => {}
        None => return Err(Problem::NotFound.into()),
    }
    let key = tx.person_key(held.person_id).await?;
    let name = String::from_utf8(key.open(NAME, upload, &held.name_sealed)?).map_err(|_| VaultError::Broken)?;
    tx.commit().await?;
    Ok(Opened { media_type: held.media_type, name, bytes: city.files.get(&held.storage_key).await? })
}

/// Sweeps away the uploads that no draft and no case holds any more: first the bytes, then the row, so that what is
/// cut off half-way is done by the next run. Then the bytes of a day ago that no row names: of uploads that were cut off
/// before their row was written.
///
/// # Errors
/// What the store or the file store says.
pub async fn sweep(city: &AppState) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Held {
        id: UploadId,
        storage_key: String,
    }
    let tx = city.store.write(&Actor::system(Task::Operation)).await?;
    let held: Vec<Held> = tx
        .all("SELECT id, storage_key FROM upload WHERE draft_id IS NULL AND case_id IS NULL FOR UPDATE SKIP LOCKED", [])
        .await?;
    for upload in held {
        city.files.remove(&upload.storage_key).await?;
        tx.run("DELETE FROM upload WHERE id = $1", [upload.id.into()]).await?;
    }
    tx.commit().await?;
    for keys in city.files.keys_older_than_a_day().await?.chunks(KEYS_AT_A_TIME) {
        sweep_unnamed(city, keys).await?;
    }
    Ok(())
}

/// Removes those of these stored files that no row names.
async fn sweep_unnamed(city: &AppState, keys: &[String]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Unnamed {
        key: String,
    }
    let tx = city.store.read(&Actor::system(Task::Operation)).await?;
    let unnamed: Vec<Unnamed> = tx
        .all(
            "SELECT key FROM unnest($1::text[]) key WHERE NOT EXISTS (SELECT FROM upload u WHERE u.storage_key = key)",
            [keys.to_vec().into()],
        )
        .await?;
    drop(tx);
    for unnamed in unnamed {
        city.files.remove(&unnamed.key).await?;
    }
    Ok(())
}
