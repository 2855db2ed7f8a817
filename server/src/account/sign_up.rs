//! Sign-up (注册): a code to the phone or e-mail, then the account. The answer never says whether the contact is taken;
//! its owner is told by a message instead.

use super::{
    actor::Actor,
    codes::{self, Purpose},
    contact::Contact,
    password, throttle,
};
use crate::{
    AppState, Task, Vault,
    error::{Error, Result, sqlstate},
    notices::mailer::{Message, send},
    store::Tx,
};
use sea_orm::FromQueryResult;
use shared::{Complaint, Lang, Problem, texts::account as text};
use std::net::IpAddr;
use uuid::Uuid;

/// Codes an hour to one contact.
pub(super) const CODES_AN_HOUR: u32 = 5;

/// Sends a code to a phone or e-mail; to the owner of an account, word that they have one.
///
/// # Errors
/// [`Problem::Invalid`] for the field `contact`, [`Problem::TooMany`], [`Problem::Unavailable`] when no message can be
/// sent now.
pub async fn request_code(city: &AppState, contact: &str, lang: Lang, address: IpAddr) -> Result<()> {
    let contact = Contact::parse(contact)?;
    throttle::code_request(city, address).await?;
    let subject = contact.index(&city.store.vault);
    throttle::allow(&city.store, &format!("sign_up:{}", hex::encode(&subject)), CODES_AN_HOUR, 3600).await?;
    let tx = city.store.write(&Actor::system(Task::SignIn)).await?;
    let taken = account_of(&tx, &contact).await?.is_some();
    let code = codes::issue_digits(&tx, Purpose::SignUp, &subject, taken).await?;
    tx.commit().await?;
    let message = if taken { taken_message(city, &contact, lang) } else { code_message(&contact, lang, &code) };
    send(city, &message).await.map_err(|error| {
        tracing::error!(%error, "a sign-up message could not be sent");
        Problem::Unavailable { retry_after: 60 }.into()
    })
}

/// Makes the account of whoever has the code.
///
/// # Errors
/// [`Problem::Invalid`] for `contact`, `password` or `code`.
pub async fn confirm(city: &AppState, contact: &str, code: &str, password: &str, lang: Lang) -> Result<Uuid> {
    let contact = Contact::parse(contact)?;
    password::check_new(password, &[contact.as_str()]).map_err(|c| Problem::field("password", c))?;
    let spent = codes::attempt(&city.store, Purpose::SignUp, &contact.index(&city.store.vault), code).await?;
    let hash = password::hash(password).await?;
    let tx = city.store.write(&Actor::system(Task::SignIn)).await?;
    codes::spend(&tx, spent).await?;
    let account = insert(&tx, &contact, &hash, lang).await?;
    tx.commit().await?;
    Ok(account)
}

/// The account with this contact, if any.
pub(super) async fn account_of(tx: &Tx, contact: &Contact) -> Result<Option<Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
    }
    let (_, index) = contact.columns();
    let row: Option<Row> =
        tx.one(&format!("SELECT id FROM account WHERE {index} = $1"), [contact.index(&tx.vault).into()]).await?;
    Ok(row.map(|r| r.id))
}

/// Writes an account; an empty hash is one whose owner has not chosen a password yet.
pub(super) async fn insert(tx: &Tx, contact: &Contact, hash: &str, lang: Lang) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let (sealed, index) = contact.columns();
    let vault: &Vault = &tx.vault;
    tx.run(
        &format!("INSERT INTO account (id, {sealed}, {index}, password_hash, lang) VALUES ($1, $2, $3, $4, $5)"),
        [id.into(), contact.seal(vault, id)?.into(), contact.index(vault).into(), hash.into(), lang.code().into()],
    )
    .await
    .map_err(|error| match error {
        Error::Store(e) if sqlstate(&e).as_deref() == Some("23505") => Problem::field("contact", Complaint::AlreadyTaken).into(),
        other => other,
    })?;
    Ok(id)
}

fn code_message(contact: &Contact, lang: Lang, code: &str) -> Message {
    let text = match contact {
        Contact::Phone(_) => text::sms_sign_up(lang, code),
        Contact::Email(_) => text::mail_sign_up_text(lang, code),
    };
    Message { to: contact.to(), subject: text::mail_sign_up_subject(lang).to_owned(), text }
}

fn taken_message(city: &AppState, contact: &Contact, lang: Lang) -> Message {
    let url = &city.config.public_url;
    let text = match contact {
        Contact::Phone(_) => text::sms_sign_up_taken(lang).to_owned(),
        Contact::Email(_) => text::mail_sign_up_taken_text(
            lang,
            text::ResetSignIn { reset: format!("{url}/reset"), sign_in: format!("{url}/sign-in") },
        ),
    };
    Message { to: contact.to(), subject: text::mail_sign_up_taken_subject(lang).to_owned(), text }
}
