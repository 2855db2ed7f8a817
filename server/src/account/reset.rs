//! Sets a new password: by a link in an e-mail, by a code by SMS, or with the current password. It ends every session.

use super::{
    codes::{self, Purpose},
    contact::Contact,
    entity::{account, session},
    password,
    sign_up::{MAX_CODES_PER_HOUR, find_account},
    throttle::{self, Guess},
};
use crate::access::actor::Actor;
use crate::{
    AppState, Task,
    error::Result,
    mail::Message,
    notices::{background_send::send_in_background, notify},
    store::{Tx, new_id},
    vault::sha256,
};
use sea_orm::{ActiveValue::Set, raw_sql};
use shared::{
    FieldErrorKind, Lang, Problem,
    ids::{AccountId, CodeId},
    texts::account as text,
};
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// Validity of a link in minutes.
const LINK_MINUTES: i32 = 30;

/// Sends a link to an e-mail address or a code to a phone if there is an account. Without one the response is the same and
/// takes the same time: the message is sent in the background.
///
/// # Errors
/// [`Problem::Invalid`] for the field `contact`, [`Problem::TooMany`].
pub async fn request(state: &AppState, contact: &str, lang: Lang, address: IpAddr) -> Result<()> {
    let contact = Contact::parse(contact)?;
    throttle::code_request(state, address).await?;
    let contact_index = contact.index(&state.store.vault);
    throttle::allow(&state.store, &format!("reset:{}", hex::encode(&contact_index)), MAX_CODES_PER_HOUR, 3600).await?;
    let tx = state.store.write(&Actor::system(Task::SignIn)).await?;
    let known = find_account(&tx, &contact).await?.is_some();
    let text = match &contact {
        Contact::Phone(_) => text::sms_reset(lang, codes::issue_digits(&tx, Purpose::ResetCode, &contact_index, !known).await?),
        Contact::Email(_) => {
            let (id, secret) = (new_id(), rand::random::<[u8; 32]>());
            codes::issue(&tx, Purpose::ResetLink, &contact_index, id, sha256(&[b"huimin.reset", &secret]), LINK_MINUTES).await?;
            text::mail_reset_text(
                lang,
                format!("{}/reset/{}{}", state.config.public_url, id.uuid().simple(), hex::encode(secret)),
            )
        }
    };
    tx.commit().await?;
    if known {
        send_in_background(state, Message { to: contact.to(), subject: text::mail_reset_subject(lang).to_owned(), text });
    }
    Ok(())
}

/// Sets a new password by the token of a link, which can be used once.
///
/// # Errors
/// [`FieldErrorKind::CodeExpired`] on `token` if it is wrong, used or expired; field errors on `password`.
pub async fn with_link(state: &AppState, token: &str, password: &str) -> Result<()> {
    let expired = || Problem::field("token", FieldErrorKind::CodeExpired);
    password::check_new(password, &[]).map_err(|c| Problem::field("password", c))?;
    let (id, secret) = token.split_at_checked(32).ok_or_else(expired)?;
    let (id, secret) = (id.parse::<CodeId>().map_err(|_| expired())?, hex::decode(secret).map_err(|_| expired())?);
    let purpose = Purpose::ResetLink;
    let tx = state.store.read(&Actor::system(Task::SignIn)).await?;
    let row: Option<(AccountId, Vec<u8>)> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "SELECT a.id, c.code_hash FROM one_time_code c JOIN account a ON a.email_index = c.contact_index
             WHERE c.id = {id} AND c.purpose = {purpose} AND c.used_at IS NULL AND c.expires_at > huimin_now()
               AND a.disabled_at IS NULL"
        ))
        .await?;
    drop(tx);
    let digest = sha256(&[b"huimin.reset", &secret]);
    let (account, _) = row.filter(|(_, hash)| bool::from(digest.ct_eq(hash))).ok_or_else(expired)?;
    let hash = password::hash(password).await?;
    let tx = state.store.write(&Actor::system(Task::SignIn)).await?;
    codes::consume(&tx, id).await.map_err(|_| expired())?;
    replace_password(&tx, account, &hash).await?;
    tx.commit().await
}

/// Sets a new password by a code that came by SMS.
///
/// # Errors
/// Field errors on `contact`, `password` and `code`.
pub async fn with_code(state: &AppState, contact: &str, code: &str, password: &str) -> Result<()> {
    let contact = Contact::parse(contact)?;
    password::check_new(password, &[contact.as_str()]).map_err(|c| Problem::field("password", c))?;
    let code = codes::attempt(&state.store, Purpose::ResetCode, &contact.index(&state.store.vault), code).await?;
    let hash = password::hash(password).await?;
    let tx = state.store.write(&Actor::system(Task::SignIn)).await?;
    codes::consume(&tx, code).await?;
    let account = find_account(&tx, &contact).await?.ok_or_else(codes::expired)?;
    replace_password(&tx, account, &hash).await?;
    tx.commit().await
}

/// Changes the password of the signed-in account. It ends every session, also the current one: the page begins a new one.
///
/// # Errors
/// [`FieldErrorKind::PasswordWrong`] on `current_password`, field errors on `password`; [`Problem::SecondFactorFirst`];
/// [`Problem::TooMany`].
pub async fn change_password(state: &AppState, actor: &Actor, current: &str, password: &str) -> Result<()> {
    let account = actor.signed_in()?;
    password::check_new(password, &[]).map_err(|c| Problem::field("password", c))?;
    let tx = state.store.read(actor).await?;
    let row = account::Entity::enabled(account).one(&tx).await?.ok_or(Problem::SignInFirst)?;
    drop(tx);
    if row.totp_sealed.is_some() && !actor.second_factor {
        return Err(Problem::SecondFactorFirst.into());
    }
    let guess = Guess::of(&state.store, "password", account).await?;
    if !password::verify(current, Some(&row.password_hash)).await? {
        return Err(Problem::field("current_password", FieldErrorKind::PasswordWrong).into());
    }
    guess.was_right(&state.store).await?;
    let hash = password::hash(password).await?;
    let tx = state.store.write(actor).await?;
    replace_password(&tx, account, &hash).await?;
    tx.commit().await
}

/// Stores the new hash, ends every session and notifies the owner.
async fn replace_password(tx: &Tx, account: AccountId, hash: &str) -> Result<()> {
    account::Entity::update_of(account)
        .set(account::ActiveModel { password_hash: Set(hash.to_owned()), ..Default::default() })
        .exec(tx)
        .await?;
    session::Entity::delete_of(account).exec(tx).await?;
    notify(tx, account, None, "password_changed", serde_json::json!({})).await
}
