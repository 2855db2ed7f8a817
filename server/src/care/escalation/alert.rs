//! Alerts (呼叫): written by the engine for a batch of calls, sent by one job each.
//!
//! A job runs at least once, under the id of the alert, so that a gateway that received it before recognises the repeat.
//! A dispatcher is alerted for many calls at once: queued messages to the same dispatcher are coalesced, and the text is
//! made at send time, of the calls that ring then. A call that was answered meanwhile sends nothing.

use super::targets::Recipient;
use crate::care::notify::notice_facts;
use crate::{
    Actor, AppState, Task,
    error::Result,
    jobs,
    mail::{Message, To},
    notices::{self, NewNotice, inbox::render, operator_warning::warn_operator},
    store::{Tx, new_id},
};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use sea_orm::{FromQueryResult, raw_sql};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::{
    Lang,
    account::Phone,
    care::escalation::Target,
    ids::{AccountId, AlertId, CaseId, ContactId, PersonId},
    texts::{care_duty as t, notices as text},
};
use time::OffsetDateTime;

/// The kind of the notices, as stored.
const NOTICE_KIND: &str = "care_page";

/// An alert to be written.
pub(crate) struct NewAlert {
    pub(crate) case: CaseId,
    pub(crate) number: String,
    pub(crate) title_zh: String,
    pub(crate) title_en: String,
    pub(crate) round: i32,
    pub(crate) step: i32,
    pub(crate) recipient: Recipient,
    pub(crate) due_at: OffsetDateTime,
}

/// The page of the call for a recipient: at a dispatch desk, or as a helper.
fn path(target: Target, number: &str) -> String {
    if target.is_desk() { format!("/dispatch/{number}") } else { format!("/care/calls/{number}") }
}

/// Writes alerts, puts notices into inboxes, and enqueues the messages: three statements however many there are.
pub(crate) async fn record(tx: &Tx, alerts: Vec<NewAlert>) -> Result<()> {
    if alerts.is_empty() {
        return Ok(());
    }
    let ids: Vec<AlertId> = alerts.iter().map(|_| new_id()).collect();
    let (mut inbox, mut messages) = (Vec::new(), Vec::new());
    for (alert, id) in alerts.iter().zip(&ids) {
        let Recipient { target, account, contact } = alert.recipient;
        if let Some(account) = account {
            let facts = notice_facts(&alert.number, (&alert.title_zh, &alert.title_en), &path(target, &alert.number));
            inbox.push(NewNotice { account, case: alert.case, facts });
        }
        if account.is_some() || contact.is_some() {
            let coalesced = account.filter(|_| target.is_desk()).map(|a| format!("alert:{a}")).unwrap_or_default();
            messages.push((Alert { alert: *id }, coalesced));
        }
    }
    insert(tx, ids, &alerts).await?;
    notices::notify_many(tx, NOTICE_KIND, &inbox).await?;
    jobs::enqueue_urgent(tx, Alert::IDENTIFIER, &messages).await
}

async fn insert(tx: &Tx, ids: Vec<AlertId>, alerts: &[NewAlert]) -> Result<()> {
    let cases: Vec<CaseId> = alerts.iter().map(|a| a.case).collect();
    let rounds: Vec<i32> = alerts.iter().map(|a| a.round).collect();
    let steps: Vec<i32> = alerts.iter().map(|a| a.step).collect();
    let targets: Vec<Target> = alerts.iter().map(|a| a.recipient.target).collect();
    // Arrays hold no nulls here: the nil UUID means none.
    let accounts: Vec<AccountId> = alerts.iter().map(|a| a.recipient.account.unwrap_or_default()).collect();
    let contacts: Vec<ContactId> = alerts.iter().map(|a| a.recipient.contact.unwrap_or_default()).collect();
    let due_at: Vec<OffsetDateTime> = alerts.iter().map(|a| a.due_at).collect();
    tx.execute_sql(raw_sql!(
        Postgres,
        "INSERT INTO care_alert (id, case_id, round, step, target, account_id, contact_id, due_at, at)
         SELECT id, case_id, round, step, target, nullif(account, '00000000-0000-0000-0000-000000000000'),
                nullif(contact, '00000000-0000-0000-0000-000000000000'), due_at, huimin_now() + (clock_timestamp() - now())
           FROM unnest({ids}::uuid[], {cases}::uuid[], {rounds}::int4[], {steps}::int4[], {targets}::text[], {accounts}::uuid[],
                       {contacts}::uuid[], {due_at}::timestamptz[])
             AS p (id, case_id, round, step, target, account, contact, due_at)"
    ))
    .await?;
    Ok(())
}

/// The job `alert`: one message to one recipient, by SMS or else by e-mail.
#[derive(Debug, Serialize, Deserialize)]
pub struct Alert {
    /// The row of `care_alert`.
    pub alert: AlertId,
}

impl TaskHandler for Alert {
    const IDENTIFIER: &'static str = "alert";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let state = context.get_ext::<AppState>().ok_or("the worker has no city")?;
        let last_try = context.job().attempts() >= context.job().max_attempts();
        send(state, self.alert, last_try).await.map_err(|e| e.to_string())
    }
}

