//! Calling somebody (呼叫): written by the engine for a batch, sent by a job for each.
//!
//! The job runs at least once, under the key of the page, so that a gateway that heard it before tells a repeat by it.
//! Who sits at a board is called for many calls at once: of the messages to them that still wait, the last stands, and
//! tells of what rings at them when it is sent. A call that somebody answered meanwhile calls nobody any more.

use crate::care::escalation::targets::Called;
use crate::{
    Actor, AppState, Task,
    error::{Error, Result},
    jobs,
    notices::{
        self, NewNotice,
        deliver::warn_operator,
        inbox::render,
        mailer::{Message, To, send_as},
    },
    store::{Tx, new_id},
    vault::VaultError,
};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    Lang,
    account::Phone,
    care::escalation::Target,
    ids::{AccountId, AlertId, CaseId, ContactId, PersonId},
    texts::{care_duty as t, notices as text},
};
use time::OffsetDateTime;

/// The kind of its notices.
const KIND: &str = "care_page";

/// Whom a step called.
pub(crate) struct Row {
    pub(crate) case: CaseId,
    pub(crate) number: String,
    pub(crate) title_zh: String,
    pub(crate) title_en: String,
    pub(crate) round: i32,
    pub(crate) step: i32,
    pub(crate) called: Called,
    pub(crate) due_at: OffsetDateTime,
}

/// Where whoever is called finds the call: at a desk, or as one who helps.
fn path(target: Target, number: &str) -> String {
    if target.is_desk() { format!("/dispatch/{number}") } else { format!("/care/calls/{number}") }
}

/// Writes who was called, tells them, and enqueues what goes out of the house: three statements however many.
pub(crate) async fn write(tx: &Tx, rows: Vec<Row>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let ids: Vec<AlertId> = rows.iter().map(|_| new_id()).collect();
    let (mut told, mut sent) = (Vec::new(), Vec::new());
    for (row, id) in rows.iter().zip(&ids) {
        let Called { target, account, contact } = row.called;
        if let Some(account) = account {
            let path = path(target, &row.number);
            let facts = json!({ "number": row.number, "zh": row.title_zh, "en": row.title_en, "path": path });
            told.push(NewNotice { account, case: row.case, facts });
        }
        if account.is_some() || contact.is_some() {
            let key = account.filter(|_| target.is_desk()).map(|a| format!("page:{a}")).unwrap_or_default();
            sent.push((Page { page: *id }, key));
        }
    }
    tx.run(
        "INSERT INTO care_page (id, case_id, round, step, target, account_id, contact_id, due_at, at)
         SELECT id, case_id, round, step, target, nullif(account, '00000000-0000-0000-0000-000000000000'),
                nullif(contact, '00000000-0000-0000-0000-000000000000'), due_at, huimin_now() + (clock_timestamp() - now())
           FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::int4[], $5::text[], $6::uuid[], $7::uuid[], $8::timestamptz[])
             AS p (id, case_id, round, step, target, account, contact, due_at)",
        [
            ids.into(),
            rows.iter().map(|r| r.case).collect::<Vec<_>>().into(),
            rows.iter().map(|r| r.round).collect::<Vec<_>>().into(),
            rows.iter().map(|r| r.step).collect::<Vec<_>>().into(),
            rows.iter().map(|r| r.called.target.code().to_owned()).collect::<Vec<_>>().into(),
            rows.iter().map(|r| r.called.account.unwrap_or_default()).collect::<Vec<_>>().into(),
            rows.iter().map(|r| r.called.contact.unwrap_or_default()).collect::<Vec<_>>().into(),
            rows.iter().map(|r| r.due_at).collect::<Vec<_>>().into(),
        ],
    )
    .await?;
    notices::notify_many(tx, KIND, &told).await?;
    jobs::enqueue_urgent(tx, Page::IDENTIFIER, &sent).await
}

/// The job `page`: one person, by SMS or else by e-mail.
#[derive(Debug, Serialize, Deserialize)]
pub struct Page {
    /// Which row of `care_page`.
    pub page: AlertId,
}

impl TaskHandler for Page {
    const IDENTIFIER: &'static str = "page";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let city = context.get_ext::<AppState>().ok_or("the worker has no city")?;
        let last_try = context.job().attempts() >= context.job().max_attempts();
        send(city, self.page, last_try).await.map_err(|e| e.to_string())
    }
}

