//! Sign-in (登录): a password, then the six digits of the authenticator for whoever has one. An account that is not
//! there costs the same work and gets the same answer.

use super::{actor::Actor, contact::Contact, password, session::SignedIn, throttle::Guess, totp};
use crate::{AppState, Task, error::Result, http::health::SIGN_IN_FAILURES};
use sea_orm::FromQueryResult;
use shared::{Complaint, Problem};
use std::net::IpAddr;
use uuid::Uuid;

/// What a right password leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Signed in.
    SignedIn(SignedIn),
    /// The authenticator's code comes next; until then no role counts and no person is known.
    NeedsSecondFactor(SignedIn),
    /// A member of staff without an authenticator: they set one up next; until then no role counts.
    NeedsEnrolment(SignedIn),
}

impl Outcome {
    /// What the session is to hold.
    #[must_use]
    pub fn signed_in(&self) -> &SignedIn {
        match self {
            Self::SignedIn(s) | Self::NeedsSecondFactor(s) | Self::NeedsEnrolment(s) => s,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    password_hash: String,
    has_totp: bool,
    is_staff: bool,
}

/// Checks phone or e-mail and password.
///
/// # Errors
/// [`Problem::Invalid`]: `contact` when it is neither phone nor e-mail, [`Complaint::SignInWrong`] on `password` for
/// everything else; [`Problem::TooMany`]; [`Problem::Unavailable`] when too many sign in at once.
pub async fn sign_in(city: &AppState, contact: &str, password: &str, address: IpAddr) -> Result<Outcome> {
    let contact = Contact::parse(contact)?;
    let guess = Guess::sign_in(&city.store, &contact, address).await?;
    let (_, index) = contact.columns();
    let tx = city.store.read(&Actor::system(Task::SignIn)).await?;
    let row: Option<Row> = tx
        .one(
            &format!(
                "SELECT a.id, a.password_hash, a.totp_sealed IS NOT NULL AS has_totp,
                        EXISTS (SELECT 1 FROM membership m WHERE m.account_id = a.id AND m.ended_at IS NULL) AS is_staff
                 FROM account a WHERE a.{index} = $1 AND a.disabled_at IS NULL AND (NOT a.demo OR $2)"
            ),
            [contact.index(&city.store.vault).into(), city.config.demo.into()],
        )
        .await?;
    // The connection is free while the password is worked on.
    drop(tx);
    let fits = password::verify(password, row.as_ref().map(|r| r.password_hash.as_str())).await?;
    let Some(row) = row.filter(|_| fits) else {
        metrics::counter!(SIGN_IN_FAILURES).increment(1);
        return Err(Problem::field("password", Complaint::SignInWrong).into());
    };
    guess.was_right(&city.store).await?;
    if password::needs_rehash(&row.password_hash) {
        rehash(city, &row, password).await?;
    }
    let signed_in = SignedIn::now(row.id, false);
    Ok(match (row.has_totp, row.is_staff) {
        (true, _) => Outcome::NeedsSecondFactor(signed_in),
        (false, true) => Outcome::NeedsEnrolment(signed_in),
        (false, false) => Outcome::SignedIn(signed_in),
    })
}

/// Hashes with today's parameters, unless the password was changed meanwhile.
async fn rehash(city: &AppState, row: &Row, password: &str) -> Result<()> {
    let fresh = password::hash(password).await?;
    let tx = city.store.write(&Actor::system(Task::SignIn)).await?;
    tx.run(
        "UPDATE account SET password_hash = $2 WHERE id = $1 AND password_hash = $3",
        [row.id.into(), fresh.into(), row.password_hash.clone().into()],
    )
    .await?;
    tx.commit().await
}

/// Checks the authenticator's code of an account whose password was right. Each code is taken once.
///
/// # Errors
/// [`Complaint::CodeWrong`] or, for one that was used, [`Complaint::CodeExpired`] on `code`; [`Problem::TooMany`].
pub async fn second_factor(city: &AppState, account: Uuid, code: &str) -> Result<()> {
    let guess = Guess::of(&city.store, "totp", account).await?;
    if let Err(error) = totp::spend(&city.store, account, code).await {
        metrics::counter!(SIGN_IN_FAILURES).increment(1);
        return Err(error);
    }
    guess.was_right(&city.store).await
}
