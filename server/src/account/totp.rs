//! The authenticator (验证器): TOTP (RFC 6238) with SHA-1, six digits, steps of 30 s and a tolerance of one step.

use super::{codes, entity::account, throttle::Guess};
use crate::access::actor::Actor;
use crate::{
    AppState, Store, Task,
    error::{Error, Result},
    store::Tx,
    vault::VaultError,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, FromQueryResult, QueryFilter, QuerySelect, prelude::Expr};
use shared::{
    FieldErrorKind, Problem,
    account::{Email, Phone},
    ids::AccountId,
};
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// The issuer shown by authenticators.
const ISSUER: &str = "Huimin";
/// The context of a secret that was not confirmed yet.
const PENDING: &str = "account.totp_pending";
/// The context of the confirmed secret.
const SEALED: &str = "account.totp";
/// Bytes of a secret (RFC 4226, 4: 160 bits).
const SECRET_BYTES: usize = 20;

/// A secret to be entered into an authenticator.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in base32, for typing.
    pub secret: String,
    /// The secret as a link for authenticators (`otpauth://`).
    pub uri: String,
    /// The sealed secret, bound to the account; posted back to [`confirm`].
    pub pending: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment")
    }
}

#[derive(FromQueryResult)]
struct TotpRow {
    totp_sealed: Option<Vec<u8>>,
    totp_last_step: i64,
    phone_sealed: Option<Vec<u8>>,
    email_sealed: Option<Vec<u8>>,
    seconds: i64,
}

async fn read_row(tx: &Tx, account: AccountId) -> Result<TotpRow> {
    let row = account::Entity::enabled(account)
        .select_only()
        .columns([account::Column::TotpSealed, account::Column::TotpLastStep])
        .columns([account::Column::PhoneSealed, account::Column::EmailSealed])
        .expr_as(Expr::cust("floor(extract(epoch FROM huimin_now()))::bigint"), "seconds")
        .into_model()
        .one(tx)
        .await?;
    Ok(row.ok_or(Problem::SignInFirst)?)
}

fn generator(secret: &[u8], label: &str) -> Result<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(1)
        .with_secret(Secret::from(secret))
        .with_account_name(label)
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|e| Error::Broken(format!("totp: {e}")))
}

