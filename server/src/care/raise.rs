//! Raising a call for help: one transaction, never refused.
//!
//! A press has a client-made id and a secret. The same two again are the same press, with the same answer; the same id
//! with another secret is somebody else's press and gets an id of its own. Presses of one person while a call is open
//! are the same call, and so are presses of nobody known with the same number to call back. What is acknowledged is
//! durable: the row in `care_press` is the answer that a repeated press gets.

use super::{
    centre,
    credential::{Device, DeviceKind},
};
use crate::{
    City,
    account::actor::{Actor, Task},
    cases::{CaseRow, Effect, Opening, Request, open, perform_in},
    error::{Error, Result, sqlstate},
    store::Tx,
    vault::{PersonKey, sha256},
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use shared::{
    Lang,
    care::{
        life::{LOCATE, PRESS_AGAIN, SOS, TELL_MORE},
        press::{PressBody, Source},
    },
    texts::care_press as text,
};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Who presses.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Whoever is signed in, for themself or for whom they act.
    Signed(Actor),
    /// A browser without a session that holds a credential.
    Browser {
        /// Which.
        device: Device,
    },
    /// A button on a wrist.
    Button {
        /// Which.
        device: Device,
    },
    /// Nobody known.
    Anonymous,
}

impl Caller {
    /// The account behind it.
    #[must_use]
    pub fn account(&self) -> Option<Uuid> {
        match self {
            Self::Signed(actor) => actor.account,
            Self::Browser { device } | Self::Button { device } => device.account,
            Self::Anonymous => None,
        }
    }

    /// The person whose calls are theirs.
    #[must_use]
    pub fn person(&self) -> Option<Uuid> {
        match self {
            Self::Signed(actor) => actor.acting_for.or(actor.person),
            Self::Browser { device } | Self::Button { device } => Some(device.person),
            Self::Anonymous => None,
        }
    }

    /// Whether they are this person, and not somebody who acts for them.
    #[must_use]
    pub fn is(&self, person: Uuid) -> bool {
        match self {
            Self::Signed(actor) => actor.acting_for.is_none() && actor.person == Some(person),
            Self::Browser { device } | Self::Button { device } => device.person == person,
            Self::Anonymous => false,
        }
    }

    fn device(&self) -> Option<Uuid> {
        match self {
            Self::Browser { device } | Self::Button { device } => Some(device.id),
            Self::Signed(_) | Self::Anonymous => None,
        }
    }

    /// A caller by a device's credential.
    #[must_use]
    pub fn by(device: Device) -> Self {
        match device.kind {
            DeviceKind::Browser => Self::Browser { device },
            DeviceKind::Button => Self::Button { device },
        }
    }
}

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
    pub case: Uuid,
    /// The press, as it is kept: another id than was sent where that was somebody else's.
    pub press: Uuid,
    /// Whether it belongs to a call that was there before.
    pub again: bool,
}

/// The hash under which the secret of a press is kept.
pub(super) fn secret_hash(secret: &str) -> Vec<u8> {
    sha256(&[b"huimin.press", secret.as_bytes()])
}

/// The ids under which a press can be kept: its own, and the one it gets where that is taken by another secret. The
/// second follows from both, so that repeating finds it again.
pub(super) fn ids(id: Uuid, secret: &str) -> [Uuid; 2] {
    let digest = sha256(&[b"huimin.press.id", id.as_bytes(), secret.as_bytes()]);
    let other = digest.first_chunk::<16>().map_or(id, |bytes| uuid::Builder::from_custom_bytes(*bytes).into_uuid());
    [id, other]
}

/// What lost a race against another press, and is right the next time.
const RACES: &[&str] = &["23505", "40001", "40P01", "55P03"];

/// Raises a call, or finds the one it belongs to.
///
/// # Errors
/// Only when the store does not answer: nothing that a press says or lacks makes it fail.
pub async fn raise(city: &City, press: Press) -> Result<Raised> {
    match attempt(city, &press).await {
        Err(Error::Store(error)) if sqlstate(&error).is_some_and(|code| RACES.contains(&code.as_str())) => {
            attempt(city, &press).await
        }
        done => done,
    }
}

