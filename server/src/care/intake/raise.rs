//! Raising a call for help: one transaction, never refused.
//!
//! A press has a client-made id and a secret. The same two again are the same press, with the same answer; the same id
//! with another secret is somebody else's press and gets an id of its own. Presses of one person while a call is open
//! are the same call, and so are presses of nobody known with the same number to call back. What is acknowledged is
//! durable: the row in `care_press` is the answer that a repeated press gets.

mod caller;
mod whom;

pub use caller::Caller;

use self::whom::{Whom, unknown};
use crate::care::people::centre;
use crate::{
    AppState,
    account::actor::{Actor, Task},
    cases::{AnyInput, CaseRow, Effect, Opening, Request, open, perform_in},
    error::{Error, Result, sqlstate},
    store::{Tx, new_id},
    vault::{PersonKey, sha256},
};
use sea_orm::FromQueryResult;
use shared::care::actions::TellMore;
use shared::{
    Lang,
    care::{
        life::SOS,
        press::{PressBody, Source},
    },
    ids::{CaseId, PersonId, PolicyId, PressId},
    texts::care_press as text,
};
use subtle::ConstantTimeEq;

/// A press and who made it.
#[derive(Clone, Debug)]
pub struct Press {
    /// What was sent.
    pub body: PressBody,
    /// Who presses.
    pub who: Caller,
}

/// What came of a press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The number of the call.
    pub number: String,
    /// The case.
    pub case: CaseId,
    /// The press, as it is kept: another id than was sent where that was somebody else's.
    pub press: PressId,
    /// Whether it belongs to a call that was there before.
    pub again: bool,
}

/// The hash under which the secret of a press is kept.
pub(crate) fn secret_hash(secret: &str) -> Vec<u8> {
    sha256(&[b"huimin.press", secret.as_bytes()])
}

/// The ids under which a press can be kept: its own, and the one it gets where that is taken by another secret. The
/// second follows from both, so that repeating finds it again.
pub(crate) fn ids(id: PressId, secret: &str) -> [PressId; 2] {
    let digest = sha256(&[b"huimin.press.id", id.0.as_bytes(), secret.as_bytes()]);
    let other = digest.first_chunk::<16>().map_or(id, |bytes| uuid::Builder::from_custom_bytes(*bytes).into_uuid().into());
    [id, other]
}

/// What lost a race against another press, and is right the next time.
const RACES: &[&str] = &["23505", "40001", "40P01", "55P03"];

/// Raises a call, or finds the one it belongs to.
///
/// # Errors
/// Only when the store does not answer: nothing that a press says or lacks makes it fail.
pub async fn raise(city: &AppState, press: Press) -> Result<Raised> {
    match attempt(city, &press).await {
        Err(Error::Store(error)) if sqlstate(&error).is_some_and(|code| RACES.contains(&code.as_str())) => {
            attempt(city, &press).await
        }
        done => done,
    }
}

async fn attempt(city: &AppState, press: &Press) -> Result<Raised> {
    let account = press.who.account();
    let tx = city.for_emergency().store.write(&Actor { account, task: Some(Task::Emergency), ..Actor::default() }).await?;
    let whom = Whom::of(&tx, press).await?;
    tx.run(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 1)), pg_advisory_xact_lock(hashtextextended($2, 2))",
        [press.body.id.to_string().into(), whom.lock.clone().into()],
    )
    .await?;
    let id = match before(&tx, &press.body).await? {
        Before::Same(raised) => return Ok(raised),
        Before::New(id) => id,
    };
    let raised = match again(&tx, press, &whom, id).await? {
        Some(raised) => raised,
        None => first(&tx, press, whom, id).await?,
    };
    tx.commit().await?;
    Ok(raised)
}

/// Whether this press was made before.
enum Before {
    Same(Raised),
    /// It is new, and kept under this id.
    New(PressId),
}

async fn before(tx: &Tx, body: &PressBody) -> Result<Before> {
    #[derive(FromQueryResult)]
    struct Row {
        id: PressId,
        secret_hash: Vec<u8>,
        case_id: Option<CaseId>,
        number: Option<String>,
    }
    let ids = ids(body.id, &body.secret);
    let rows: Vec<Row> = tx
        .all(
            "SELECT p.id, p.secret_hash, p.case_id, c.number FROM care_press p LEFT JOIN cases c ON c.id = p.case_id WHERE p.id = ANY($1)",
            [ids.to_vec().into()],
        )
        .await?;
    let hash = secret_hash(&body.secret);
    for row in &rows {
        if let (Some(case), Some(number), true) = (row.case_id, &row.number, bool::from(hash.ct_eq(&row.secret_hash))) {
            return Ok(Before::Same(Raised { number: number.clone(), case, press: row.id, again: true }));
        }
    }
    let free = ids.into_iter().find(|id| rows.iter().all(|row| row.id != *id));
    Ok(Before::New(free.unwrap_or_else(new_id)))
}

