//! The real-name check (实名认证): compares name and ID number with the population register, once per account.

use super::{entity::account, person, throttle};
use crate::access::actor::{Actor, Task};
use crate::{
    AppState,
    error::{Result, UNIQUE_VIOLATION, problem_on},
    registry::read::{self, Reason, Registered, index_of},
};
use sea_orm::{ActiveValue::Set, QuerySelect};
use shared::{
    FieldErrorKind, Problem,
    account::ResidentId,
    registry::{Purpose, status::ResidentStatus},
};

/// Maximum number of checks of one account in a day.
const MAX_CHECKS_PER_DAY: u32 = 5;
/// Maximum length of a name in characters.
const MAX_NAME_CHARS: u32 = 50;

/// Links the signed-in account to the person with this name and ID number.
///
/// # Errors
/// [`Problem::Invalid`]: malformed `name` or `resident_id`; [`FieldErrorKind::NotInRegister`] on `resident_id` for every mismatch,
/// which reveals nothing about other persons; [`FieldErrorKind::AlreadyTaken`] if the person or the account is linked otherwise.
/// [`Problem::TooMany`] beyond five a day; [`Problem::SecondFactorFirst`].
pub async fn verify(state: &AppState, actor: &Actor, name: &str, resident_id: &str) -> Result<()> {
    let account = actor.signed_in()?;
    let claim = IdentityClaim::read(state, name, resident_id).await?;
    throttle::allow(&state.store, &format!("real_name:{account}"), MAX_CHECKS_PER_DAY, 86_400).await?;
    let reason = Reason { purpose: &Purpose::RealName, fields: &["person.name", "person.status"], case: None };
    let registered = claim.look_up(state, actor, reason).await?;

    let taken = || Problem::field("resident_id", FieldErrorKind::AlreadyTaken);
    let tx = state.store.write(&with_register_task(actor)).await?;
    let row = account::Entity::enabled(account).lock_exclusive().one(&tx).await?.ok_or(Problem::SignInFirst)?;
    if row.totp_sealed.is_some() && !actor.second_factor {
        return Err(Problem::SecondFactorFirst.into());
    }
    let person = person::find_or_insert(&tx, &claim.index, &claim.id, &registered).await?;
    match row.person_id {
        Some(linked) if linked == person => return Ok(()),
        Some(_) => return Err(taken().into()),
        None => {}
    }
    account::Entity::update_of(account)
        .set(account::ActiveModel { person_id: Set(Some(person)), ..Default::default() })
        .exec(&tx)
        .await
        .map_err(problem_on(UNIQUE_VIOLATION, taken()))?;
    tx.commit().await
}

/// The account with the task that reads the register, so that the access log names the account.
pub(super) fn with_register_task(actor: &Actor) -> Actor {
    Actor { task: Some(Task::RegisterCheck), ..actor.clone() }
}

/// A claimed name and ID number.
pub(super) struct IdentityClaim {
    name: String,
    /// The ID number.
    pub(super) id: ResidentId,
    /// Its blind index.
    pub(super) index: Vec<u8>,
}

impl IdentityClaim {
    /// Validates both fields and reports the errors of both.
    pub(super) async fn read(state: &AppState, name: &str, resident_id: &str) -> Result<Self> {
        let today = state.store.read(&Actor::system(Task::RegisterCheck)).await?.now().await?.today();
        let name = name.trim();
        let name_error = if name.is_empty() {
            Some(FieldErrorKind::Required)
        } else if name.chars().nth(usize::try_from(MAX_NAME_CHARS).unwrap_or(usize::MAX)).is_some() {
            Some(FieldErrorKind::TooLong { max: MAX_NAME_CHARS })
        } else {
            None
        };
        let id = if resident_id.trim().is_empty() {
            Err(FieldErrorKind::Required)
        } else {
            ResidentId::parse_on(resident_id, today).map_err(FieldErrorKind::from)
        };
        Problem::fail_on_errors(&[("name", name_error), ("resident_id", id.as_ref().err().cloned())])?;
        let id = id.map_err(|kind| Problem::field("resident_id", kind))?;
        Ok(Self { name: name.to_owned(), index: index_of(&state.store.vault, &id), id })
    }

    /// Finds the living person with this name in the register. The read is logged also without a match.
    pub(super) async fn look_up(&self, state: &AppState, actor: &Actor, reason: Reason<'_>) -> Result<Registered> {
        let tx = state.store.write(&with_register_task(actor)).await?;
        let found = read::read_person(&tx, &self.index, reason).await?;
        tx.commit().await?;
        match found {
            Some(found) if found.status != ResidentStatus::Deceased && person::same_name(&found.name, &self.name) => Ok(found),
            _ => Err(Problem::field("resident_id", FieldErrorKind::NotInRegister).into()),
        }
    }
}
