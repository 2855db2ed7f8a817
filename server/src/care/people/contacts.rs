//! Whom to call for somebody (紧急联系人), in order: named by the person, or by family with a mandate. A contact whose
//! number is that of an account here is told in the inbox, may answer, and may end it.

use crate::{
    Store,
    account::{
        actor::{Actor, Task},
        gate::Access,
    },
    error::Result,
    store::Tx,
};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    care::profile::{CONTACTS_MOST, Contact, ContactView},
};
use uuid::Uuid;

/// Seals a contact; the row is its key.
const CONTEXT: &str = "care_contact";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    place: i16,
    account_id: Option<Uuid>,
    key_holder: bool,
    sealed: Vec<u8>,
}

/// The contacts of a person in order, in this transaction; none of somebody who was erased.
///
/// # Errors
/// What the store or the vault says.
pub async fn contacts_of(tx: &Tx, person: Uuid) -> Result<Vec<ContactView>> {
    let rows: Vec<Row> = tx
        .all(
            "SELECT id, place, account_id, key_holder, sealed FROM care_contact WHERE person_id = $1 ORDER BY place",
            [person.into()],
        )
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let Some(key) = crate::care::intake::caller_actions::key_of(tx, person).await? else { return Ok(Vec::new()) };
    rows.into_iter()
        .map(|row| {
            Ok(ContactView {
                contact: key.open_json(CONTEXT, row.id, &row.sealed)?,
                id: row.id,
                place: row.place,
                account: row.account_id,
                key_holder: row.key_holder,
            })
        })
        .collect()
}

/// The contacts of the person the actor acts as.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn contacts(store: &Store, actor: &Actor) -> Result<Vec<ContactView>> {
    store.gate.enter(Access::Verified, actor)?;
    contacts_of(&store.read(actor).await?, actor.subject()?).await
}

/// Adds a contact at the end, or changes one. The number finds the account that is told; nobody learns whether there is
/// one.
///
/// # Errors
/// [`Problem::Invalid`]: `name`, `phone`, `relation`, or too many; [`Problem::NotFound`] for one that is not theirs.
pub async fn save(store: &Store, actor: &Actor, id: Option<Uuid>, contact: &Contact, key_holder: bool) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    // Whose number it is, only the system may look up.
    let tx = store.write(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let key = tx.person_key(person).await?;
    let row = id.unwrap_or_else(Uuid::now_v7);
    let sealed = key.seal_json(CONTEXT, row, contact)?;
    let phone = tx.vault.index("phone", &contact.phone);
    let account =
        "(SELECT a.id FROM account a WHERE a.phone_index = $4 AND a.disabled_at IS NULL AND a.person_id IS DISTINCT FROM $2)";
    let values = [row.into(), person.into(), sealed.into(), phone.into(), key_holder.into()];
    let done = if id.is_some() {
        let changed = tx
            .run(
                &format!("UPDATE care_contact SET sealed = $3, account_id = {account}, key_holder = $5 WHERE id = $1 AND person_id = $2"),
                values,
            )
            .await?;
        if changed == 0 {
            return Err(Problem::NotFound.into());
        }
        changed
    } else {
        tx.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 3))", [person.to_string().into()]).await?;
        tx.run(
            &format!(
                "INSERT INTO care_contact (id, person_id, place, sealed, account_id, key_holder)
                 SELECT $1, $2, free.place, $3, {account}, $5
                   FROM (SELECT coalesce(max(place), 0) + 1 AS place FROM care_contact WHERE person_id = $2) free
                  WHERE free.place <= {CONTACTS_MOST}"
            ),
            values,
        )
        .await?
    };
    if done == 0 {
        return Err(Problem::field("name", Complaint::TooMany { max: u32::try_from(CONTACTS_MOST).unwrap_or_default() }).into());
    }
    tx.commit().await
}

/// Removes a contact; those behind move up.
///
/// # Errors
/// [`Problem::NotFound`] for one that is not theirs.
pub async fn remove(store: &Store, actor: &Actor, id: Uuid) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    let tx = store.write(actor).await?;
    let gone = tx.run("DELETE FROM care_contact WHERE id = $1 AND person_id = $2", [id.into(), person.into()]).await?;
    if gone == 0 {
        return Err(Problem::NotFound.into());
    }
    reorder(&tx, person, &contacts_order(&tx, person).await?).await?;
    tx.commit().await
}

/// Calls a contact first.
///
/// # Errors
/// [`Problem::NotFound`] for one that is not theirs.
pub async fn put_first(store: &Store, actor: &Actor, id: Uuid) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    let tx = store.write(actor).await?;
    let mut order = contacts_order(&tx, person).await?;
    let at = order.iter().position(|o| *o == id).ok_or(Problem::NotFound)?;
    order.get_mut(..=at).unwrap_or_default().rotate_right(1);
    reorder(&tx, person, &order).await?;
    tx.commit().await
}

async fn contacts_order(tx: &Tx, person: Uuid) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let sql = "SELECT id FROM care_contact WHERE person_id = $1 ORDER BY place FOR UPDATE";
    Ok(tx.all::<Row>(sql, [person.into()]).await?.into_iter().map(|r| r.id).collect())
}

/// Writes the places 1, 2, 3 … at one stroke: that no two are the same is looked at when all are written.
async fn reorder(tx: &Tx, person: Uuid, order: &[Uuid]) -> Result<()> {
    tx.run(
        "UPDATE care_contact c SET place = n.place FROM unnest($2::uuid[]) WITH ORDINALITY AS n (id, place)
          WHERE c.id = n.id AND c.person_id = $1",
        [person.into(), order.to_vec().into()],
    )
    .await?;
    Ok(())
}

/// Ends being a contact: the person keeps the number, the account is told no more.
///
/// # Errors
/// [`Problem::NotFound`] for what is not theirs.
pub async fn stop_following(store: &Store, actor: &Actor, id: Uuid) -> Result<()> {
    store.gate.enter(Access::SignedIn, actor)?;
    let account = actor.signed_in()?;
    let tx = store.write(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let ended = tx
        .run("UPDATE care_contact SET account_id = NULL WHERE id = $1 AND account_id = $2", [id.into(), account.into()])
        .await?;
    if ended == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}
