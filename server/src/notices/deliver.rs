//! Bringing a notice out of the house: by e-mail, or by SMS to an account without one.
//!
//! The job runs at least once; the table `delivery` makes it send once as far as that can be: what is marked sent is
//! not sent again. Between a peer's acknowledgement and the mark a crash can still send it twice, under the same
//! message id. A notice that was read in the inbox before it went out is not sent: its reader knows.

use super::inbox::{path, words};
use crate::notices::mailer::{Message, To, send_as};
use crate::{
    Actor, AppState, Task,
    error::{Error, Result},
    store::Tx,
};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{Lang, texts::notices as text};
use uuid::Uuid;

/// The job `deliver`: one notice.
#[derive(Debug, Serialize, Deserialize)]
pub struct Deliver {
    /// Which.
    pub notice: Uuid,
}

impl TaskHandler for Deliver {
    const IDENTIFIER: &'static str = "deliver";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let city = context.get_ext::<AppState>().ok_or("the worker has no city")?;
        let last_try = context.job().attempts() >= context.job().max_attempts();
        // What the queue keeps of a failure is a sentence of ours: no address, no text.
        deliver(city, self.notice, last_try).await.map_err(|e| e.to_string())
    }
}

#[derive(FromQueryResult)]
struct Pending {
    account_id: Uuid,
    kind: String,
    facts: Value,
    lang: String,
    email_sealed: Option<Vec<u8>>,
    phone_sealed: Option<Vec<u8>>,
}

/// Delivers a notice; done already, read already, or nobody there: nothing to do. After the last try the delivery is
/// marked failed and the operator is warned.
///
/// # Errors
/// When the peer does not take it; then it is to be tried again.
pub async fn deliver(city: &AppState, notice: Uuid, last_try: bool) -> Result<()> {
    let Some((message, channel)) = begin(city, notice).await? else { return Ok(()) };
    let outcome = send_as(city, &message, notice).await;
    let tx = city.store.write(&Actor::system(Task::Deliveries)).await?;
    match &outcome {
        Ok(()) => {
            let sent =
                "UPDATE delivery SET state = 'sent', sent_at = huimin_now(), error = NULL WHERE notice_id = $1 AND channel = $2";
            tx.run(sent, [notice.into(), channel.into()]).await?;
        }
        Err(error) => fail(&tx, notice, channel, error, last_try).await?,
    }
    tx.commit().await?;
    outcome
}

async fn fail(tx: &Tx, notice: Uuid, channel: &str, error: &Error, last_try: bool) -> Result<()> {
    let state = if last_try { "failed" } else { "sending" };
    let noted = "UPDATE delivery SET state = $3, error = $4 WHERE notice_id = $1 AND channel = $2";
    tx.run(noted, [notice.into(), channel.into(), state.into(), error.to_string().into()]).await?;
    if last_try {
        tracing::error!(%notice, channel, %error, "a notice could not be delivered");
        warn(tx, channel, &format!("notice {notice}: {error}")).await?;
    }
    Ok(())
}

/// Tells the operator that something did not leave the house by this channel.
pub(crate) async fn warn(tx: &Tx, channel: &str, detail: &str) -> Result<()> {
    tx.run(
        "INSERT INTO operator_warning (code, detail) VALUES ($1, $2)
         ON CONFLICT (code) DO UPDATE SET detail = excluded.detail, since = huimin_now()",
        [format!("delivery:{channel}").into(), detail.into()],
    )
    .await?;
    Ok(())
}

/// Claims the delivery and writes its message; none when there is nothing to do.
async fn begin(city: &AppState, notice: Uuid) -> Result<Option<(Message, &'static str)>> {
    let tx = city.store.write(&Actor::system(Task::Deliveries)).await?;
    let pending: Option<Pending> = tx
        .one(
            "SELECT n.account_id, n.kind, n.facts, a.lang, a.email_sealed, a.phone_sealed
               FROM notice n JOIN account a ON a.id = n.account_id
              WHERE n.id = $1 AND n.read_at IS NULL AND a.disabled_at IS NULL",
            [notice.into()],
        )
        .await?;
    let Some(pending) = pending else { return Ok(None) };
    let (to, channel) = match (&pending.email_sealed, &pending.phone_sealed) {
        (Some(email), _) => (To::Email(tx.vault.open_text("account.email", pending.account_id, email)?), "email"),
        (None, Some(phone)) => (To::Phone(tx.vault.open_text("account.phone", pending.account_id, phone)?), "sms"),
        (None, None) => return Ok(None),
    };
    let claimed = tx
        .run(
            "INSERT INTO delivery (notice_id, channel, state, tries) VALUES ($1, $2, 'sending', 1)
             ON CONFLICT (notice_id, channel) DO UPDATE SET state = 'sending', tries = delivery.tries + 1
             WHERE delivery.state <> 'sent'",
            [notice.into(), channel.into()],
        )
        .await?;
    tx.commit().await?;
    if claimed == 0 {
        return Ok(None);
    }
    let lang = Lang::parse(&pending.lang).unwrap_or_default();
    let (subject, body) = words(&pending.kind, &pending.facts, lang);
    let way = format!("{}{}", city.config.public_url, path(&pending.facts).unwrap_or_else(|| "/me".to_owned()));
    let text = match to {
        To::Email(_) => text::email_body(lang, text::BodyWay { body, way }),
        To::Phone(_) => text::sms_body(lang, body),
    };
    Ok(Some((Message { to, subject, text }, channel)))
}