/// The time step for which the code is right.
fn matching_step(secret: &[u8], code: &str, seconds: i64) -> Result<Option<i64>> {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    Ok(generator(secret, "")?.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// Generates a secret for the signed-in account. It becomes effective with [`confirm`].
///
/// # Errors
/// [`Problem::SignInFirst`]; [`Problem::SecondFactorFirst`] if an existing authenticator was not used in this session.
pub async fn enrol(state: &AppState, actor: &Actor) -> Result<Enrolment> {
    let account = actor.signed_in()?;
    let tx = state.store.read(actor).await?;
    let row = read_row(&tx, account).await?;
    require_replaceable(actor, &row)?;
    new_enrolment(&state.store, account, &label(&state.store, account, &row)?)
}

/// The label in the authenticator: the masked contact.
fn label(store: &Store, account: AccountId, row: &TotpRow) -> Result<String> {
    let vault = &store.vault;
    let label = match (&row.phone_sealed, &row.email_sealed) {
        (_, Some(email)) => Email::parse(&vault.open_text("account.email", account, email)?).map(|e| e.masked()),
        (Some(phone), None) => Phone::parse(&vault.open_text("account.phone", account, phone)?).map(|p| p.masked()),
        (None, None) => Ok(String::new()),
    };
    Ok(label.unwrap_or_default())
}

/// A new secret for an account, sealed but not stored.
pub(super) fn new_enrolment(store: &Store, account: AccountId, label: &str) -> Result<Enrolment> {
    let secret = rand::random::<[u8; SECRET_BYTES]>();
    to_enrolment(&secret, label, hex::encode(store.vault.seal(PENDING, account, &secret)?))
}

fn to_enrolment(secret: &[u8], label: &str, pending: String) -> Result<Enrolment> {
    let totp = generator(secret, label)?;
    let uri = totp.to_url().map_err(|e| Error::Broken(format!("totp: {e}")))?;
    Ok(Enrolment { secret: totp.secret().to_base32(), uri, pending })
}

fn open_pending(store: &Store, account: AccountId, pending: &str) -> Result<Vec<u8>> {
    let sealed = hex::decode(pending).map_err(|_| codes::expired())?;
    match store.vault.open(PENDING, account, &sealed) {
        Ok(secret) => Ok(secret),
        Err(VaultError::Broken | VaultError::NoKey(_)) => Err(codes::expired().into()),
        Err(other) => Err(other.into()),
    }
}

/// The pending secret again, to show it after an error.
///
/// # Errors
/// As [`enrol`]; [`FieldErrorKind::CodeExpired`] on `code` if the secret was not generated here for this account.
pub async fn resume_enrolment(state: &AppState, actor: &Actor, pending: &str) -> Result<Enrolment> {
    let account = actor.signed_in()?;
    let secret = open_pending(&state.store, account, pending)?;
    let tx = state.store.read(actor).await?;
    let row = read_row(&tx, account).await?;
    require_replaceable(actor, &row)?;
    to_enrolment(&secret, &label(&state.store, account, &row)?, pending.to_owned())
}

/// Requires that an existing authenticator was used in this session.
fn require_replaceable(actor: &Actor, row: &TotpRow) -> Result<()> {
    if row.totp_sealed.is_some() && !actor.second_factor { Err(Problem::SecondFactorFirst.into()) } else { Ok(()) }
}

/// Makes the pending secret effective if the code is right. The page then marks the session as having passed the second
/// factor, under a new id.
///
/// # Errors
/// As [`enrol`]; [`FieldErrorKind::CodeWrong`] on `code`, [`FieldErrorKind::CodeExpired`] if the secret was not generated here;
/// [`Problem::TooMany`].
pub async fn confirm(state: &AppState, actor: &Actor, pending: &str, code: &str) -> Result<()> {
    let account = actor.signed_in()?;
    let guess = Guess::of(&state.store, "totp_confirm", account).await?;
    let secret = open_pending(&state.store, account, pending)?;
    let tx = state.store.write(actor).await?;
    let row = read_row(&tx, account).await?;
    require_replaceable(actor, &row)?;
    let step = matching_step(&secret, &codes::parse(code)?, row.seconds)?.ok_or_else(codes::wrong)?;
    let sealed = tx.vault.seal(SEALED, account, &secret)?;
    account::Entity::update_of(account)
        .set(account::ActiveModel { totp_sealed: Set(Some(sealed)), totp_last_step: Set(step), ..Default::default() })
        .exec(&tx)
        .await?;
    tx.commit().await?;
    guess.was_right(&state.store).await
}

/// Accepts a code once: codes of its time step and of earlier ones are used up.
pub(super) async fn consume_code(store: &Store, account: AccountId, code: &str) -> Result<()> {
    let code = codes::parse(code)?;
    let tx = store.write(&Actor::system(Task::SignIn)).await?;
    let row = read_row(&tx, account).await?;
    let sealed = row.totp_sealed.ok_or_else(codes::wrong)?;
    let secret = tx.vault.open(SEALED, account, &sealed)?;
    let step = matching_step(&secret, &code, row.seconds)?.ok_or_else(codes::wrong)?;
    let used = account::Entity::update_of(account)
        .set(account::ActiveModel { totp_last_step: Set(step), ..Default::default() })
        .filter(account::Column::TotpLastStep.lt(step))
        .exec(&tx)
        .await?;
    if used.rows_affected == 0 || step <= row.totp_last_step {
        return Err(Problem::field("code", FieldErrorKind::CodeExpired).into());
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B (the last six of its eight digits).
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(matching_step(secret, code, seconds).unwrap(), Some(seconds / 30), "{seconds}");
            assert_eq!(matching_step(secret, code, seconds + 30).unwrap(), Some(seconds / 30), "one step of tolerance");
            assert_eq!(matching_step(secret, code, seconds + 90).unwrap(), None);
        }
    }
}
