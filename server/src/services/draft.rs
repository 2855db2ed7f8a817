//! Drafts (草稿): prefilled from the registers, saved page by page, continued on any device, and carried to a new version
//! of the form.

use super::{
    catalogue,
    entity::{draft as table, item},
    record::{DRAFT, Filled, Lock, already_open, fail_on_errors},
    uploads,
};
use crate::{
    Store,
    access::actor::Actor,
    error::Result,
    registry::facts_of,
    store::{DbInstant, Tx, db_now, new_id},
    vault::PersonKey,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, raw_sql};
use shared::{
    Problem,
    ids::{DraftId, PersonId},
    registry::Purpose,
    services::{
        Answers, Item, draft,
        draft_view::{DraftRow, DraftView, NextPage},
        validate::validate_page,
    },
    texts::Bilingual,
};

/// A decrypted draft on the version of its item that applies now.
pub(super) struct OpenDraft {
    pub(super) id: DraftId,
    pub(super) person: PersonId,
    pub(super) item: Item,
    pub(super) filled: Filled,
    pub(super) version: i32,
    /// Whether it is stored under an older version of the item.
    pub(super) newer_form: bool,
    pub(super) key: PersonKey,
    changed_at: DbInstant,
}

/// A posted page of a draft. Pages are saved one by one: of two devices on the same page the last one to save wins, and
/// on different pages they do not affect each other.
#[derive(Clone, Debug)]
pub struct Posted<'a> {
    /// The draft.
    pub draft: DraftId,
    /// The page's id.
    pub page: &'a str,
    /// The answers typed on it.
    pub answers: &'a Answers,
}

/// Starts a draft, prefilled from the registers (a logged read), or finds the existing one.
///
/// # Errors
/// [`Problem::NotFound`] for an item that is not in force; [`Problem::Conflict`] naming the open application of an item
/// that may not be applied for twice; as [`Actor::subject`].
pub async fn start(store: &Store, actor: &Actor, code: &str) -> Result<DraftId> {
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let tx = store.write(actor).await?;
    let item = catalogue::current(&tx, code).await?;
    // Two clicks on the button start one draft.
    let lock = format!("draft {account} {person} {code}");
    tx.execute_sql(raw_sql!(Postgres, "SELECT pg_advisory_xact_lock(hashtextextended({lock}, 0))")).await?;
    let found: Option<DraftId> = table::Entity::find()
        .select_only()
        .column(table::Column::Id)
        .filter(table::Column::AccountId.eq(account))
        .filter(table::Column::PersonId.eq(person))
        .filter(table::Column::ItemCode.eq(code))
        .order_by_asc(table::Column::Id)
        .into_tuple()
        .one(&tx)
        .await?;
    if let Some(found) = found {
        return Ok(found);
    }
    if let Some(conflict) = already_open(&tx, person, &item).await? {
        return Err(conflict.into());
    }
    let mut wanted = item.form.facts();
    wanted.sort_unstable();
    wanted.dedup();
    let facts = facts_of(&tx, person, &Purpose::Prefill, None, &wanted).await?;
    let answers = draft::prefill(&item.form, &Answers::default(), &facts);
    let id: DraftId = new_id();
    let sealed = Filled { answers, facts, carried: Vec::new() }.seal(&tx.person_key(person).await?, DRAFT, id)?;
    let row = table::ActiveModel {
        id: Set(id),
        account_id: Set(account),
        person_id: Set(person),
        item_code: Set(item.code),
        item_version: Set(item.version),
        answers_sealed: Set(sealed),
        ..Default::default()
    };
    table::Entity::insert(row).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(id)
}

