//! Sign-up (注册): a code is sent to the phone or e-mail address, then the account is created. The response never reveals
//! whether the contact has an account; its owner gets a message instead.

use super::{
    codes::{self, Purpose},
    contact::Contact,
    entity::account,
    password, throttle,
};
use crate::access::actor::Actor;
use crate::{
    AppState, Task,
    error::{Result, UNIQUE_VIOLATION, problem_on},
    mail::Message,
    store::{Tx, new_id},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use shared::{FieldErrorKind, Lang, Problem, ids::AccountId, texts::account as text};
use std::net::IpAddr;

/// Maximum number of codes to one contact in an hour.
pub(super) const MAX_CODES_PER_HOUR: u32 = 5;

/// Sends a code to a phone or e-mail address; an owner of an account gets a message that they have one.
///
/// # Errors
/// [`Problem::Invalid`] for the field `contact`, [`Problem::TooMany`], [`Problem::Unavailable`] if the message cannot
/// be sent now.
pub async fn request_code(state: &AppState, contact: &str, lang: Lang, address: IpAddr) -> Result<()> {
    let contact = Contact::parse(contact)?;
    throttle::code_request(state, address).await?;
    let contact_index = contact.index(&state.store.vault);
    throttle::allow(&state.store, &format!("sign_up:{}", hex::encode(&contact_index)), MAX_CODES_PER_HOUR, 3600).await?;
    let tx = state.store.write(&Actor::system(Task::SignIn)).await?;
    let taken = find_account(&tx, &contact).await?.is_some();
    let code = codes::issue_digits(&tx, Purpose::SignUp, &contact_index, taken).await?;
    tx.commit().await?;
    let message = if taken { taken_message(state, &contact, lang) } else { code_message(&contact, lang, &code) };
    state.send(&message).await.map_err(|error| {
        tracing::error!(%error, "a sign-up message could not be sent");
        Problem::Unavailable { retry_after: 60 }.into()
    })
}

/// Creates the account by the code.
///
/// # Errors
/// [`Problem::Invalid`] for `contact`, `password` or `code`.
pub async fn confirm(state: &AppState, contact: &str, code: &str, password: &str, lang: Lang) -> Result<AccountId> {
    let contact = Contact::parse(contact)?;
    password::check_new(password, &[contact.as_str()]).map_err(|c| Problem::field("password", c))?;
    let code = codes::attempt(&state.store, Purpose::SignUp, &contact.index(&state.store.vault), code).await?;
    let hash = password::hash(password).await?;
    let tx = state.store.write(&Actor::system(Task::SignIn)).await?;
    codes::consume(&tx, code).await?;
    let account = insert_account(&tx, &contact, &hash, lang).await?;
    tx.commit().await?;
    Ok(account)
}

/// The account with this contact, if any.
pub(super) async fn find_account(tx: &Tx, contact: &Contact) -> Result<Option<AccountId>> {
    let found = account::Entity::find()
        .filter(contact.index_column().eq(contact.index(&tx.vault)))
        .select_only()
        .column(account::Column::Id)
        .into_tuple()
        .one(tx)
        .await?;
    Ok(found)
}

/// Inserts an account; an empty hash is a password that was not chosen yet.
pub(super) async fn insert_account(tx: &Tx, contact: &Contact, hash: &str, lang: Lang) -> Result<AccountId> {
    let id: AccountId = new_id();
    let (sealed, index) = (Set(Some(contact.seal(&tx.vault, id)?)), Set(Some(contact.index(&tx.vault))));
    let row = match contact {
        Contact::Phone(_) => account::ActiveModel { phone_sealed: sealed, phone_index: index, ..Default::default() },
        Contact::Email(_) => account::ActiveModel { email_sealed: sealed, email_index: index, ..Default::default() },
    };
    let row = account::ActiveModel { id: Set(id), password_hash: Set(hash.to_owned()), lang: Set(lang), ..row };
    account::Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .map_err(problem_on(UNIQUE_VIOLATION, Problem::field("contact", FieldErrorKind::AlreadyTaken)))?;
    Ok(id)
}

fn code_message(contact: &Contact, lang: Lang, code: &str) -> Message {
    let text = match contact {
        Contact::Phone(_) => text::sms_sign_up(lang, code),
        Contact::Email(_) => text::mail_sign_up_text(lang, code),
    };
    Message { to: contact.to(), subject: text::mail_sign_up_subject(lang).to_owned(), text }
}

fn taken_message(state: &AppState, contact: &Contact, lang: Lang) -> Message {
    let url = &state.config.public_url;
    let text = match contact {
        Contact::Phone(_) => text::sms_sign_up_taken(lang).to_owned(),
        Contact::Email(_) => text::mail_sign_up_taken_text(
            lang,
            text::ResetSignIn { reset: format!("{url}/reset"), sign_in: format!("{url}/sign-in") },
        ),
    };
    Message { to: contact.to(), subject: text::mail_sign_up_taken_subject(lang).to_owned(), text }
}
