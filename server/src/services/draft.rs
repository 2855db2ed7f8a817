//! Drafts (草稿): begun with what the registers know, kept as one types, continued anywhere, carried to a new version
//! of the form.

use super::{
    catalogue,
    record::{DRAFT, Filled, already_open, none_wrong},
    uploads,
};
use crate::{
    Store,
    account::actor::Actor,
    error::Result,
    registry::facts_of,
    store::{Tx, moment},
    vault::PersonKey,
};
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    registry::purposes,
    services::{
        Answers, Item, draft,
        draft_view::{DraftRow, DraftView, NextPage},
        validate::validate_page,
    },
    texts::Bilingual,
};
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    person_id: Uuid,
    item_code: String,
    item_version: i32,
    answers_sealed: Vec<u8>,
    version: i32,
    changed_at: OffsetDateTime,
}

/// A draft, opened, on the version of its item that applies now.
pub(super) struct Open {
    pub(super) id: Uuid,
    pub(super) person: Uuid,
    pub(super) item: Item,
    pub(super) filled: Filled,
    pub(super) version: i32,
    /// Whether it stands in the store under an older version of the item.
    pub(super) newer_form: bool,
    pub(super) key: PersonKey,
    changed_at: OffsetDateTime,
}

/// Which page of a draft is posted. Pages are kept one by one: of two devices at the same page, the last to save wins, and
/// at different pages neither takes anything from the other.
#[derive(Clone, Debug)]
pub struct Posted<'a> {
    /// The draft.
    pub draft: Uuid,
    /// The page's id.
    pub page: &'a str,
    /// What was typed on it.
    pub answers: &'a Answers,
}

