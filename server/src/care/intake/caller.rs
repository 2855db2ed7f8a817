//! Follow-up by the caller after a press: status, location, more information, cancelling, reporting to be well. The holder
//! of a press's secret may do this for its call, a device for the calls of its person, and a signed-in resident for their
//! own calls and those of the person they act for.

use super::{
    call_status::{self, CallRow},
    press::{Caller, possible_ids, secret_hash},
};
use crate::{
    AppState,
    access::actor::{Actor, Task},
    cases::{Request, perform_in},
    error::{Error, Result},
    store::Tx,
};
use sea_orm::{FromQueryResult, raw_sql};
use shared::{
    Problem,
    care::{
        actions::{CancelPress, SayFine, TellMore},
        geo::Fix,
        life::{CANCEL_SECONDS, CallState},
        press::{CallStatus, PressKey},
    },
    cases::ActionInput,
    ids::{CaseId, PersonId},
};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The call that a request names, and its caller.
#[derive(Clone, Debug)]
pub struct CallQuery {
    /// A press of it, with its secret.
    pub key: Option<PressKey>,
    /// Its number; none: the newest call of the person.
    pub number: Option<String>,
    /// The caller.
    pub who: Caller,
}

/// A call that the caller may act on.
struct FoundCall {
    call: CallRow,
    actor: Actor,
    /// Whether the caller may cancel the press at all: it is the person's own call, or their press is its only one.
    may_cancel: bool,
}

impl FoundCall {
    /// Whether help goes to where the caller is. Of a call for an unknown person, the caller is all that is known.
    fn is_own(&self, query: &CallQuery) -> bool {
        !self.call.known || query.who.is(self.call.subject_id)
    }

    /// Seconds in which the press can still be cancelled.
    fn cancel_left(&self) -> i64 {
        let left = CANCEL_SECONDS - self.call.age_seconds;
        if self.may_cancel && self.call.state == CallState::Ringing { left.max(0) } else { 0 }
    }

    async fn to_view(&self, tx: &Tx, query: &CallQuery) -> Result<CallStatus> {
        call_status::to_view(tx, &self.call, self.is_own(query), self.cancel_left()).await
    }
}

/// The status of the call.
///
/// # Errors
/// [`Problem::NotFound`] when there is none, or the caller may not act on it.
pub async fn status(state: &AppState, query: &CallQuery) -> Result<CallStatus> {
    let tx = begin(state, query).await?;
    find(&tx, query).await?.to_view(&tx, query).await
}

/// Adds the caller's location. A call that has ended ignores it without an error.
///
/// # Errors
/// As [`status`].
pub async fn locate(state: &AppState, query: &CallQuery, fix: Option<Fix>) -> Result<CallStatus> {
    act_and_view(state, query, fix.as_ref()).await
}

/// Adds a call-back number, or words.
///
/// # Errors
/// As [`status`].
pub async fn tell_more(
    state: &AppState,
    query: &CallQuery,
    callback: Option<String>,
    words: Option<String>,
) -> Result<CallStatus> {
    let given = callback.is_some() || words.is_some();
    act_and_view(state, query, given.then_some(&TellMore { callback, words })).await
}

/// Cancels the press within [`CANCEL_SECONDS`] of it. Later, or once the call was answered, it reports that the caller is
/// well, and the dispatcher decides.
///
/// # Errors
/// As [`status`].
pub async fn cancel(state: &AppState, query: &CallQuery) -> Result<CallStatus> {
    let tx = begin(state, query).await?;
    let found = find(&tx, query).await?;
    let cancelled = found.cancel_left() > 0 && act(&tx, &found, &CancelPress {}).await?;
    if !cancelled {
        act(&tx, &found, &SayFine {}).await?;
    }
    commit_and_view(tx, query).await
}

/// Reports that the caller is well; nothing else changes.
///
/// # Errors
/// As [`status`].
pub async fn say_fine(state: &AppState, query: &CallQuery) -> Result<CallStatus> {
    act_and_view(state, query, Some(&SayFine {})).await
}