async fn attempt(city: &City, press: &Press) -> Result<Raised> {
    let account = press.who.account();
    let tx = city.emergency().store.write(&Actor { account, task: Some(Task::Emergency), ..Actor::default() }).await?;
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

/// For whom somebody presses, and how to reach them.
struct Whom {
    /// None: nobody known.
    person: Option<Uuid>,
    key: Option<PersonKey>,
    source: Source,
    callback: Option<String>,
    callback_index: Option<Vec<u8>>,
    /// Pressed for somebody for whom it could not be confirmed that they may.
    unclear: bool,
    /// What presses of the same call have in common.
    lock: String,
}

/// What the store knows of whoever it is wanted for, and of whoever presses.
#[derive(Default, FromQueryResult)]
struct Facts {
    known: bool,
    /// The key of whoever it is wanted for; none while they have none.
    key_sealed: Option<Vec<u8>>,
    may: bool,
    phone_sealed: Option<Vec<u8>>,
}

impl Facts {
    /// `by_account`: whether the account itself asks, and not a device of it, which calls for its person alone.
    async fn of(tx: &Tx, person: Option<Uuid>, account: Option<Uuid>, by_account: bool) -> Result<Self> {
        let facts: Option<Self> = tx
            .one(
                "SELECT EXISTS (SELECT FROM person p LEFT JOIN person_key k ON k.person_id = p.id
                          WHERE p.id = $1 AND p.erased_at IS NULL AND k.destroyed_at IS NULL) AS known,
                        (SELECT k.key_sealed FROM person_key k WHERE k.person_id = $1) AS key_sealed,
                        $3 AND (EXISTS (SELECT FROM mandate m WHERE m.account_id = $2 AND m.person_id = $1 AND m.confirmed_at IS NOT NULL
                              AND m.revoked_at IS NULL AND m.ends_on >= huimin_today())
                          OR EXISTS (SELECT FROM care_contact c WHERE c.account_id = $2 AND c.person_id = $1)) AS may,
                        (SELECT a.phone_sealed FROM account a WHERE a.id = $2) AS phone_sealed",
                [person.into(), account.into(), by_account.into()],
            )
            .await?;
        Ok(facts.unwrap_or_default())
    }
}

impl Whom {
    async fn of(tx: &Tx, press: &Press) -> Result<Self> {
        let (body, who) = (&press.body, &press.who);
        let account = who.account();
        let wanted = body.for_person.filter(|p| who.person() != Some(*p));
        let facts = match (wanted.or(who.person()), account) {
            (None, None) => Facts::default(),
            (person, account) => Facts::of(tx, person, account, matches!(who, Caller::Signed(_))).await?,
        };
        let honoured = wanted.filter(|_| facts.may && facts.known);
        let unclear = wanted.is_some() && honoured.is_none();
        // The facts are of whom it was wanted for; whoever presses is looked at anew if that came to nothing.
        let person = match (honoured, unclear, who.person()) {
            (Some(person), ..) => Some(person),
            (None, false, own) => own.filter(|_| facts.known),
            (None, true, Some(own)) => is_known(tx, own).await?.then_some(own),
            (None, true, None) => None,
        };
        let own_number = || match (account, &facts.phone_sealed) {
            (Some(account), Some(sealed)) => tx.vault.open_text("account.phone", account, sealed).ok(),
            _ => None,
        };
        let callback = body.callback.clone().or_else(own_number);
        let lock = match (person, account, &callback) {
            (Some(person), ..) => person.to_string(),
            (None, Some(account), _) => account.to_string(),
            (None, None, Some(number)) => hex::encode(tx.vault.index("phone", number)),
            (None, None, None) => body.id.to_string(),
        };
        let key = match (person, &facts.key_sealed) {
            (Some(person), Some(sealed)) if wanted.or(who.person()) == Some(person) => Some(tx.vault.person_key(person, sealed)?),
            (Some(person), _) => Some(tx.person_key(person).await?),
            (None, _) => None,
        };
        Ok(Self {
            key,
            person,
            source: source(who, honoured.is_some()),
            callback_index: callback.as_ref().map(|number| tx.vault.index("phone", number)),
            callback,
            unclear,
            lock,
        })
    }

    /// Whoever calls, as the one it is for.
    fn actor(&self, subject: Uuid, account: Option<Uuid>) -> Actor {
        let acting_for = (self.source == Source::Family).then_some(subject);
        Actor { acting_for, ..Actor::caller(subject, account) }
    }

    /// What may be known of the press without the person's key.
    fn facts(&self) -> serde_json::Map<String, Value> {
        let mut facts = serde_json::Map::new();
        facts.insert("source".to_owned(), self.source.code().into());
        if self.unclear {
            facts.insert("for_other".to_owned(), true.into());
        }
        facts
    }

    /// What the caller writes; with what must not be overlooked.
    fn words(&self, body: &PressBody) -> Option<String> {
        let unclear = self.unclear.then(|| text::for_other_unclear(Lang::Zh).to_owned());
        let words: Vec<String> = unclear.into_iter().chain(body.words.clone()).collect();
        (!words.is_empty()).then(|| words.join("\n"))
    }
}

