//! The real-name check (实名认证): name and ID number against the population register, once for each account.

use super::{
    actor::{Actor, Task},
    person, throttle,
};
use crate::{
    AppState,
    error::{Error, Result, sqlstate},
    registry::read::{self, Reason, Registered, Status, index_of},
};
use sea_orm::FromQueryResult;
use shared::{Complaint, FieldError, Problem, account::ResidentId, registry::purposes};
use uuid::Uuid;

/// Checks a day of one account.
const CHECKS_A_DAY: u32 = 5;
/// Most characters of a name.
const NAME_MOST: u32 = 50;

/// Links the signed-in account to the person with this name and ID number.
///
/// # Errors
/// [`Problem::Invalid`]: `name`, `resident_id` as typed; [`Complaint::NotInRegister`] on `resident_id` for every mismatch,
/// so that nothing is learnt of others; [`Complaint::AlreadyTaken`] when the person or the account is linked otherwise.
/// [`Problem::TooMany`] beyond five a day; [`Problem::SecondFactorFirst`].
pub async fn verify(city: &AppState, actor: &Actor, name: &str, resident_id: &str) -> Result<()> {
    let account = actor.signed_in()?;
    let asked = Asked::read(city, name, resident_id).await?;
    throttle::allow(&city.store, &format!("real_name:{account}"), CHECKS_A_DAY, 86_400).await?;
    let reason = Reason { purpose: &purposes::REAL_NAME, fields: &["person.name", "person.status"], case: None };
    let registered = asked.look_up(city, actor, reason).await?;

    #[derive(FromQueryResult)]
    struct Row {
        person_id: Option<Uuid>,
        has_totp: bool,
    }
    let taken = || Problem::field("resident_id", Complaint::AlreadyTaken);
    let tx = city.store.write(&registering(actor)).await?;
    let row: Option<Row> = tx
        .one(
            "SELECT person_id, totp_sealed IS NOT NULL AS has_totp FROM account WHERE id = $1 AND disabled_at IS NULL FOR UPDATE",
            [account.into()],
        )
        .await?;
    let row = row.ok_or(Problem::SignInFirst)?;
    if row.has_totp && !actor.second_factor {
        return Err(Problem::SecondFactorFirst.into());
    }
    let person = person::find_or_make(&tx, &asked.index, &asked.id, &registered).await?;
    match row.person_id {
        Some(linked) if linked == person => return Ok(()),
        Some(_) => return Err(taken().into()),
        None => {}
    }
    tx.run("UPDATE account SET person_id = $2 WHERE id = $1", [account.into(), person.into()]).await.map_err(
        |error| match error {
            Error::Store(e) if sqlstate(&e).as_deref() == Some("23505") => taken().into(),
            other => other,
        },
    )?;
    tx.commit().await
}

/// The account, doing work on the register: the access log then names it.
pub(super) fn registering(actor: &Actor) -> Actor {
    Actor { task: Some(Task::Register), ..actor.clone() }
}

/// A name and an ID number as asked for.
pub(super) struct Asked {
    name: String,
    /// The number.
    pub(super) id: ResidentId,
    /// Its blind index.
    pub(super) index: Vec<u8>,
}

impl Asked {
    /// Reads both fields and names everything that is wrong with them.
    pub(super) async fn read(city: &AppState, name: &str, resident_id: &str) -> Result<Self> {
        let today = city.store.read(&Actor::system(Task::Register)).await?.now().await?.today();
        let name = name.trim();
        let name_fault = if name.is_empty() {
            Some(Complaint::Required)
        } else if name.chars().nth(usize::try_from(NAME_MOST).unwrap_or(usize::MAX)).is_some() {
            Some(Complaint::TooLong { max: NAME_MOST })
        } else {
            None
        };
        let id = if resident_id.trim().is_empty() {
            Err(Complaint::Required)
        } else {
            ResidentId::parse_on(resident_id, today).map_err(Complaint::from)
        };
        match (name_fault, id) {
            (None, Ok(id)) => Ok(Self { name: name.to_owned(), index: index_of(&city.store.vault, &id), id }),
            (name, id) => {
                let faults = [("name", name), ("resident_id", id.err())];
                let errors = faults
                    .into_iter()
                    .filter_map(|(field, complaint)| Some(FieldError { field: field.to_owned(), complaint: complaint? }))
                    .collect();
                Err(Problem::Invalid { errors }.into())
            }
        }
    }

    /// Finds the living person in the register whose name it is; the look-up is logged whatever comes of it.
    pub(super) async fn look_up(&self, city: &AppState, actor: &Actor, reason: Reason<'_>) -> Result<Registered> {
        let tx = city.store.write(&registering(actor)).await?;
        let found = read::person(&tx, &self.index, reason).await?;
        tx.commit().await?;
        match found {
            Some(found) if found.status != Status::Deceased && person::same_name(&found.name, &self.name) => Ok(found),
            _ => Err(Problem::field("resident_id", Complaint::NotInRegister).into()),
        }
    }
}
