//! What a caller does with their call after the press: follow it, say where they are, tell more, take it back, say that
//! they are well. Whoever holds the secret of a press may do so for its call, a device for its person's, and whoever is
//! signed in for their own or of whom they act for.

use crate::care::intake::{
    call_status::{self, CallRow},
    raise::{Caller, ids, secret_hash},
};
use crate::{
    AppState,
    account::actor::{Actor, Task},
    cases::{Request, perform_in},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    care::{
        geo::Fix,
        life::{CANCEL_SECONDS, RINGING},
        press::{CallStatus, PressKey},
    },
    ids::{CaseId, PersonId},
};
use shared::{
    care::actions::{CancelPress, SayFine, TellMore},
    cases::ActionInput,
};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Whose call somebody means.
#[derive(Clone, Debug)]
pub struct Ask {
    /// A press of it, with its secret.
    pub key: Option<PressKey>,
    /// Its number; none: the newest of theirs.
    pub number: Option<String>,
    /// Who asks.
    pub who: Caller,
}

/// A call that is the asker's to act on.
struct Found {
    call: CallRow,
    actor: Actor,
    /// Whether they may take the press back at all: it is the person's own call, or theirs is its only press.
    may_cancel: bool,
}

impl Found {
    /// Whether help goes to where whoever asks is. Of a call for nobody known, they are all that is known.
    fn own(&self, ask: &Ask) -> bool {
        !self.call.known || ask.who.is(self.call.subject_id)
    }

    /// Seconds in which it can still be taken back.
    fn cancel_left(&self) -> i64 {
        let left = CANCEL_SECONDS - self.call.age_seconds;
        if self.may_cancel && self.call.state == RINGING.0 { left.max(0) } else { 0 }
    }
}

/// How the call stands.
///
/// # Errors
/// [`Problem::NotFound`] when there is none, or it is not theirs.
pub async fn status(city: &AppState, ask: &Ask) -> Result<CallStatus> {
    let tx = begin(city, ask).await?;
    let found = find(&tx, ask).await?;
    call_status::told(&tx, &found.call, found.own(ask), found.cancel_left()).await
}

/// Adds where the caller is. A call that has ended takes no more, and that is no fault of the caller's.
///
/// # Errors
/// As [`status`].
pub async fn locate(city: &AppState, ask: &Ask, fix: Option<Fix>) -> Result<CallStatus> {
    add(city, ask, fix.as_ref()).await
}

/// Adds a number to call back, or words.
///
/// # Errors
/// As [`status`].
pub async fn tell_more(city: &AppState, ask: &Ask, callback: Option<String>, words: Option<String>) -> Result<CallStatus> {
    let any = callback.is_some() || words.is_some();
    add(city, ask, any.then_some(&TellMore { callback, words })).await
}

/// Takes the press back, within [`CANCEL_SECONDS`] of it; later, or once somebody has answered, it says that the caller
/// is well, for whoever answers to judge.
///
/// # Errors
/// As [`status`].
pub async fn cancel(city: &AppState, ask: &Ask) -> Result<CallStatus> {
    let tx = begin(city, ask).await?;
    let found = find(&tx, ask).await?;
    let taken_back = found.cancel_left() > 0 && act(&tx, &found, &CancelPress {}).await?;
    if !taken_back {
        act(&tx, &found, &SayFine {}).await?;
    }
    finish(tx, ask).await
}

/// Says that the caller is well; nothing else changes.
///
/// # Errors
/// As [`status`].
pub async fn say_fine(city: &AppState, ask: &Ask) -> Result<CallStatus> {
    add(city, ask, Some(&SayFine {})).await
}

async fn add<I: ActionInput>(city: &AppState, ask: &Ask, input: Option<&I>) -> Result<CallStatus> {
    let tx = begin(city, ask).await?;
    let found = find(&tx, ask).await?;
    if let Some(input) = input {
        act(&tx, &found, input).await?;
    }
    finish(tx, ask).await
}

async fn begin(city: &AppState, ask: &Ask) -> Result<Tx> {
    let account = ask.who.account();
    city.for_emergency().store.write(&Actor { account, task: Some(Task::Emergency), ..Actor::default() }).await
}

/// How the call stands afterwards, once it is durable.
async fn finish(tx: Tx, ask: &Ask) -> Result<CallStatus> {
    let found = find(&tx, ask).await?;
    let status = call_status::told(&tx, &found.call, found.own(ask), found.cancel_left()).await?;
    tx.commit().await?;
    Ok(status)
}

/// Acts if the call still allows it; says whether it did.
async fn act<I: ActionInput>(tx: &Tx, found: &Found, input: &I) -> Result<bool> {
    let key = Uuid::new_v4().to_string();
    let request = Request { number: &found.call.number, version: None, key: &key, input };
    match perform_in(tx, &found.actor, &request).await {
        Ok(_) => Ok(true),
        Err(Error::Problem(Problem::Conflict { .. } | Problem::Forbidden)) => Ok(false),
        Err(other) => Err(other),
    }
}

async fn find(tx: &Tx, ask: &Ask) -> Result<Found> {
    let account = ask.who.account();
    if let Some(key) = &ask.key
        && let Some((case, alone)) = by_press(tx, key).await?
    {
        let call = call_status::call_of(tx, case).await?.ok_or(Problem::NotFound)?;
        let own = ask.who.person() == Some(call.subject_id);
        let actor = Actor::caller(call.subject_id, account);
        return Ok(Found { may_cancel: own || (alone && call.case_id == case), call, actor });
    }
    let person = ask.who.person().ok_or(Problem::NotFound)?;
    let case = by_person(tx, person, ask.number.as_deref()).await?.ok_or(Problem::NotFound)?;
    let call = call_status::call_of(tx, case).await?.ok_or(Problem::NotFound)?;
    let actor = Actor::caller(call.subject_id, account);
    Ok(Found { may_cancel: call.subject_id == person, call, actor })
}

/// The case of a press, and whether nobody else pressed for it.
async fn by_press(tx: &Tx, key: &PressKey) -> Result<Option<(CaseId, bool)>> {
    #[derive(FromQueryResult)]
    struct Row {
        case_id: CaseId,
        secret_hash: Vec<u8>,
        alone: bool,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT p.case_id, p.secret_hash,
                    NOT EXISTS (SELECT FROM care_press o WHERE o.case_id = p.case_id AND o.secret_hash <> p.secret_hash) AS alone
               FROM care_press p WHERE p.id = ANY($1) AND p.case_id IS NOT NULL",
            [ids(key.id, &key.secret).to_vec().into()],
        )
        .await?;
    let hash = secret_hash(&key.secret);
    Ok(rows.into_iter().find(|row| hash.ct_eq(&row.secret_hash).into()).map(|row| (row.case_id, row.alone)))
}

/// A call of a person by its number, or their newest, one that is open first.
async fn by_person(tx: &Tx, person: PersonId, number: Option<&str>) -> Result<Option<CaseId>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: CaseId,
    }
    let row: Option<Row> = tx
        .one(
            "SELECT id FROM cases WHERE subject_id = $1 AND kind = 'sos' AND ($2::text IS NULL OR number = $2)
              ORDER BY closed_at IS NULL DESC, id DESC LIMIT 1",
            [person.into(), number.into()],
        )
        .await?;
    Ok(row.map(|r| r.id))
}
