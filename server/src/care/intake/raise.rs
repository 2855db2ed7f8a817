//! Raising a call for help: one transaction, never refused.
//!
//! A press has an id made by the client and a secret. The same two again are the same press and get the same answer; the
//! same id with another secret is the press of someone else and gets another id. Presses for one person while a call is
//! open belong to that call, and so do presses of unknown callers with the same call-back number. An acknowledged press is
//! durable: a repeated press is answered from its row in `care_press`.

pub use super::press::{Caller, Press};

use super::{
    call_subject::{CallSubject, create_unknown_person},
    press::{possible_ids, secret_hash},
};
use crate::care::{entity::care_call, people::centre};
use crate::{
    AppState,
    access::actor::{Actor, Task},
    cases::{AnyInput, CaseRow, Effect, NewCase, Request, open, perform_in},
    error::{Error, Result, sqlstate},
    store::{Tx, new_id},
    vault::PersonKey,
};
use sea_orm::{ActiveValue::Set, EntityTrait, FromQueryResult, raw_sql};
use shared::{
    Lang,
    care::{
        actions::TellMore,
        life::SOS,
        press::{PressBody, Source},
    },
    ids::{CaseId, PersonId, PolicyId, PressId},
    texts::care_press as text,
};
use subtle::ConstantTimeEq;

/// The result of a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The number of the call.
    pub number: String,
    /// The case.
    pub case: CaseId,
    /// The press as stored: another id than was sent where that belongs to someone else's press.
    pub press: PressId,
    /// Whether it belongs to a call that existed before.
    pub again: bool,
}

/// SQLSTATE codes of a press that lost a race against another one; it succeeds at the next attempt.
const RACES: &[&str] = &["23505", "40001", "40P01", "55P03"];

/// Raises a call, or finds the open call the press belongs to.
///
/// # Errors
/// Only when the database does not answer: no content of a press makes it fail.
pub async fn raise(state: &AppState, press: Press) -> Result<Raised> {
    match attempt(state, &press).await {
        Err(Error::Store(error)) if sqlstate(&error).is_some_and(|code| RACES.contains(&code.as_str())) => {
            attempt(state, &press).await
        }
        done => done,
    }
}

async fn attempt(state: &AppState, press: &Press) -> Result<Raised> {
    let account = press.who.account();
    let tx = state.for_emergency().store.write(&Actor { account, task: Some(Task::Emergency), ..Actor::default() }).await?;
    let subject = CallSubject::resolve(&tx, press).await?;
    let press_id = press.body.id.to_string();
    tx.execute_sql(raw_sql!(
        Postgres,
        "SELECT pg_advisory_xact_lock(hashtextextended({press_id}, 1)), pg_advisory_xact_lock(hashtextextended({subject.lock_key}, 2))"
    ))
    .await?;
    let id = match find_existing_press(&tx, &press.body).await? {
        ExistingPress::Same(raised) => return Ok(raised),
        ExistingPress::None { free_id } => free_id,
    };
    let raised = match attach_to_open_call(&tx, press, &subject, id).await? {
        Some(raised) => raised,
        None => open_call(&tx, press, subject, id).await?,
    };
    tx.commit().await?;
    Ok(raised)
}

/// Whether this press was received before.
enum ExistingPress {
    /// It was, with this result.
    Same(Raised),
    /// It was not; it is stored under this id.
    None { free_id: PressId },
}

async fn find_existing_press(tx: &Tx, body: &PressBody) -> Result<ExistingPress> {
    #[derive(FromQueryResult)]
    struct PressRow {
        id: PressId,
        secret_hash: Vec<u8>,
        case_id: Option<CaseId>,
        number: Option<String>,
    }
    let ids = possible_ids(body.id, &body.secret);
    let wanted = ids.to_vec();
    let rows: Vec<PressRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT p.id, p.secret_hash, p.case_id, c.number FROM care_press p LEFT JOIN cases c ON c.id = p.case_id
              WHERE p.id = ANY({wanted})"
        ))
        .await?;
    let hash = secret_hash(&body.secret);
    for row in &rows {
        if let (Some(case), Some(number), true) = (row.case_id, &row.number, bool::from(hash.ct_eq(&row.secret_hash))) {
            return Ok(ExistingPress::Same(Raised { number: number.clone(), case, press: row.id, again: true }));
        }
    }
    let free = ids.into_iter().find(|id| rows.iter().all(|row| row.id != *id));
    Ok(ExistingPress::None { free_id: free.unwrap_or_else(new_id) })
}

/// Adds the press to the open call of its person or caller, if there is one.
async fn attach_to_open_call(tx: &Tx, press: &Press, subject: &CallSubject, id: PressId) -> Result<Option<Raised>> {
    let Some((case, number, person)) = lock_open_call(tx, press, subject).await? else { return Ok(None) };
    let actor = subject.actor(person, press.who.account());
    let act = async |input: &dyn AnyInput| {
        let key = id.to_string();
        perform_in(tx, &actor, &Request { number: &number, version: None, key: &key, input }).await
    };
    if let Err(Error::Problem(problem)) = act(&subject.press_again()).await {
        tracing::error!(number, %problem, "a press did not fit its call, so it is one of its own");
        return Ok(None);
    }
    let words = subject.words(&press.body);
    if words.is_some() || press.body.callback.is_some() {
        let _ = act(&TellMore { words, callback: press.body.callback.clone() }).await?;
    }
    if let Some(fix) = press.body.fix {
        let _ = act(&fix).await?;
    }
    record_press(tx, press, subject.source, id, case).await?;
    Ok(Some(Raised { number, case, press: id, again: true }))
}

