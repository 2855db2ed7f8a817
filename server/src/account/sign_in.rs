//! Sign-in (登录): a password, then the code of the authenticator if the account has one. A missing account takes the same
//! work and gets the same response.

use super::{contact::Contact, entity::account, password, session::SignedIn, throttle::Guess, totp};
use crate::access::actor::Actor;
use crate::{AppState, Task, error::Result, metric_names::SIGN_IN_FAILURES};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, prelude::Expr};
use shared::{FieldErrorKind, Problem, ids::AccountId};
use std::net::IpAddr;

/// The next step after a correct password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInOutcome {
    /// Signed in.
    SignedIn(SignedIn),
    /// The code of the authenticator is required; until then the session has no roles and no person.
    NeedsSecondFactor(SignedIn),
    /// A member of staff must set up an authenticator; until then the session has no roles.
    NeedsEnrolment(SignedIn),
}

impl SignInOutcome {
    /// The sign-in for the session.
    #[must_use]
    pub fn signed_in(&self) -> &SignedIn {
        match self {
            Self::SignedIn(s) | Self::NeedsSecondFactor(s) | Self::NeedsEnrolment(s) => s,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: AccountId,
    password_hash: String,
    has_totp: bool,
    is_staff: bool,
}

/// Checks phone or e-mail and password.
///
/// # Errors
/// [`Problem::Invalid`]: `contact` if it is neither phone nor e-mail, [`FieldErrorKind::SignInWrong`] on `password` for every
/// other failure; [`Problem::TooMany`]; [`Problem::Unavailable`] if too many sign in at once.
pub async fn sign_in(state: &AppState, contact: &str, password: &str, address: IpAddr) -> Result<SignInOutcome> {
    let contact = Contact::parse(contact)?;
    let guess = Guess::sign_in(&state.store, &contact, address).await?;
    let tx = state.store.read(&Actor::system(Task::SignIn)).await?;
    let is_staff = "EXISTS (SELECT 1 FROM membership m WHERE m.account_id = account.id AND m.ended_at IS NULL)";
    let row: Option<Row> = account::Entity::find()
        .filter(contact.index_column().eq(contact.index(&state.store.vault)))
        .filter(account::Entity::usable(state.config.demo))
        .select_only()
        .columns([account::Column::Id, account::Column::PasswordHash])
        .expr_as(account::Column::TotpSealed.is_not_null(), "has_totp")
        .expr_as(Expr::cust(is_staff), "is_staff")
        .into_model()
        .one(&tx)
        .await?;
    // The connection is released while the password is hashed.
    drop(tx);
    let matches = password::verify(password, row.as_ref().map(|r| r.password_hash.as_str())).await?;
    let Some(row) = row.filter(|_| matches) else {
        metrics::counter!(SIGN_IN_FAILURES).increment(1);
        return Err(Problem::field("password", FieldErrorKind::SignInWrong).into());
    };
    guess.was_right(&state.store).await?;
    if password::needs_rehash(&row.password_hash) {
        rehash(state, &row, password).await?;
    }
    let signed_in = SignedIn::now(row.id, false);
    Ok(match (row.has_totp, row.is_staff) {
        (true, _) => SignInOutcome::NeedsSecondFactor(signed_in),
        (false, true) => SignInOutcome::NeedsEnrolment(signed_in),
        (false, false) => SignInOutcome::SignedIn(signed_in),
    })
}

/// Stores a hash with the current parameters, unless the password was changed meanwhile.
async fn rehash(state: &AppState, row: &Row, password: &str) -> Result<()> {
    let fresh = password::hash(password).await?;
    let tx = state.store.write(&Actor::system(Task::SignIn)).await?;
    account::Entity::update_of(row.id)
        .set(account::ActiveModel { password_hash: Set(fresh), ..Default::default() })
        .filter(account::Column::PasswordHash.eq(row.password_hash.as_str()))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// Checks the authenticator code of an account after its password. Each code is accepted once.
///
/// # Errors
/// [`FieldErrorKind::CodeWrong`] or, for a used code, [`FieldErrorKind::CodeExpired`] on `code`; [`Problem::TooMany`].
pub async fn second_factor(state: &AppState, account: AccountId, code: &str) -> Result<()> {
    let guess = Guess::of(&state.store, "totp", account).await?;
    if let Err(error) = totp::consume_code(&state.store, account, code).await {
        metrics::counter!(SIGN_IN_FAILURES).increment(1);
        return Err(error);
    }
    guess.was_right(&state.store).await
}