/// Presses again for a call that is open, if there is one.
async fn again(tx: &Tx, press: &Press, whom: &Whom, id: PressId) -> Result<Option<Raised>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: CaseId,
        number: String,
        subject_id: PersonId,
    }
    let open: Option<Row> = match whom.person {
        // What was merged into another call goes on there.
        Some(person) => {
            tx.one(
                "SELECT t.id, t.number, t.subject_id FROM cases c JOIN care_call k ON k.case_id = c.id
                   JOIN cases t ON t.id = coalesce(k.merged_into, c.id)
                  WHERE c.subject_id = $1 AND c.kind = 'sos' AND t.closed_at IS NULL ORDER BY t.id LIMIT 1 FOR UPDATE OF t",
                [person.into()],
            )
            .await?
        }
        None => {
            tx.one(
                "SELECT t.id, t.number, t.subject_id FROM cases t WHERE t.closed_at IS NULL AND t.id IN (
                     SELECT coalesce(k.merged_into, k.case_id) FROM care_call k
                      WHERE k.callback_index = $1 AND NOT k.known AND k.ended_at IS NULL
                     UNION SELECT k.case_id FROM care_call k JOIN cases c ON c.id = k.case_id
                      WHERE c.applicant_id = $2 AND c.kind = 'sos' AND c.closed_at IS NULL AND NOT k.known)
                  ORDER BY t.id LIMIT 1 FOR UPDATE",
                [whom.callback_index.clone().into(), press.who.account().into()],
            )
            .await?
        }
    };
    let Some(open) = open else { return Ok(None) };
    let actor = whom.actor(open.subject_id, press.who.account());
    let act = async |input: &dyn AnyInput| {
        let key = id.to_string();
        perform_in(tx, &actor, &Request { number: &open.number, version: None, key: &key, input }).await
    };
    if let Err(Error::Problem(problem)) = act(&whom.press_again()).await {
        tracing::error!(number = open.number, %problem, "a press did not fit its call, so it is one of its own");
        return Ok(None);
    }
    let words = whom.words(&press.body);
    if words.is_some() || press.body.callback.is_some() {
        let _ = act(&TellMore { words, callback: press.body.callback.clone() }).await?;
    }
    if let Some(fix) = press.body.fix {
        let _ = act(&fix).await?;
    }
    keep(tx, press, whom.source, id, open.id).await?;
    Ok(Some(Raised { number: open.number, case: open.id, press: id, again: true }))
}

/// Keeps the press: what a repeated one is answered from.
async fn keep(tx: &Tx, press: &Press, source: Source, id: PressId, case: CaseId) -> Result<()> {
    tx.run(
        "WITH used AS (UPDATE care_device SET used_at = huimin_now() WHERE id = $5)
         INSERT INTO care_press (id, case_id, secret_hash, source, device_id, account_id) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            id.into(),
            case.into(),
            secret_hash(&press.body.secret).into(),
            source.code().into(),
            press.who.device().into(),
            press.who.account().into(),
        ],
    )
    .await?;
    Ok(())
}

/// The first press of a call.
async fn first(tx: &Tx, press: &Press, mut whom: Whom, id: PressId) -> Result<Raised> {
    let body = &press.body;
    let centre = centre::of(tx, whom.person, body.fix.as_ref()).await?;
    let (subject, key) = match (whom.person, whom.key.take()) {
        (Some(person), Some(key)) => (person, key),
        _ => unknown(tx).await?,
    };
    let opening = Opening {
        flow: &SOS,
        title_zh: text::case_title(Lang::Zh),
        title_en: text::case_title(Lang::En),
        subject,
        organisation: centre.id,
        effect: Effect { facts: whom.facts()?, ..Effect::default() },
    };
    let case = open(tx, &whom.actor(subject, press.who.account()), opening).await?;
    write_call(tx, &case, &key, &whom, body, centre.policy).await?;
    keep(tx, press, whom.source, id, case.id).await?;
    metrics::counter!("huimin_calls_raised_total", "source" => whom.source.code()).increment(1);
    Ok(Raised { number: case.number, case: case.id, press: id, again: false })
}

/// The care side of a fresh call: the engine takes its first step at once.
async fn write_call(tx: &Tx, case: &CaseRow, key: &PersonKey, whom: &Whom, body: &PressBody, policy: PolicyId) -> Result<()> {
    let seal = |context: &str, text: &Option<String>| text.as_ref().map(|t| key.seal(context, case.id, t.as_bytes())).transpose();
    let place = body.fix.map(|fix| key.seal_json("care_call.place", case.id, &fix)).transpose()?;
    tx.run(
        "INSERT INTO care_call (case_id, known, callback, callback_index, words, place, placed_at, raised_at, policy_id, next_step_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8)",
        [
            case.id.into(),
            whom.person.is_some().into(),
            seal("care_call.callback", &whom.callback)?.into(),
            whom.callback_index.clone().into(),
            seal("care_call.words", &whom.words(body))?.into(),
            place.into(),
            body.fix.map(|fix| crate::care::intake::caller_actions::stored_moment(fix.taken_at)).into(),
            case.opened_at.into(),
            policy.into(),
        ],
    )
    .await?;
    Ok(())
}