/// Finds and locks the open call that a press belongs to: by the person; for an unknown caller by the call-back number or
/// the account. A call that was merged continues as the call it was merged into.
async fn lock_open_call(tx: &Tx, press: &Press, subject: &CallSubject) -> Result<Option<(CaseId, String, PersonId)>> {
    match subject.person {
        Some(person) => {
            tx.fetch_value(raw_sql!(
                Postgres,
                "SELECT t.id, t.number, t.subject_id FROM cases c JOIN care_call k ON k.case_id = c.id
                   JOIN cases t ON t.id = coalesce(k.merged_into, c.id)
                  WHERE c.subject_id = {person} AND c.kind = 'sos' AND t.closed_at IS NULL ORDER BY t.id LIMIT 1 FOR UPDATE OF t"
            ))
            .await
        }
        None => {
            let account = press.who.account();
            tx.fetch_value(raw_sql!(
                Postgres,
                "SELECT t.id, t.number, t.subject_id FROM cases t WHERE t.closed_at IS NULL AND t.id IN (
                     SELECT coalesce(k.merged_into, k.case_id) FROM care_call k
                      WHERE k.callback_index = {subject.callback_index} AND NOT k.known AND k.ended_at IS NULL
                     UNION SELECT k.case_id FROM care_call k JOIN cases c ON c.id = k.case_id
                      WHERE c.applicant_id = {account} AND c.kind = 'sos' AND c.closed_at IS NULL AND NOT k.known)
                  ORDER BY t.id LIMIT 1 FOR UPDATE"
            ))
            .await
        }
    }
}

/// Stores the press, from which a repeated press is answered, and the time at which its device was used.
async fn record_press(tx: &Tx, press: &Press, source: Source, id: PressId, case: CaseId) -> Result<()> {
    let (hash, device, account) = (secret_hash(&press.body.secret), press.who.device(), press.who.account());
    tx.execute_sql(raw_sql!(
        Postgres,
        "WITH used AS (UPDATE care_device SET used_at = huimin_now() WHERE id = {device})
         INSERT INTO care_press (id, case_id, secret_hash, source, device_id, account_id)
         VALUES ({id}, {case}, {hash}, {source}, {device}, {account})"
    ))
    .await?;
    Ok(())
}

/// Opens a call for its first press.
async fn open_call(tx: &Tx, press: &Press, mut subject: CallSubject, id: PressId) -> Result<Raised> {
    let body = &press.body;
    let centre = centre::find(tx, subject.person, body.fix.as_ref()).await?;
    let (person, key) = match (subject.person, subject.key.take()) {
        (Some(person), Some(key)) => (person, key),
        _ => create_unknown_person(tx).await?,
    };
    let opening = NewCase {
        flow: &SOS,
        title_zh: text::case_title(Lang::Zh),
        title_en: text::case_title(Lang::En),
        subject: person,
        organisation: centre.id,
        effect: Effect { facts: subject.facts()?, ..Effect::default() },
    };
    let case = open(tx, &subject.actor(person, press.who.account()), opening).await?;
    insert_call(tx, &case, &key, &subject, body, centre.policy).await?;
    record_press(tx, press, subject.source, id, case.id).await?;
    metrics::counter!("huimin_calls_raised_total", "source" => subject.source.code()).increment(1);
    Ok(Raised { number: case.number, case: case.id, press: id, again: false })
}

/// Inserts the care side of a new call. Its first step is due at once.
async fn insert_call(
    tx: &Tx,
    case: &CaseRow,
    key: &PersonKey,
    subject: &CallSubject,
    body: &PressBody,
    policy: PolicyId,
) -> Result<()> {
    let seal = |context: &str, text: Option<&String>| text.map(|t| key.seal(context, case.id, t.as_bytes())).transpose();
    let place = body.fix.map(|fix| key.seal_json("care_call.place", case.id, &fix)).transpose()?;
    care_call::Entity::insert(care_call::ActiveModel {
        case_id: Set(case.id),
        known: Set(subject.person.is_some()),
        callback: Set(seal("care_call.callback", subject.callback.as_ref())?),
        callback_index: Set(subject.callback_index.clone()),
        words: Set(seal("care_call.words", subject.words(body).as_ref())?),
        place: Set(place),
        located_at: Set(body.fix.map(|fix| fix.taken_at.into())),
        raised_at: Set(case.opened_at),
        policy_id: Set(policy),
        next_step_at: Set(Some(case.opened_at)),
        ..Default::default()
    })
    .exec_without_returning(tx)
    .await?;
    Ok(())
}