/// Calls somebody out of the house; answered meanwhile, or nowhere to reach them: nothing to do. After the last try
/// the operator is warned.
///
/// # Errors
/// When the peer does not take it; then it is to be tried again, under the same key.
pub async fn send(city: &AppState, page: AlertId, last_try: bool) -> Result<()> {
    let tx = city.store.read(&Actor::system(Task::Emergency)).await?;
    let Some(message) = message(&tx, city, page).await? else { return Ok(()) };
    drop(tx);
    let outcome = send_as(city, &message, page.uuid()).await;
    if let (Err(error), true) = (&outcome, last_try) {
        tracing::error!(%page, %error, "somebody could not be called");
        let channel = if matches!(message.to, To::Email(_)) { "email" } else { "sms" };
        let tx = city.store.write(&Actor::system(Task::Emergency)).await?;
        warn_operator(&tx, channel, &format!("page {page}: {error}")).await?;
        tx.commit().await?;
    }
    outcome
}

/// How far back a page still says that a call rings at somebody: it rings anew within minutes, as long as it rings.
const RECENT: &str = "1 hour";

#[derive(FromQueryResult)]
struct Pending {
    /// How many other calls ring at them.
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

/// The targets of those at a board, as stored.
fn desks() -> Vec<String> {
    Target::ALL.iter().filter(|target| target.is_desk()).map(|target| target.code().to_owned()).collect()
}

async fn message(tx: &Tx, city: &AppState, page: AlertId) -> Result<Option<Message>> {
    let pending: Option<Pending> = tx
        .one(
            // The call of this page if it still rings; of those at a desk, else the oldest that rings at them: the message that
            // would have told them of it may have given way to this one.
            &format!(
            "WITH mine AS (SELECT * FROM care_page WHERE id = $1),
                  calls AS (
                 SELECT DISTINCT ON (p.case_id) p.* FROM mine m JOIN care_page p ON p.id = m.id
                     OR (m.target = ANY($2) AND p.target = ANY($2) AND p.account_id = m.account_id AND p.at > m.at - interval '{RECENT}')
                  ORDER BY p.case_id, p.id = m.id DESC, p.at DESC)
             SELECT p.target, (count(*) OVER ())::bigint - 1 AS others, c.number, c.title_zh, c.title_en, c.subject_id AS person, s.name_sealed, a.id AS account_id, a.lang,
                    a.email_sealed, a.phone_sealed, k.id AS contact_id, k.sealed AS contact_sealed
               FROM calls p JOIN cases c ON c.id = p.case_id JOIN person s ON s.id = c.subject_id
               LEFT JOIN account a ON a.id = p.account_id AND a.disabled_at IS NULL
               LEFT JOIN care_contact k ON k.id = p.contact_id AND p.account_id IS NULL
              WHERE c.state = 'ringing' ORDER BY p.id = $1 DESC, c.id LIMIT 1"),
            [page.into(), desks().into()],
        )
        .await?;
    let Some(pending) = pending else { return Ok(None) };
    match (pending.account_id, &pending.contact_sealed, pending.contact_id) {
        (Some(account), ..) => to_account(tx, city, &pending, account),
        (None, Some(sealed), Some(contact)) => to_contact(tx, &pending, contact, sealed).await,
        _ => Ok(None),
    }
}

/// By SMS if they have a phone: it is an emergency, and an SMS makes a noise.
fn to_account(tx: &Tx, city: &AppState, pending: &Pending, account: AccountId) -> Result<Option<Message>> {
    let to = match (&pending.phone_sealed, &pending.email_sealed) {
        (Some(phone), _) => To::Phone(tx.vault.open_text("account.phone", account, phone)?),
        (None, Some(email)) => To::Email(tx.vault.open_text("account.email", account, email)?),
        (None, None) => return Ok(None),
    };
    let lang = pending.lang.as_deref().and_then(Lang::parse).unwrap_or_default();
    let facts = json!({ "number": pending.number, "zh": pending.title_zh, "en": pending.title_en });
    let (subject, mut body) = render(KIND, &facts, lang);
    if pending.others > 0 {
        body = t::page_others(lang, t::BodyCount { body, count: pending.others });
    }
    let way = Target::parse(&pending.target).map(|target| format!("{}{}", city.config.public_url, path(target, &pending.number)));
    let text = match to {
        To::Email(_) => text::email_body(lang, text::BodyWay { body, way: way.unwrap_or_default() }),
        To::Phone(_) => text::sms_body(lang, format!("{body} {}", way.unwrap_or_default())),
    };
    Ok(Some(Message { to, subject, text }))
}

/// To an emergency contact without an account: they are told who calls, since nothing else tells them.
async fn to_contact(tx: &Tx, pending: &Pending, contact: ContactId, sealed: &[u8]) -> Result<Option<Message>> {
    let key = match tx.person_key(pending.person).await {
        Ok(key) => key,
        // Of somebody who was erased, nobody is called any more.
        Err(Error::Vault(VaultError::Erased)) => return Ok(None),
        Err(other) => return Err(other),
    };
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