/// Opens a draft of this account for the person whom it acts for.
pub(super) async fn open(tx: &Tx, actor: &Actor, id: DraftId, lock: Lock) -> Result<OpenDraft> {
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let row = table::Entity::find_by_id(id)
        .filter(table::Column::AccountId.eq(account))
        .filter(table::Column::PersonId.eq(person))
        .apply_if((lock == Lock::Update).then_some(()), |select, ()| select.lock_exclusive())
        .one(tx)
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
    Ok(OpenDraft {
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

/// Saves a changed draft and returns its new version.
pub(super) async fn save(tx: &Tx, open: &OpenDraft) -> Result<i32> {
    let version = open.version.saturating_add(1);
    let row = table::ActiveModel {
        answers_sealed: Set(open.filled.seal(&open.key, DRAFT, open.id)?),
        item_version: Set(open.item.version),
        version: Set(version),
        ..Default::default()
    };
    table::Entity::update_many()
        .set(row)
        .col_expr(table::Column::ChangedAt, db_now())
        .filter(table::Column::Id.eq(open.id))
        .exec(tx)
        .await?;
    Ok(version)
}

/// The draft as its pages show it. When a newer version of the form is in force, the draft is shown carried to it, with the
/// changes; the next save stores that.
///
/// # Errors
/// [`Problem::NotFound`] for a draft of another account or person, or an item that is not in force any more.
pub async fn get(store: &Store, actor: &Actor, id: DraftId) -> Result<DraftView> {
    let tx = store.read(actor).await?;
    let open = open(&tx, actor, id, Lock::None).await?;
    let uploads = uploads::of_draft(&tx, id, &open.key).await?;
    Ok(DraftView {
        id,
        item: open.item,
        version: open.version,
        answers: open.filled.answers,
        facts: open.filled.facts,
        carried: open.filled.carried,
        uploads,
        changed_at: open.changed_at.timestamp(),
    })
}

/// Saves a page as typed, then validates it: wrong answers are saved, too, and reported.
///
/// # Errors
/// [`Problem::Invalid`] after the page was saved; [`Problem::NotFound`]; [`Problem::TooLarge`].
pub async fn save_page(store: &Store, actor: &Actor, posted: &Posted<'_>) -> Result<NextPage> {
    let tx = store.write(actor).await?;
    let today = tx.now().await?.today();
    let mut open = open_posted(&tx, actor, posted).await?;
    open.filled.answers = draft::take_page(&open.item.form, posted.page, &open.filled.answers, posted.answers);
    save(&tx, &open).await?;
    tx.commit().await?;
    fail_on_errors(validate_page(&open.item.form, posted.page, &open.filled.answers, today))?;
    Ok(NextPage::after(&open.item.form, posted.page, &open.filled.answers))
}

/// Saves a page as typed without validating it, and returns the new version of the draft: for saving while typing, and
/// before a row is added.
///
/// # Errors
/// As [`save_page`], without the field errors.
pub async fn save_typed(store: &Store, actor: &Actor, posted: &Posted<'_>) -> Result<i32> {
    let tx = store.write(actor).await?;
    let mut open = open_posted(&tx, actor, posted).await?;
    open.filled.answers = draft::take_page(&open.item.form, posted.page, &open.filled.answers, posted.answers);
    let version = save(&tx, &open).await?;
    tx.commit().await?;
    Ok(version)
}

/// Saves a page as typed, without one row of a repeated block, and returns the new version of the draft.
///
/// # Errors
/// As [`save_typed`].
pub async fn remove_row(store: &Store, actor: &Actor, posted: &Posted<'_>, block: &str, row: u16) -> Result<i32> {
    let mut answers = posted.answers.clone();
    answers.remove(&format!("{block}.{row}"));
    save_typed(store, actor, &Posted { answers: &answers, ..posted.clone() }).await
}

async fn open_posted(tx: &Tx, actor: &Actor, posted: &Posted<'_>) -> Result<OpenDraft> {
    let open = open(tx, actor, posted.draft, Lock::Update).await?;
    if open.item.form.page(posted.page).is_none() {
        return Err(Problem::NotFound.into());
    }
    Ok(open)
}

/// The drafts of this account for the person whom it acts for, the last saved first.
///
/// # Errors
/// As [`Actor::subject`]; errors of the store.
pub async fn mine(store: &Store, actor: &Actor) -> Result<Vec<DraftRow>> {
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let tx = store.read(actor).await?;
    let rows: Vec<(DraftId, DbInstant, String, String, String)> = table::Entity::find()
        .inner_join(item::Entity)
        .select_only()
        .columns([table::Column::Id, table::Column::ChangedAt, table::Column::ItemCode])
        .columns([item::Column::NameZh, item::Column::NameEn])
        .filter(table::Column::AccountId.eq(account))
        .filter(table::Column::PersonId.eq(person))
        .order_by_desc(table::Column::ChangedAt)
        .order_by_desc(table::Column::Id)
        .limit(100)
        .into_tuple()
        .all(&tx)
        .await?;
    let to_view = |(id, changed_at, item, zh, en): (DraftId, DbInstant, String, String, String)| DraftRow {
        id,
        item,
        name: Bilingual { zh, en },
        changed_at: changed_at.timestamp(),
    };
    Ok(rows.into_iter().map(to_view).collect())
}

/// Deletes a draft with its files.
///
/// # Errors
/// [`Problem::NotFound`]; errors of the store.
pub async fn discard(store: &Store, actor: &Actor, id: DraftId) -> Result<()> {
    let (account, person) = (actor.signed_in()?, actor.subject()?);
    let tx = store.write(actor).await?;
    let deleted = table::Entity::delete_many()
        .filter(table::Column::Id.eq(id))
        .filter(table::Column::AccountId.eq(account))
        .filter(table::Column::PersonId.eq(person))
        .exec(&tx)
        .await?;
    if deleted.rows_affected == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}
