//! A new password: by a link in an e-mail, by a code by SMS, or with the present one. Every session ends with it.

use super::{
    actor::Actor,
    codes::{self, Purpose},
    contact::Contact,
    password,
    sign_up::{CODES_AN_HOUR, account_of},
    throttle::{self, Guess},
};
use crate::{
    AppState, Task,
    error::Result,
    notices::{background_send::send_later, mailer::Message, tell},
    store::Tx,
    vault::sha256,
};
use sea_orm::FromQueryResult;
use shared::{Complaint, Lang, Problem, texts::account as text};
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Minutes a link is good for.
const LINK_MINUTES: i32 = 30;

/// Sends a link to an e-mail address or a code to a phone, if there is an account. The answer is the same, and as
/// quick, if there is none: the message goes behind it.
///
/// # Errors
/// [`Problem::Invalid`] for the field `contact`, [`Problem::TooMany`].
pub async fn request(city: &AppState, contact: &str, lang: Lang, address: IpAddr) -> Result<()> {
    let contact = Contact::parse(contact)?;
    throttle::code_request(city, address).await?;
    let subject = contact.index(&city.store.vault);
    throttle::allow(&city.store, &format!("reset:{}", hex::encode(&subject)), CODES_AN_HOUR, 3600).await?;
    let tx = city.store.write(&Actor::system(Task::SignIn)).await?;
    let known = account_of(&tx, &contact).await?.is_some();
    let text = match &contact {
        Contact::Phone(_) => text::sms_reset(lang, codes::issue_digits(&tx, Purpose::ResetCode, &subject, !known).await?),
        Contact::Email(_) => {
            let (id, secret) = (Uuid::now_v7(), rand::random::<[u8; 32]>());
            codes::issue(&tx, Purpose::ResetLink, &subject, id, sha256(&[b"huimin.reset", &secret]), LINK_MINUTES).await?;
            text::mail_reset_text(lang, format!("{}/reset/{}{}", city.config.public_url, id.simple(), hex::encode(secret)))
        }
    };
    tx.commit().await?;
    if known {
        send_later(city, Message { to: contact.to(), subject: text::mail_reset_subject(lang).to_owned(), text });
    }
    Ok(())
}

/// Sets a new password by the token of a link, once.
///
/// # Errors
/// [`Complaint::CodeExpired`] on `token` for one that is wrong, used or too old; complaints on `password`.
pub async fn with_link(city: &AppState, token: &str, password: &str) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        account: Uuid,
        code_hash: Vec<u8>,
    }
    let dead = || Problem::field("token", Complaint::CodeExpired);
    password::check_new(password, &[]).map_err(|c| Problem::field("password", c))?;
    let (id, secret) = token.split_at_checked(32).ok_or_else(dead)?;
    let (id, secret) = (Uuid::parse_str(id).map_err(|_| dead())?, hex::decode(secret).map_err(|_| dead())?);
    let tx = city.store.read(&Actor::system(Task::SignIn)).await?;
    let row: Option<Row> = tx
        .one(
            "SELECT a.id AS account, c.code_hash FROM one_time_code c JOIN account a ON a.email_index = c.subject
             WHERE c.id = $1 AND c.purpose = $2 AND c.used_at IS NULL AND c.expires_at > huimin_now() AND a.disabled_at IS NULL",
            [id.into(), Purpose::ResetLink.code().into()],
        )
        .await?;
    drop(tx);
    let digest = sha256(&[b"huimin.reset", &secret]);
    let row = row.filter(|r| bool::from(digest.ct_eq(&r.code_hash))).ok_or_else(dead)?;
    let hash = password::hash(password).await?;
    let tx = city.store.write(&Actor::system(Task::SignIn)).await?;
    codes::spend(&tx, id).await.map_err(|_| dead())?;
    replace(&tx, row.account, &hash).await?;
    tx.commit().await
}

/// Sets a new password by a code that came by SMS.
///
/// # Errors
/// Complaints on `contact`, `password` and `code`.
pub async fn with_code(city: &AppState, contact: &str, code: &str, password: &str) -> Result<()> {
    let contact = Contact::parse(contact)?;
    password::check_new(password, &[contact.as_str()]).map_err(|c| Problem::field("password", c))?;
    let spent = codes::attempt(&city.store, Purpose::ResetCode, &contact.index(&city.store.vault), code).await?;
    let hash = password::hash(password).await?;
    let tx = city.store.write(&Actor::system(Task::SignIn)).await?;
    codes::spend(&tx, spent).await?;
    let account = account_of(&tx, &contact).await?.ok_or_else(codes::expired)?;
    replace(&tx, account, &hash).await?;
    tx.commit().await
}

/// Changes the password of the signed-in account. Every session ends, this one too: the page opens a new one.
///
/// # Errors
/// [`Complaint::PasswordWrong`] on `current_password`, complaints on `password`; [`Problem::SecondFactorFirst`];
/// [`Problem::TooMany`].
pub async fn change_password(city: &AppState, actor: &Actor, current: &str, password: &str) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        password_hash: String,
        has_totp: bool,
    }
    let account = actor.signed_in()?;
    password::check_new(password, &[]).map_err(|c| Problem::field("password", c))?;
    let tx = city.store.read(actor).await?;
    let row: Option<Row> = tx
        .one(
            "SELECT password_hash, totp_sealed IS NOT NULL AS has_totp FROM account WHERE id = $1 AND disabled_at IS NULL",
            [account.into()],
        )
        .await?;
    drop(tx);
    let row = row.ok_or(Problem::SignInFirst)?;
    if row.has_totp && !actor.second_factor {
        return Err(Problem::SecondFactorFirst.into());
    }
    let guess = Guess::of(&city.store, "password", account).await?;
    if !password::verify(current, Some(&row.password_hash)).await? {
        return Err(Problem::field("current_password", Complaint::PasswordWrong).into());
    }
    guess.was_right(&city.store).await?;
    let hash = password::hash(password).await?;
    let tx = city.store.write(actor).await?;
    replace(&tx, account, &hash).await?;
    tx.commit().await
}

/// Stores the new hash, ends every session and tells the owner.
async fn replace(tx: &Tx, account: Uuid, hash: &str) -> Result<()> {
    tx.run("UPDATE account SET password_hash = $2 WHERE id = $1", [account.into(), hash.into()]).await?;
    tx.run("DELETE FROM session WHERE account_id = $1", [account.into()]).await?;
    tell(tx, account, None, "password_changed", serde_json::json!({})).await
}