/// Begins a draft, filled with what the registers know (a logged read), or finds the one that is there.
///
/// # Errors
/// [`Problem::NotFound`] for an item that does not apply; [`Problem::Conflict`] naming the open application of an item
/// that may not be applied for twice; as [`Actor::subject`].
pub async fn start(store: &Store, actor: &Actor, code: &str) -> Result<Uuid> {
    #[derive(FromQueryResult)]
    struct Found {
        id: Uuid,
    }
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let tx = store.write(actor).await?;
    let item = catalogue::current(&tx, code).await?;
    // Two taps on the button begin one draft.
    tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [format!("draft {account} {person} {code}").into()]).await?;
    let found: Option<Found> = tx
        .one(
            "SELECT id FROM draft WHERE account_id = $1 AND person_id = $2 AND item_code = $3 ORDER BY id LIMIT 1",
            [account.into(), person.into(), code.into()],
        )
        .await?;
    if let Some(found) = found {
        return Ok(found.id);
    }
    if let Some(conflict) = already_open(&tx, person, &item).await? {
        return Err(conflict.into());
    }
    let mut wanted = item.form.facts();
    wanted.sort_unstable();
    wanted.dedup();
    let facts = facts_of(&tx, person, &purposes::PREFILL, None, &wanted).await?;
    let answers = draft::prefill(&item.form, &Answers::default(), &facts);
    let id = Uuid::now_v7();
    let sealed = Filled { answers, facts, carried: Vec::new() }.seal(&tx.person_key(person).await?, DRAFT, id)?;
    tx.run(
        "INSERT INTO draft (id, account_id, person_id, item_code, item_version, answers_sealed) VALUES ($1, $2, $3, $4, $5, $6)",
        [id.into(), account.into(), person.into(), item.code.into(), item.version.into(), sealed.into()],
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Opens a draft of this account for the person it acts as; `lock` is empty or `FOR UPDATE`.
pub(super) async fn open(tx: &Tx, actor: &Actor, id: Uuid, lock: &str) -> Result<Open> {
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let row: Option<Row> = tx
        .one(
            &format!(
                "SELECT id, person_id, item_code, item_version, answers_sealed, version, changed_at FROM draft
                 WHERE id = $1 AND account_id = $2 AND person_id = $3 {lock}"
            ),
            [id.into(), account.into(), person.into()],
        )
        .await?;
    let row = row.ok_or(Problem::NotFound)?;
    let item = catalogue::current(tx, &row.item_code).await?;
    let key = tx.person_key(row.person_id).await?;
    let mut filled: Filled = key.open_json(DRAFT, row.id, &row.answers_sealed)?;
    let newer_form = item.version != row.item_version;
    if newer_form {
        let old = catalogue::version(tx, &row.item_code, row.item_version).await?;
        let (answers, carried) = draft::carry(&old.form, &item.form, &filled.answers);
        filled.answers = draft::prefill(&item.form, &answers, &filled.facts);
        filled.carried = carried;
    }
    Ok(Open {
        id: row.id,
        person: row.person_id,
        item,
        filled,
        version: row.version,
        newer_form,
        key,
        changed_at: row.changed_at,
    })
}

/// Keeps what was changed in it.
pub(super) async fn keep(tx: &Tx, open: &Open) -> Result<i32> {
    let version = open.version.saturating_add(1);
    tx.run(
        "UPDATE draft SET answers_sealed = $2, item_version = $3, version = $4, changed_at = huimin_now() WHERE id = $1",
        [open.id.into(), open.filled.seal(&open.key, DRAFT, open.id)?.into(), open.item.version.into(), version.into()],
    )
    .await?;
    Ok(version)
}

/// The draft as its pages show it. Under a newer version of the form it is shown carried there, with what changed;
/// the next save keeps that.
///
/// # Errors
/// [`Problem::NotFound`] for a draft of another account or person, or an item that does not apply any more.
pub async fn get(store: &Store, actor: &Actor, id: Uuid) -> Result<DraftView> {
    let tx = store.read(actor).await?;
    let open = open(&tx, actor, id, "").await?;
    let uploads = uploads::of_draft(&tx, id, &open.key).await?;
    Ok(DraftView {
        id,
        item: open.item,
        version: open.version,
        answers: open.filled.answers,
        facts: open.filled.facts,
        carried: open.filled.carried,
        uploads,
        changed_at: moment(open.changed_at),
    })
}

/// Keeps a page as it was typed, then checks it: what does not hold is kept, too, and told.
///
/// # Errors
/// [`Problem::Invalid`] after the page was kept; [`Problem::NotFound`]; [`Problem::TooLarge`].
pub async fn save_page(store: &Store, actor: &Actor, posted: &Posted<'_>) -> Result<NextPage> {
    let tx = store.write(actor).await?;
    let today = tx.now().await?.today();
    let mut open = open_posted(&tx, actor, posted).await?;
    open.filled.answers = draft::take_page(&open.item.form, posted.page, &open.filled.answers, posted.answers);
    keep(&tx, &open).await?;
    tx.commit().await?;
    none_wrong(validate_page(&open.item.form, posted.page, &open.filled.answers, today))?;
    Ok(NextPage::after(&open.item.form, posted.page, &open.filled.answers))
}

/// Keeps a page as it was typed, unchecked, and answers the draft's new version: for saving while one types, and
/// before a row is added.
///
/// # Errors
/// As [`save_page`], without the complaints.
pub async fn save_typed(store: &Store, actor: &Actor, posted: &Posted<'_>) -> Result<i32> {
    let tx = store.write(actor).await?;
    let mut open = open_posted(&tx, actor, posted).await?;
    open.filled.answers = draft::take_page(&open.item.form, posted.page, &open.filled.answers, posted.answers);
    let version = keep(&tx, &open).await?;
    tx.commit().await?;
    Ok(version)
}

/// Keeps a page as it was typed, without one row of a repeated block, and answers the draft's new version.
///
/// # Errors
/// As [`save_typed`].
pub async fn remove_row(store: &Store, actor: &Actor, posted: &Posted<'_>, block: &str, row: u16) -> Result<i32> {
    let mut answers = posted.answers.clone();
    answers.remove(&format!("{block}.{row}"));
    save_typed(store, actor, &Posted { answers: &answers, ..posted.clone() }).await
}

async fn open_posted(tx: &Tx, actor: &Actor, posted: &Posted<'_>) -> Result<Open> {
    let open = open(tx, actor, posted.draft, "FOR UPDATE").await?;
    if open.item.form.page(posted.page).is_none() {
        return Err(Problem::NotFound.into());
    }
    Ok(open)
}

/// The draft is not what was seen.
pub(super) fn overtaken(open: &Open) -> Problem {
    Problem::Conflict { number: String::new(), state: "draft".to_owned(), version: open.version, allowed: Vec::new() }
}

/// The drafts of this account for the person it acts as, the last saved first.
///
/// # Errors
/// As [`Actor::subject`]; what the store says.
pub async fn mine(store: &Store, actor: &Actor) -> Result<Vec<DraftRow>> {
    #[derive(FromQueryResult)]
    struct Listed {
        id: Uuid,
        item_code: String,
        name_zh: String,
        name_en: String,
        changed_at: OffsetDateTime,
    }
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let tx = store.read(actor).await?;
    let rows: Vec<Listed> = tx
        .all(
            "SELECT d.id, d.item_code, i.name_zh, i.name_en, d.changed_at FROM draft d
             JOIN item i ON i.code = d.item_code AND i.version = d.item_version
             WHERE d.account_id = $1 AND d.person_id = $2 ORDER BY d.changed_at DESC, d.id DESC LIMIT 100",
            [account.into(), person.into()],
        )
        .await?;
    let told = |r: Listed| DraftRow {
        id: r.id,
        item: r.item_code,
        name: Bilingual { zh: r.name_zh, en: r.name_en },
        changed_at: moment(r.changed_at),
    };
    Ok(rows.into_iter().map(told).collect())
}

/// Throws a draft away, with its files.
///
/// # Errors
/// [`Problem::NotFound`]; what the store says.
pub async fn discard(store: &Store, actor: &Actor, id: Uuid) -> Result<()> {
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let tx = store.write(actor).await?;
    let gone = tx
        .run("DELETE FROM draft WHERE id = $1 AND account_id = $2 AND person_id = $3", [id.into(), account.into(), person.into()])
        .await?;
    if gone == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}
