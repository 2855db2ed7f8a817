//! How a call stands, as its caller, the person it is for and the family follow it.

use crate::care::intake::caller_actions::key_of;
use crate::{
    Store,
    account::actor::{Actor, Task},
    cases::CaseRow,
    error::{Error, Result},
    store::{Tx, moment},
    vault::PersonKey,
};
use sea_orm::FromQueryResult;
use shared::{
    Problem,
    care::{
        geo::{Fix, distance_m},
        life::{ANSWER, ANSWERED, DISPATCHED, ON_SCENE, RINGING, SOS},
        press::{CallStatus, Coming, Phase},
    },
    cases::Party,
    ids::{CaseId, ContactId, PersonId},
};
use time::OffsetDateTime;

/// A responder's place older than this says nothing of where they are, in minutes (design: 30).
const STALE_MINUTES: i64 = 30;
/// How many calls a list shows.
const MOST: i64 = 20;

/// A call as it stands: the one that another was merged into, where it was.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct CallRow {
    pub(crate) case_id: CaseId,
    pub(crate) number: String,
    pub(crate) subject_id: PersonId,
    pub(crate) state: String,
    /// Seconds since it was raised.
    pub(crate) age_seconds: i64,
    raised_at: OffsetDateTime,
    centre_zh: String,
    centre_en: String,
    answered_by: Option<String>,
    answered_by_family: bool,
    pub(crate) known: bool,
    called_back: bool,
    place: Option<Vec<u8>>,
    fine: bool,
}

/// The call of a case, or the one it was merged into.
pub(crate) async fn call_of(tx: &Tx, case: CaseId) -> Result<Option<CallRow>> {
    tx.one(
        "SELECT t.id AS case_id, t.number, t.subject_id, t.state, floor(extract(epoch FROM huimin_now() - k.raised_at))::bigint AS age_seconds,
                k.raised_at, o.name_zh AS centre_zh, o.name_en AS centre_en, huimin_staff_name(t.assignee_id) AS answered_by,
                EXISTS (SELECT FROM care_contact f WHERE f.person_id = t.subject_id AND f.account_id = t.assignee_id) AS answered_by_family,
                k.known, k.callback IS NOT NULL AS called_back, k.place, k.fine_at IS NOT NULL AS fine
           FROM cases c JOIN care_call h ON h.case_id = c.id
           JOIN cases t ON t.id = coalesce(h.merged_into, c.id) JOIN care_call k ON k.case_id = t.id
           JOIN organisation o ON o.id = t.organisation_id
          WHERE c.id = $1",
        [case.into()],
    )
    .await
}

fn phase(state: &str) -> Phase {
    [(RINGING, Phase::Ringing), (ANSWERED, Phase::Answered), (DISPATCHED, Phase::Dispatched), (ON_SCENE, Phase::OnScene)]
        .into_iter()
        .find_map(|(known, phase)| (known.0 == state).then_some(phase))
        .unwrap_or(Phase::Ended)
}

/// What whoever follows it is told: at most five statements.
pub(crate) async fn told(tx: &Tx, call: &CallRow, own: bool, cancel_left: i64) -> Result<CallStatus> {
    let phase = phase(&call.state);
    let answered = phase != Phase::Ringing && phase != Phase::Ended;
    Ok(CallStatus {
        number: call.number.clone(),
        phase,
        state: call.state.clone(),
        raised_at: moment(call.raised_at),
        centre_zh: call.centre_zh.clone(),
        centre_en: call.centre_en.clone(),
        calling: if phase == Phase::Ringing { calling(tx, call.case_id).await? } else { Vec::new() },
        answered_by: call.answered_by.clone().filter(|_| answered),
        answered_by_family: call.answered_by_family && answered,
        coming: if answered { coming(tx, call).await? } else { Vec::new() },
        cancel_left,
        fine: call.fine,
        placed: call.place.is_some(),
        own,
        reachable: call.known || call.called_back,
    })
}

/// Whom the last step of the escalation calls.
async fn calling(tx: &Tx, case: CaseId) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Row {
        target: String,
    }
    let rows: Vec<Row> = tx
        .all(
            "SELECT DISTINCT target FROM care_page WHERE case_id = $1
                AND (round, step) = (SELECT round, step FROM care_page WHERE case_id = $1 ORDER BY id DESC LIMIT 1) ORDER BY target",
            [case.into()],
        )
        .await?;
    Ok(rows.into_iter().map(|r| r.target).collect())
}

#[derive(FromQueryResult)]
struct ComingRow {
    name: Option<String>,
    mode: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    age_minutes: Option<i64>,
    distance_m: Option<f64>,
    set_out: bool,
    arrived: bool,
}

