//! The authenticator (验证器): TOTP by RFC 6238 with SHA-1, six digits, 30 s and one step to either side.

use super::{actor::Actor, codes, throttle::Guess};
use crate::{
    AppState, Store, Task,
    error::{Error, Result},
    store::Tx,
    vault::VaultError,
};
use sea_orm::FromQueryResult;
use shared::{
    Complaint, Problem,
    account::{Email, Phone},
};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use uuid::Uuid;

/// The name under which authenticators list the code.
const ISSUER: &str = "Huimin";
/// The context of a secret that is shown but not confirmed.
const PENDING: &str = "account.totp_pending";
/// The context of the secret that counts.
const SEALED: &str = "account.totp";
/// Bytes of a secret (RFC 4226, 4: 160 bits).
const SECRET_BYTES: usize = 20;

/// A secret to be put into an authenticator.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret as people type it, base32.
    pub secret: String,
    /// The same as a link that authenticators open (`otpauth://`).
    pub uri: String,
    /// Goes back with [`confirm`]: the sealed secret, bound to the account.
    pub pending: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment")
    }
}

#[derive(FromQueryResult)]
struct Row {
    totp_sealed: Option<Vec<u8>>,
    totp_last_step: i64,
    phone_sealed: Option<Vec<u8>>,
    email_sealed: Option<Vec<u8>>,
    seconds: i64,
}

async fn row(tx: &Tx, account: Uuid) -> Result<Row> {
    tx.one(
        "SELECT totp_sealed, totp_last_step, phone_sealed, email_sealed, floor(extract(epoch FROM huimin_now()))::bigint AS seconds
         FROM account WHERE id = $1 AND disabled_at IS NULL",
        [account.into()],
    )
    .await?
    .ok_or_else(|| Problem::SignInFirst.into())
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

/// The step of time for which the code is right.
fn step(secret: &[u8], code: &str, seconds: i64) -> Result<Option<i64>> {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    Ok(generator(secret, "")?.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// Makes a secret for the signed-in account. It counts once [`confirm`] has seen a code made with it.
///
/// # Errors
/// [`Problem::SignInFirst`]; [`Problem::SecondFactorFirst`] to replace an authenticator without having used it.
pub async fn enrol(city: &AppState, actor: &Actor) -> Result<Enrolment> {
    let account = actor.signed_in()?;
    let tx = city.store.read(actor).await?;
    let row = row(&tx, account).await?;
    replaceable(actor, &row)?;
    enrolment(&city.store, account, &label(&city.store, account, &row)?)
}

/// What the authenticator lists the code under: the masked contact.
fn label(store: &Store, account: Uuid, row: &Row) -> Result<String> {
    let vault = &store.vault;
    let label = match (&row.phone_sealed, &row.email_sealed) {
        (_, Some(email)) => Email::parse(&vault.open_text("account.email", account, email)?).map(|e| e.masked()),
        (Some(phone), None) => Phone::parse(&vault.open_text("account.phone", account, phone)?).map(|p| p.masked()),
        (None, None) => Ok(String::new()),
    };
    Ok(label.unwrap_or_default())
}

/// A fresh secret for an account, sealed but not stored.
pub(super) fn enrolment(store: &Store, account: Uuid, label: &str) -> Result<Enrolment> {
    let secret = rand::random::<[u8; SECRET_BYTES]>();
    described(&secret, label, hex::encode(store.vault.seal(PENDING, account, &secret)?))
}

fn described(secret: &[u8], label: &str, pending: String) -> Result<Enrolment> {
    let totp = generator(secret, label)?;
    let uri = totp.to_url().map_err(|e| Error::Broken(format!("totp: {e}")))?;
    Ok(Enrolment { secret: totp.secret().to_base32(), uri, pending })
}

fn open_pending(store: &Store, account: Uuid, pending: &str) -> Result<Vec<u8>> {
    let sealed = hex::decode(pending).map_err(|_| codes::expired())?;
    match store.vault.open(PENDING, account, &sealed) {
        Ok(secret) => Ok(secret),
        Err(VaultError::Broken | VaultError::NoKey(_)) => Err(codes::expired().into()),
        Err(other) => Err(other.into()),
    }
}

/// The secret of an enrolment that is under way, shown again after a slip, so that nobody has to begin anew.
///
/// # Errors
/// As [`enrol`]; [`Complaint::CodeExpired`] on `code` when the secret was not made here for this account.
pub async fn enrol_again(city: &AppState, actor: &Actor, pending: &str) -> Result<Enrolment> {
    let account = actor.signed_in()?;
    let secret = open_pending(&city.store, account, pending)?;
    let tx = city.store.read(actor).await?;
    let row = row(&tx, account).await?;
    replaceable(actor, &row)?;
    described(&secret, &label(&city.store, account, &row)?, pending.to_owned())
}

/// An authenticator is replaced only by who has used it in this session.
fn replaceable(actor: &Actor, row: &Row) -> Result<()> {
    if row.totp_sealed.is_some() && !actor.second_factor { Err(Problem::SecondFactorFirst.into()) } else { Ok(()) }
}

/// Makes the pending secret the one that counts, once a code made with it is right. The page then marks the session
/// as having given its second factor, under a new ID.
///
/// # Errors
/// As [`enrol`]; [`Complaint::CodeWrong`] on `code`, [`Complaint::CodeExpired`] when the secret was not made here;
/// [`Problem::TooMany`].
pub async fn confirm(city: &AppState, actor: &Actor, pending: &str, code: &str) -> Result<()> {
    let account = actor.signed_in()?;
    let guess = Guess::of(&city.store, "totp_confirm", account).await?;
    let secret = open_pending(&city.store, account, pending)?;
    let tx = city.store.write(actor).await?;
    let row = row(&tx, account).await?;
    replaceable(actor, &row)?;
    let step = step(&secret, &codes::read(code)?, row.seconds)?.ok_or_else(codes::wrong)?;
    tx.run(
        "UPDATE account SET totp_sealed = $2, totp_last_step = $3 WHERE id = $1",
        [account.into(), tx.vault.seal(SEALED, account, &secret)?.into(), step.into()],
    )
    .await?;
    tx.commit().await?;
    guess.was_right(&city.store).await
}

/// Takes a code, once: the step it belongs to and all before are used up.
pub(super) async fn spend(store: &Store, account: Uuid, code: &str) -> Result<()> {
    let code = codes::read(code)?;
    let tx = store.write(&Actor::system(Task::SignIn)).await?;
    let row = row(&tx, account).await?;
    let sealed = row.totp_sealed.ok_or_else(codes::wrong)?;
    let secret = tx.vault.open(SEALED, account, &sealed)?;
    let step = step(&secret, &code, row.seconds)?.ok_or_else(codes::wrong)?;
    let fresh = tx
        .run("UPDATE account SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2", [account.into(), step.into()])
        .await?;
    if fresh == 0 || step <= row.totp_last_step {
        return Err(Problem::field("code", Complaint::CodeExpired).into());
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
            assert_eq!(step(secret, code, seconds).unwrap(), Some(seconds / 30), "{seconds}");
            assert_eq!(step(secret, code, seconds + 30).unwrap(), Some(seconds / 30), "one step of grace");
            assert_eq!(step(secret, code, seconds + 90).unwrap(), None);
        }
    }
}