async fn is_known(tx: &Tx, person: Uuid) -> Result<bool> {
    let there = tx
        .run(
            "SELECT FROM person p LEFT JOIN person_key k ON k.person_id = p.id
              WHERE p.id = $1 AND p.erased_at IS NULL AND k.destroyed_at IS NULL",
            [person.into()],
        )
        .await?;
    Ok(there > 0)
}

fn source(who: &Caller, for_other: bool) -> Source {
    match who {
        Caller::Signed(actor) if for_other || actor.acting_for.is_some() => Source::Family,
        Caller::Signed(_) => Source::Resident,
        Caller::Browser { .. } => Source::Browser,
        Caller::Button { .. } => Source::Button,
        Caller::Anonymous => Source::Anonymous,
    }
}

/// Whether this press was made before.
enum Before {
    Same(Raised),
    /// It is new, and kept under this id.
    New(Uuid),
}

async fn before(tx: &Tx, body: &PressBody) -> Result<Before> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        secret_hash: Vec<u8>,
        case_id: Option<Uuid>,
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
    Ok(Before::New(free.unwrap_or_else(Uuid::now_v7)))
}

/// Presses again for a call that is open, if there is one.
async fn again(tx: &Tx, press: &Press, whom: &Whom, id: Uuid) -> Result<Option<Raised>> {
    #[derive(FromQueryResult)]
    struct Row {
        id: Uuid,
        number: String,
        subject_id: Uuid,
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
    let act = async |action: &str, input: Value| {
        let key = id.to_string();
        perform_in(tx, &actor, &Request { number: &open.number, action, version: None, key: &key, input }).await
    };
    if let Err(Error::Problem(problem)) = act(PRESS_AGAIN.0, Value::Object(whom.facts())).await {
        tracing::error!(number = open.number, %problem, "a press did not fit its call, so it is one of its own");
        return Ok(None);
    }
    let words = whom.words(&press.body);
    if words.is_some() || press.body.callback.is_some() {
        let _ = act(TELL_MORE.0, json!({ "words": words, "callback": press.body.callback })).await?;
    }
    if let Some(fix) = press.body.fix {
        let _ = act(LOCATE.0, serde_json::to_value(fix)?).await?;
    }
    keep(tx, press, whom.source, id, open.id).await?;
    Ok(Some(Raised { number: open.number, case: open.id, press: id, again: true }))
}

/// Keeps the press: what a repeated one is answered from.
async fn keep(tx: &Tx, press: &Press, source: Source, id: Uuid, case: Uuid) -> Result<()> {
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

/// Somebody of whom nothing is known but that they call: found again by nobody.
async fn unknown(tx: &Tx) -> Result<(Uuid, PersonKey)> {
    let person = Uuid::now_v7();
    let sealed = tx.vault.new_person_key(person)?;
    tx.run(
        "WITH made AS (INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index) VALUES ($1, $2, $3, $4) RETURNING id)
         INSERT INTO person_key (person_id, key_sealed) SELECT id, $5 FROM made",
        [
            person.into(),
            tx.vault.seal("person.name", person, b"")?.into(),
            tx.vault.seal("person.resident_id", person, b"")?.into(),
            rand::random::<[u8; 32]>().to_vec().into(),
            sealed.clone().into(),
        ],
    )
    .await?;
    Ok((person, tx.vault.person_key(person, &sealed)?))
}

/// The first press of a call.
async fn first(tx: &Tx, press: &Press, mut whom: Whom, id: Uuid) -> Result<Raised> {
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
        effect: Effect { facts: whom.facts(), ..Effect::default() },
    };
    let case = open(tx, &whom.actor(subject, press.who.account()), opening).await?;
    write_call(tx, &case, &key, &whom, body, centre.policy).await?;
    keep(tx, press, whom.source, id, case.id).await?;
    metrics::counter!("huimin_calls_raised_total", "source" => whom.source.code()).increment(1);
    Ok(Raised { number: case.number, case: case.id, press: id, again: false })
}

/// The care side of a fresh call: the engine takes its first step at once.
async fn write_call(tx: &Tx, case: &CaseRow, key: &PersonKey, whom: &Whom, body: &PressBody, policy: Uuid) -> Result<()> {
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
            body.fix.map(|fix| super::heard::stored_moment(fix.taken_at)).into(),
            case.opened_at.into(),
            policy.into(),
        ],
    )
    .await?;
    Ok(())
}
