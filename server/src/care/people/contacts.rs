//! Emergency contacts of a person (紧急联系人), in order: named by the person or a delegate. A contact whose number belongs to an
//! account here is notified in its inbox, may answer, and may stop being a contact.

use crate::care::entity::care_contact;
use crate::{
    Store,
    access::{
        actor::{Actor, Task},
        gate::Access,
    },
    error::Result,
    store::{Tx, new_id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, raw_sql};
use shared::{
    FieldErrorKind, Problem,
    care::profile::{CONTACTS_MOST, Contact, ContactView},
    ids::{ContactId, PersonId},
};

/// The context under which a contact is sealed, in its row.
const CONTEXT: &str = "care_contact";

/// The contacts of a person in order; none for an erased person.
///
/// # Errors
/// Errors of the database or the vault.
pub async fn contacts_of(tx: &Tx, person: PersonId) -> Result<Vec<ContactView>> {
    let rows = care_contact::Entity::find()
        .filter(care_contact::Column::PersonId.eq(person))
        .order_by_asc(care_contact::Column::Place)
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let Some(key) = tx.living_key(person).await? else { return Ok(Vec::new()) };
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

/// Adds a contact at the end, or changes one. The number is matched with accounts; the result does not show whether one
/// was found.
///
/// # Errors
/// [`Problem::Invalid`]: `name`, `phone`, `relation`, or too many; [`Problem::NotFound`] for a contact of another person.
pub async fn save(store: &Store, actor: &Actor, id: Option<ContactId>, contact: &Contact, key_holder: bool) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    // Only the system may look up the account of a number.
    let tx = store.write(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let key = tx.person_key(person).await?;
    let row = id.unwrap_or_else(new_id);
    let sealed = key.seal_json(CONTEXT, row, contact)?;
    let phone = tx.vault.index("phone", &contact.phone);
    if id.is_some() {
        let changed = tx
            .execute_sql(raw_sql!(
                Postgres,
                "UPDATE care_contact SET sealed = {sealed}, key_holder = {key_holder},
                     account_id = (SELECT a.id FROM account a WHERE a.phone_index = {phone} AND a.disabled_at IS NULL
                                      AND a.person_id IS DISTINCT FROM {person})
                  WHERE id = {row} AND person_id = {person}"
            ))
            .await?;
        if changed == 0 {
            return Err(Problem::NotFound.into());
        }
    } else {
        let (lock_key, most) = (person.to_string(), CONTACTS_MOST);
        tx.execute_sql(raw_sql!(Postgres, "SELECT pg_advisory_xact_lock(hashtextextended({lock_key}, 3))")).await?;
        let added = tx
            .execute_sql(raw_sql!(
                Postgres,
                "INSERT INTO care_contact (id, person_id, place, sealed, account_id, key_holder)
                 SELECT {row}, {person}, free.place, {sealed},
                        (SELECT a.id FROM account a WHERE a.phone_index = {phone} AND a.disabled_at IS NULL
                            AND a.person_id IS DISTINCT FROM {person}), {key_holder}
                   FROM (SELECT coalesce(max(place), 0) + 1 AS place FROM care_contact WHERE person_id = {person}) free
                  WHERE free.place <= {most}"
            ))
            .await?;
        if added == 0 {
            let max = u32::try_from(CONTACTS_MOST).unwrap_or_default();
            return Err(Problem::field("name", FieldErrorKind::TooMany { max }).into());
        }
    }
    tx.commit().await
}

/// Removes a contact; the following ones move up.
///
/// # Errors
/// [`Problem::NotFound`] for a contact of another person.
pub async fn remove(store: &Store, actor: &Actor, id: ContactId) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    let tx = store.write(actor).await?;
    let removed = care_contact::Entity::delete_many()
        .filter(care_contact::Column::Id.eq(id))
        .filter(care_contact::Column::PersonId.eq(person))
        .exec(&tx)
        .await?
        .rows_affected;
    if removed == 0 {
        return Err(Problem::NotFound.into());
    }
    let order = lock_order(&tx, person).await?;
    write_order(&tx, person, order).await?;
    tx.commit().await
}

/// Moves a contact to the first place.
///
/// # Errors
/// [`Problem::NotFound`] for a contact of another person.
pub async fn put_first(store: &Store, actor: &Actor, id: ContactId) -> Result<()> {
    store.gate.enter(Access::Verified, actor)?;
    let person = actor.subject()?;
    let tx = store.write(actor).await?;
    let mut order = lock_order(&tx, person).await?;
    let at = order.iter().position(|o| *o == id).ok_or(Problem::NotFound)?;
    order.get_mut(..=at).unwrap_or_default().rotate_right(1);
    write_order(&tx, person, order).await?;
    tx.commit().await
}

async fn lock_order(tx: &Tx, person: PersonId) -> Result<Vec<ContactId>> {
    Ok(care_contact::Entity::find()
        .select_only()
        .column(care_contact::Column::Id)
        .filter(care_contact::Column::PersonId.eq(person))
        .order_by_asc(care_contact::Column::Place)
        .lock_exclusive()
        .into_tuple()
        .all(tx)
        .await?)
}

/// Writes the places 1, 2, 3 … in one statement: the unique constraint is checked at its end.
async fn write_order(tx: &Tx, person: PersonId, order: Vec<ContactId>) -> Result<()> {
    tx.execute_sql(raw_sql!(
        Postgres,
        "UPDATE care_contact c SET place = n.place FROM unnest({order}::uuid[]) WITH ORDINALITY AS n (id, place)
          WHERE c.id = n.id AND c.person_id = {person}"
    ))
    .await?;
    Ok(())
}

/// Stops being a contact: the person keeps the number, the account is no longer notified.
///
/// # Errors
/// [`Problem::NotFound`] for a row of another account.
pub async fn stop_following(store: &Store, actor: &Actor, id: ContactId) -> Result<()> {
    store.gate.enter(Access::SignedIn, actor)?;
    let account = actor.signed_in()?;
    let tx = store.write(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let ended = care_contact::Entity::update_many()
        .set(care_contact::ActiveModel { account_id: Set(None), ..Default::default() })
        .filter(care_contact::Column::Id.eq(id))
        .filter(care_contact::Column::AccountId.eq(account))
        .exec(&tx)
        .await?
        .rows_affected;
    if ended == 0 {
        return Err(Problem::NotFound.into());
    }
    tx.commit().await
}