/// Who goes, and how far they are from the caller; from the caller's home, while it is not known where they are.
async fn coming(tx: &Tx, call: &CallRow) -> Result<Vec<Coming>> {
    let rows: Vec<ComingRow> = tx
        .all(
            "SELECT huimin_staff_name(o.responder_id) AS name, r.mode, r.latitude, r.longitude, o.distance_m,
                    floor(extract(epoch FROM huimin_now() - r.located_at) / 60)::bigint AS age_minutes,
                    o.set_out_at IS NOT NULL AS set_out, o.arrived_at IS NOT NULL AS arrived
               FROM care_offer o LEFT JOIN care_responder r ON r.account_id = o.responder_id
              WHERE o.case_id = $1 AND o.accepted_at IS NOT NULL AND o.withdrawn_at IS NULL AND o.done_at IS NULL
              ORDER BY o.arrived_at NULLS LAST, o.accepted_at",
            [call.case_id.into()],
        )
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = key_of(tx, call.subject_id).await?;
    let placed = key.as_ref().and_then(|key| place(key, call));
    let there = match placed {
        Some(place) => Some(place),
        None => crate::care::people::profile::card_of(tx, call.subject_id).await?.and_then(|profile| profile.home),
    };
    let away = |row: &ComingRow| {
        let fresh = row.age_minutes.is_some_and(|age| age < STALE_MINUTES);
        let (at, there) = (row.latitude.zip(row.longitude)?, there.as_ref()?);
        fresh.then(|| distance_m(at, (there.lat, there.lon)))
    };
    Ok(rows
        .into_iter()
        .map(|row| Coming {
            distance_m: away(&row).or(row.distance_m),
            name: row.name,
            mode: row.mode.unwrap_or_default(),
            set_out: row.set_out,
            arrived: row.arrived,
        })
        .collect())
}

fn place(key: &PersonKey, call: &CallRow) -> Option<Fix> {
    key.open_json("care_call.place", call.case_id, call.place.as_ref()?).ok()
}

/// As what somebody follows a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follower {
    /// It is theirs, or of whom they act for.
    Own,
    /// Called to help, or told of it: a family contact, a medic.
    Helper,
}

/// Something that happened, as those outside the centre may know it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Happened {
    /// When.
    pub at: OffsetDateTime,
    /// What was done, as stored.
    pub action: String,
    /// As what they acted.
    pub actor_kind: String,
    /// How the member of staff is named.
    pub actor_name: Option<String>,
    /// The state before.
    pub from_state: String,
    /// The state after.
    pub to_state: String,
}

/// A call for whoever follows it.
#[derive(Clone, Debug)]
pub struct Followed {
    /// How it stands.
    pub status: CallStatus,
    /// As what they see it.
    pub follower: Follower,
    /// The name of the person it is for; empty for nobody known.
    pub name: String,
    /// What the caller wrote.
    pub words: Option<String>,
    /// Where the caller is, as far as is known.
    pub place: Option<Fix>,
    /// Where the person lives, for whoever was called to help and has taken it, while it is open.
    pub address: Option<String>,
    /// Whether they may take it now.
    pub may_answer: bool,
    /// What happened, the first first.
    pub timeline: Vec<Happened>,
}

/// The page of a call for its person, who acts for them, and those who were called to help.
///
/// # Errors
/// [`Problem::NotFound`] when it is not there or not theirs to see.
pub async fn call_page(store: &Store, actor: &Actor, number: &str) -> Result<Followed> {
    let tx = store.snapshot(actor).await?;
    let case = crate::cases::find(&tx, actor, number).await?;
    if case.kind != SOS.kind {
        return Err(Problem::NotFound.into());
    }
    let own = tx.gate.is_party(Party::Applicant, actor, case.of());
    if !own
        && (!tx.gate.is_party(Party::Helper, actor, case.of())
            || !crate::care::response::offers::still_helps(&tx, case.id).await?)
    {
        return Err(Problem::NotFound.into());
    }
    let allowed = crate::cases::allowed(&tx, actor, &case).await?;
    drop(tx);
    // Who answers for it and who comes is told by name, which only the system may look up for somebody outside.
    let tx = store.read(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let call = call_of(&tx, case.id).await?.ok_or(Problem::NotFound)?;
    let key = key_of(&tx, call.subject_id).await?;
    let helper = !own && case.closed_at.is_none();
    // Whoever was only told has not been asked to answer.
    let asked = match actor.account {
        Some(account) if helper => crate::care::dispatch::answer::rang_at(&tx, case.id, account).await?,
        _ => false,
    };
    let has_it = helper && case.assignee_id == actor.account;
    let profile = if has_it { crate::care::people::profile::card_of(&tx, case.subject_id).await? } else { None };
    Ok(Followed {
        status: told(&tx, &call, actor.acting_for.is_none() && actor.person == Some(case.subject_id), 0).await?,
        follower: if own { Follower::Own } else { Follower::Helper },
        name: name_of(&tx, case.subject_id).await?,
        words: words(&tx, key.as_ref(), call.case_id).await?,
        place: key.as_ref().and_then(|key| place(key, &call)),
        address: profile.map(|p| p.address).filter(|a| !a.is_empty()),
        may_answer: asked && allowed.iter().any(|s| s.action == ANSWER),
        timeline: happened(&tx, &case).await?,
    })
}

pub(crate) async fn name_of(tx: &Tx, person: PersonId) -> Result<String> {
    #[derive(FromQueryResult)]
    struct Row {
        name_sealed: Vec<u8>,
    }
    let row: Option<Row> = tx.one("SELECT name_sealed FROM person WHERE id = $1", [person.into()]).await?;
    Ok(row.map(|r| tx.vault.open_text("person.name", person, &r.name_sealed)).transpose()?.unwrap_or_default())
}

async fn words(tx: &Tx, key: Option<&PersonKey>, case: CaseId) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct Row {
        words: Option<Vec<u8>>,
    }
    let row: Option<Row> = tx.one("SELECT words FROM care_call WHERE case_id = $1", [case.into()]).await?;
    let (Some(key), Some(sealed)) = (key, row.and_then(|r| r.words)) else { return Ok(None) };
    let bytes = key.open("care_call.words", case, &sealed)?;
    Ok(Some(String::from_utf8(bytes).map_err(|_| Error::Broken("words that do not read".to_owned()))?))
}