async fn act_and_view<I: ActionInput>(state: &AppState, query: &CallQuery, input: Option<&I>) -> Result<CallStatus> {
    let tx = begin(state, query).await?;
    let found = find(&tx, query).await?;
    if let Some(input) = input {
        act(&tx, &found, input).await?;
    }
    commit_and_view(tx, query).await
}

async fn begin(state: &AppState, query: &CallQuery) -> Result<Tx> {
    let account = query.who.account();
    state.for_emergency().store.write(&Actor { account, task: Some(Task::Emergency), ..Actor::default() }).await
}

/// Commits, and returns the status after the change.
async fn commit_and_view(tx: Tx, query: &CallQuery) -> Result<CallStatus> {
    let status = find(&tx, query).await?.to_view(&tx, query).await?;
    tx.commit().await?;
    Ok(status)
}

/// Performs an action if the call still allows it, and returns whether it did.
async fn act<I: ActionInput>(tx: &Tx, found: &FoundCall, input: &I) -> Result<bool> {
    let key = Uuid::new_v4().to_string();
    let request = Request { number: &found.call.number, version: None, key: &key, input };
    match perform_in(tx, &found.actor, &request).await {
        Ok(_) => Ok(true),
        Err(Error::Problem(Problem::Conflict { .. } | Problem::Forbidden)) => Ok(false),
        Err(other) => Err(other),
    }
}

async fn find(tx: &Tx, query: &CallQuery) -> Result<FoundCall> {
    let account = query.who.account();
    if let Some(key) = &query.key
        && let Some((case, is_only_press)) = find_by_press(tx, key).await?
    {
        let call = call_status::find_call(tx, case).await?.ok_or(Problem::NotFound)?;
        let own = query.who.person() == Some(call.subject_id);
        let actor = Actor::caller(call.subject_id, account);
        return Ok(FoundCall { may_cancel: own || (is_only_press && call.case_id == case), call, actor });
    }
    let person = query.who.person().ok_or(Problem::NotFound)?;
    let case = find_by_person(tx, person, query.number.as_deref()).await?.ok_or(Problem::NotFound)?;
    let call = call_status::find_call(tx, case).await?.ok_or(Problem::NotFound)?;
    let actor = Actor::caller(call.subject_id, account);
    Ok(FoundCall { may_cancel: call.subject_id == person, call, actor })
}

/// The case of a press, and whether every press of that case has the same secret.
async fn find_by_press(tx: &Tx, key: &PressKey) -> Result<Option<(CaseId, bool)>> {
    #[derive(FromQueryResult)]
    struct PressRow {
        case_id: CaseId,
        secret_hash: Vec<u8>,
        is_only_press: bool,
    }
    let ids = possible_ids(key.id, &key.secret).to_vec();
    let rows: Vec<PressRow> = tx
        .fetch_all(raw_sql!(
            Postgres,
            "SELECT p.case_id, p.secret_hash,
                    NOT EXISTS (SELECT FROM care_press o WHERE o.case_id = p.case_id AND o.secret_hash <> p.secret_hash) AS is_only_press
               FROM care_press p WHERE p.id = ANY({ids}) AND p.case_id IS NOT NULL"
        ))
        .await?;
    let hash = secret_hash(&key.secret);
    Ok(rows.into_iter().find(|row| hash.ct_eq(&row.secret_hash).into()).map(|row| (row.case_id, row.is_only_press)))
}

/// A call of a person by its number, or their newest, open ones first.
async fn find_by_person(tx: &Tx, person: PersonId, number: Option<&str>) -> Result<Option<CaseId>> {
    tx.fetch_value(raw_sql!(
        Postgres,
        "SELECT id FROM cases WHERE subject_id = {person} AND kind = 'sos' AND ({number}::text IS NULL OR number = {number})
          ORDER BY closed_at IS NULL DESC, id DESC LIMIT 1"
    ))
    .await
}
