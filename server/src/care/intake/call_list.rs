//! Lists for residents: their calls, and the persons they may call for.

use crate::cases::entity::case;
use crate::{
    Store,
    access::actor::{Actor, Task},
    error::Result,
    store::DbInstant,
};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, raw_sql};
use shared::{
    care::life::SOS,
    ids::{ContactId, PersonId},
};

/// Most rows of a list.
const LIST_MOST: u64 = 20;

/// A call in a list.
#[derive(Clone, Debug)]
pub struct CallLine {
    /// Its number.
    pub number: String,
    /// Its state, as stored.
    pub state: String,
    /// When it was raised.
    pub opened_at: DbInstant,
    /// Whether it has ended.
    pub closed: bool,
}

/// The newest calls of the person the actor acts as.
///
/// # Errors
/// [`shared::Problem::SignInFirst`], [`shared::Problem::RealNameFirst`].
pub async fn calls(store: &Store, actor: &Actor) -> Result<Vec<CallLine>> {
    let subject = actor.subject()?;
    let tx = store.read(actor).await?;
    let rows: Vec<(String, String, DbInstant, Option<DbInstant>)> = case::Entity::find()
        .select_only()
        .columns([case::Column::Number, case::Column::State, case::Column::OpenedAt, case::Column::ClosedAt])
        .filter(case::Column::SubjectId.eq(subject))
        .filter(case::Column::Kind.eq(SOS.kind))
        .order_by_desc(case::Column::Id)
        .limit(LIST_MOST)
        .into_tuple()
        .all(&tx)
        .await?;
    let line = |(number, state, opened_at, closed_at): (String, String, DbInstant, Option<DbInstant>)| CallLine {
        number,
        state,
        opened_at,
        closed: closed_at.is_some(),
    };
    Ok(rows.into_iter().map(line).collect())
}

/// A person the account may call for.
#[derive(Clone, Debug)]
pub struct CaredPerson {
    /// The row of the contact, for [`crate::care::people::contacts::stop_following`]; none for a person acted for by mandate.
    pub contact: Option<ContactId>,
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// An open call of theirs that the account may follow.
    pub call: Option<String>,
}

/// The persons the signed-in account may call for: by mandate, or as one of their contacts.
///
/// # Errors
/// [`shared::Problem::SignInFirst`].
pub async fn may_call_for(store: &Store, actor: &Actor) -> Result<Vec<CaredPerson>> {
    #[derive(FromQueryResult)]
    struct PersonRow {
        contact: Option<ContactId>,
        person_id: PersonId,
        name_sealed: Vec<u8>,
        number: Option<String>,
    }
    let (account, own, most) = (actor.signed_in()?, actor.person, i64::try_from(LIST_MOST).unwrap_or(i64::MAX));
    // The account may not read these names; the statement itself requires a mandate or a contact.
    let tx = store.read(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let rows: Vec<PersonRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT w.contact, w.person_id, p.name_sealed,
                    (SELECT c.number FROM cases c WHERE c.subject_id = w.person_id AND c.kind = 'sos' AND c.closed_at IS NULL
                        AND ({account} = ANY(c.helpers) OR w.mandated) ORDER BY c.id DESC LIMIT 1) AS number
               FROM (SELECT DISTINCT ON (person_id) person_id, contact, bool_or(mandated) OVER (PARTITION BY person_id) AS mandated FROM (
                        SELECT person_id, NULL::uuid AS contact, true AS mandated FROM mandate WHERE account_id = {account}
                           AND confirmed_at IS NOT NULL AND revoked_at IS NULL AND ends_on >= huimin_today()
                        UNION ALL SELECT person_id, id, false FROM care_contact WHERE account_id = {account}) r
                     ORDER BY person_id, contact NULLS LAST) w
               JOIN person p ON p.id = w.person_id
              WHERE p.erased_at IS NULL AND w.person_id IS DISTINCT FROM {own} ORDER BY w.person_id LIMIT {most}"
        ))
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(CaredPerson {
                contact: row.contact,
                person: row.person_id,
                name: tx.vault.open_text("person.name", row.person_id, &row.name_sealed)?,
                call: row.number,
            })
        })
        .collect()
}