/// What happened, without what stays in the centre and without its content.
async fn happened(tx: &Tx, case: &CaseRow) -> Result<Vec<Happened>> {
    let flow = case.flow(tx)?;
    let rows: Vec<Happened> = tx
        .all(
            "SELECT at, action, actor_kind, from_state, to_state,
                    CASE WHEN actor_kind NOT IN ('applicant', 'delegate', 'caller', 'system') THEN huimin_staff_name(actor_id) END AS actor_name
               FROM event WHERE case_id = $1 ORDER BY seq",
            [case.id.into()],
        )
        .await?;
    Ok(rows.into_iter().filter(|row| !flow.is_internal(&row.from_state, &row.action)).collect())
}

/// A call in a list.
#[derive(Clone, Debug, FromQueryResult)]
pub struct CallLine {
    /// Its number.
    pub number: String,
    /// Its state, as stored.
    pub state: String,
    /// When it was raised.
    pub opened_at: OffsetDateTime,
    /// Whether it has ended.
    pub closed: bool,
}

/// The newest calls of the person the actor acts as.
///
/// # Errors
/// [`Problem::SignInFirst`], [`Problem::RealNameFirst`].
pub async fn calls(store: &Store, actor: &Actor) -> Result<Vec<CallLine>> {
    let subject = actor.subject()?;
    store
        .read(actor)
        .await?
        .all(
            "SELECT number, state, opened_at, closed_at IS NOT NULL AS closed FROM cases
              WHERE subject_id = $1 AND kind = 'sos' ORDER BY id DESC LIMIT $2",
            [subject.into(), MOST.into()],
        )
        .await
}

/// Somebody for whom the account is a contact.
#[derive(Clone, Debug)]
pub struct Cared {
    /// The contact's row, as [`crate::care::people::contacts::stop_following`] takes it; none for who is acted for by mandate.
    pub contact: Option<ContactId>,
    /// The person.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// A call of theirs that is open and that the account may follow.
    pub call: Option<String>,
}

/// Those for whom the signed-in account may call: by mandate, or as one of their contacts.
///
/// # Errors
/// [`Problem::SignInFirst`].
pub async fn may_call_for(store: &Store, actor: &Actor) -> Result<Vec<Cared>> {
    #[derive(FromQueryResult)]
    struct Row {
        contact: Option<ContactId>,
        person_id: PersonId,
        name_sealed: Vec<u8>,
        number: Option<String>,
    }
    let account = actor.signed_in()?;
    // Their names are nobody's to see but by the two relations that the query itself demands.
    let tx = store.read(&Actor { task: Some(Task::Emergency), ..actor.clone() }).await?;
    let rows: Vec<Row> = tx
        .all(
            "SELECT w.contact, w.person_id, p.name_sealed,
                    (SELECT c.number FROM cases c WHERE c.subject_id = w.person_id AND c.kind = 'sos' AND c.closed_at IS NULL
                        AND ($1 = ANY(c.helpers) OR w.mandated) ORDER BY c.id DESC LIMIT 1) AS number
               FROM (SELECT DISTINCT ON (person_id) person_id, contact, bool_or(mandated) OVER (PARTITION BY person_id) AS mandated FROM (
                        SELECT person_id, NULL::uuid AS contact, true AS mandated FROM mandate WHERE account_id = $1 AND confirmed_at IS NOT NULL
                           AND revoked_at IS NULL AND ends_on >= huimin_today()
                        UNION ALL SELECT person_id, id, false FROM care_contact WHERE account_id = $1) r
                     ORDER BY person_id, contact NULLS LAST) w
               JOIN person p ON p.id = w.person_id
              WHERE p.erased_at IS NULL AND w.person_id IS DISTINCT FROM $2 ORDER BY w.person_id LIMIT $3",
            [account.into(), actor.person.into(), MOST.into()],
        )
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Cared {
                contact: row.contact,
                person: row.person_id,
                name: tx.vault.open_text("person.name", row.person_id, &row.name_sealed)?,
                call: row.number,
            })
        })
        .collect()
}