/// Sends an alert. Does nothing if the call was answered meanwhile, or if the recipient has no address. After the last try
/// the operator is warned.
///
/// # Errors
/// When the gateway does not accept it; it has to be tried again then, under the same id.
pub async fn send(state: &AppState, alert: AlertId, last_try: bool) -> Result<()> {
    let tx = state.store.read(&Actor::system(Task::Emergency)).await?;
    let Some(message) = message(&tx, state, alert).await? else { return Ok(()) };
    drop(tx);
    let outcome = state.send_as(&message, alert.uuid()).await;
    if let (Err(error), true) = (&outcome, last_try) {
        tracing::error!(%alert, %error, "a person could not be alerted");
        let channel = if matches!(message.to, To::Email(_)) { "email" } else { "sms" };
        let tx = state.store.write(&Actor::system(Task::Emergency)).await?;
        warn_operator(&tx, channel, &format!("page {alert}: {error}")).await?;
        tx.commit().await?;
    }
    outcome
}

#[derive(FromQueryResult)]
struct PendingAlert {
    /// How many other calls ring at the recipient.
    others: i64,
    target: String,
    number: String,
    title_zh: String,
    title_en: String,
    person: PersonId,
    name_sealed: Vec<u8>,
    account_id: Option<AccountId>,
    lang: Option<String>,
    email_sealed: Option<Vec<u8>>,
    phone_sealed: Option<Vec<u8>>,
    contact_id: Option<ContactId>,
    contact_sealed: Option<Vec<u8>>,
}

/// The call that an alert names now: the call of the alert itself if it still rings; for a dispatcher else the oldest call that
/// rings at them, because the message for that call may have been coalesced into this one. Only alerts of the last hour
/// count: as long as a call rings, it is alerted again within minutes.
async fn pending(tx: &Tx, alert: AlertId) -> Result<Option<PendingAlert>> {
    let desks: Vec<Target> = Target::ALL.iter().copied().filter(|target| target.is_desk()).collect();
    tx.fetch_one(raw_sql!(
        Postgres,
        "WITH mine AS (SELECT * FROM care_alert WHERE id = {alert}),
              calls AS (
             SELECT DISTINCT ON (p.case_id) p.* FROM mine m JOIN care_alert p ON p.id = m.id
                 OR (m.target = ANY({desks}) AND p.target = ANY({desks}) AND p.account_id = m.account_id AND p.at > m.at - interval '1 hour')
              ORDER BY p.case_id, p.id = m.id DESC, p.at DESC)
         SELECT p.target, (count(*) OVER ())::bigint - 1 AS others, c.number, c.title_zh, c.title_en, c.subject_id AS person,
                s.name_sealed, a.id AS account_id, a.lang, a.email_sealed, a.phone_sealed, k.id AS contact_id, k.sealed AS contact_sealed
           FROM calls p JOIN cases c ON c.id = p.case_id JOIN person s ON s.id = c.subject_id
           LEFT JOIN account a ON a.id = p.account_id AND a.disabled_at IS NULL
           LEFT JOIN care_contact k ON k.id = p.contact_id AND p.account_id IS NULL
          WHERE c.state = 'ringing' ORDER BY p.id = {alert} DESC, c.id LIMIT 1"
    ))
    .await
}

async fn message(tx: &Tx, state: &AppState, alert: AlertId) -> Result<Option<Message>> {
    let Some(pending) = pending(tx, alert).await? else { return Ok(None) };
    match (pending.account_id, &pending.contact_sealed, pending.contact_id) {
        (Some(account), ..) => message_to_account(tx, state, &pending, account),
        (None, Some(sealed), Some(contact)) => message_to_contact(tx, &pending, contact, sealed).await,
        (None, ..) => Ok(None),
    }
}

/// By SMS if the account has a phone number: it is an emergency, and an SMS makes a noise.
fn message_to_account(tx: &Tx, state: &AppState, pending: &PendingAlert, account: AccountId) -> Result<Option<Message>> {
    let to = match (&pending.phone_sealed, &pending.email_sealed) {
        (Some(phone), _) => To::Phone(tx.vault.open_text("account.phone", account, phone)?),
        (None, Some(email)) => To::Email(tx.vault.open_text("account.email", account, email)?),
        (None, None) => return Ok(None),
    };
    let lang = pending.lang.as_deref().and_then(Lang::parse).unwrap_or_default();
    let facts = serde_json::json!({ "number": pending.number, "zh": pending.title_zh, "en": pending.title_en });
    let (subject, mut body) = render(NOTICE_KIND, &facts, lang);
    if pending.others > 0 {
        body = t::page_others(lang, t::BodyCount { body, count: pending.others });
    }
    let way =
        Target::parse(&pending.target).map(|target| format!("{}{}", state.config.public_url, path(target, &pending.number)));
    let text = match to {
        To::Email(_) => text::email_body(lang, text::BodyWay { body, way: way.unwrap_or_default() }),
        To::Phone(_) => text::sms_body(lang, format!("{body} {}", way.unwrap_or_default())),
    };
    Ok(Some(Message { to, subject, text }))
}

/// To an emergency contact without an account. The message names the person, because the contact sees no page of the call.
/// Contacts of an erased person are not alerted.
async fn message_to_contact(tx: &Tx, pending: &PendingAlert, contact: ContactId, sealed: &[u8]) -> Result<Option<Message>> {
    let Some(key) = tx.living_key(pending.person).await? else { return Ok(None) };
    let content: Value = key.open_json("care_contact", contact, sealed)?;
    let phone = content.get("phone").and_then(Value::as_str).unwrap_or_default();
    let Ok(phone) = Phone::parse(phone) else {
        tracing::error!(%contact, "an emergency contact has no phone that reads");
        return Ok(None);
    };
    let name = tx.vault.open_text("person.name", pending.person, &pending.name_sealed)?;
    let body = t::contact_sms(Lang::Zh, t::NameNumber { name, number: &pending.number });
    let text = text::sms_body(Lang::Zh, body);
    Ok(Some(Message { to: To::Phone(phone.as_str().to_owned()), subject: String::new(), text }))
}
