//! Delivers a notice (送达) by e-mail, or by SMS to an account without an e-mail address.
//!
//! The job runs at least once. The table `delivery` prevents repeats: a delivery marked as sent is not sent again. A crash
//! between the acknowledgement of the server and the mark can still send it twice, under the same message id. A notice
//! that was read in the inbox before is not sent.

use crate::mail::{Message, To};
use crate::notices::{
    delivery_job::Deliver,
    entity::{delivery, notice},
    inbox::{path, render},
    operator_warning::warn_operator,
};
use crate::{
    Actor, AppState, Task,
    account::entity::account,
    error::{Error, Result},
    store::{Tx, db_now},
};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, UpdateMany, raw_sql,
};
use serde_json::Value;
use shared::{
    Lang,
    ids::{AccountId, NoticeId},
    notices::{Channel, DeliveryState},
    texts::notices as text,
};

impl TaskHandler for Deliver {
    const IDENTIFIER: &'static str = "deliver";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let state = context.get_ext::<AppState>().ok_or("the worker has no city")?;
        let last_try = context.job().attempts() >= context.job().max_attempts();
        // The queue stores the message of the error, which contains no address and no text of the notice.
        deliver(state, self.notice, last_try).await.map_err(|e| e.to_string())
    }
}

/// Delivers a notice. Nothing is done if it was delivered or read already or the account has no address. After the last
/// try the delivery is marked as failed and the operator is warned.
///
/// # Errors
/// If the mail server or SMS gateway does not accept the message; the job then tries again.
pub async fn deliver(state: &AppState, notice: NoticeId, last_try: bool) -> Result<()> {
    let Some((message, channel)) = start_delivery(state, notice).await? else { return Ok(()) };
    let outcome = state.send_as(&message, notice.uuid()).await;
    let tx = state.store.write(&Actor::system(Task::Deliveries)).await?;
    match &outcome {
        Ok(()) => {
            delivery_of(notice, channel)
                .set(delivery::ActiveModel { state: Set(DeliveryState::Sent), error: Set(None), ..Default::default() })
                .col_expr(delivery::Column::SentAt, db_now())
                .exec(&tx)
                .await?;
        }
        Err(error) => record_failure(&tx, notice, channel, error, last_try).await?,
    }
    tx.commit().await?;
    outcome
}

/// An update of the delivery of a notice by a channel.
fn delivery_of(notice: NoticeId, channel: Channel) -> UpdateMany<delivery::Entity> {
    delivery::Entity::update_many().filter(delivery::Column::NoticeId.eq(notice)).filter(delivery::Column::Channel.eq(channel))
}

async fn record_failure(tx: &Tx, notice: NoticeId, channel: Channel, error: &Error, last_try: bool) -> Result<()> {
    let state = if last_try { DeliveryState::Failed } else { DeliveryState::Sending };
    delivery_of(notice, channel)
        .set(delivery::ActiveModel { state: Set(state), error: Set(Some(error.to_string())), ..Default::default() })
        .exec(tx)
        .await?;
    if last_try {
        tracing::error!(%notice, %channel, %error, "a notice could not be delivered");
        warn_operator(tx, channel.code(), &format!("notice {notice}: {error}")).await?;
    }
    Ok(())
}

/// A notice that was not read yet, with the addresses of its account.
#[derive(FromQueryResult)]
struct Pending {
    account_id: AccountId,
    kind: String,
    facts: Value,
    lang: Lang,
    email_sealed: Option<Vec<u8>>,
    phone_sealed: Option<Vec<u8>>,
}

/// Marks the delivery as being sent and writes its message; none if there is nothing to send.
async fn start_delivery(state: &AppState, notice: NoticeId) -> Result<Option<(Message, Channel)>> {
    let tx = state.store.write(&Actor::system(Task::Deliveries)).await?;
    let to_account = notice::Entity::belongs_to(account::Entity).from(notice::Column::AccountId).to(account::Column::Id).into();
    let pending: Option<Pending> = notice::Entity::find_by_id(notice)
        .join(JoinType::InnerJoin, to_account)
        .filter(notice::Column::ReadAt.is_null())
        .filter(account::Column::DisabledAt.is_null())
        .select_only()
        .columns([notice::Column::AccountId, notice::Column::Kind, notice::Column::Facts])
        .columns([account::Column::Lang, account::Column::EmailSealed, account::Column::PhoneSealed])
        .into_model()
        .one(&tx)
        .await?;
    let Some(pending) = pending else { return Ok(None) };
    let (to, channel) = match (&pending.email_sealed, &pending.phone_sealed) {
        (Some(email), _) => (To::Email(tx.vault.open_text("account.email", pending.account_id, email)?), Channel::Email),
        (None, Some(phone)) => (To::Phone(tx.vault.open_text("account.phone", pending.account_id, phone)?), Channel::Sms),
        (None, None) => return Ok(None),
    };
    let started = tx
        .execute_sql(raw_sql!(
            Postgres,
            "INSERT INTO delivery (notice_id, channel, state, tries) VALUES ({notice}, {channel}, 'sending', 1)
             ON CONFLICT (notice_id, channel) DO UPDATE SET state = 'sending', tries = delivery.tries + 1
             WHERE delivery.state <> 'sent'"
        ))
        .await?;
    tx.commit().await?;
    if started == 0 {
        return Ok(None);
    }
    let lang = pending.lang;
    let (subject, body) = render(&pending.kind, &pending.facts, lang);
    let way = format!("{}{}", state.config.public_url, path(&pending.facts).unwrap_or_else(|| "/me".to_owned()));
    let text = match to {
        To::Email(_) => text::email_body(lang, text::BodyWay { body, way }),
        To::Phone(_) => text::sms_body(lang, body),
    };
    Ok(Some((Message { to, subject, text }, channel)))
}
