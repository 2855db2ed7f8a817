//! For whom somebody presses, how that person is reached, and what the call may know without their key.

use crate::care::intake::raise::{Caller, Press};
use crate::{
    account::actor::Actor,
    error::Result,
    store::{Tx, new_id},
    vault::PersonKey,
};
use sea_orm::FromQueryResult;
use serde_json::Value;
use shared::care::actions::PressAgain;
use shared::{
    Lang,
    care::press::{PressBody, Source},
    ids::{AccountId, PersonId},
    texts::care_press as text,
};

/// For whom somebody presses, and how to reach them.
pub(crate) struct Whom {
    /// None: nobody known.
    pub(crate) person: Option<PersonId>,
    pub(crate) key: Option<PersonKey>,
    pub(crate) source: Source,
    pub(crate) callback: Option<String>,
    pub(crate) callback_index: Option<Vec<u8>>,
    /// Pressed for somebody for whom it could not be confirmed that they may.
    unclear: bool,
    /// What presses of the same call have in common.
    pub(crate) lock: String,
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
    async fn of(tx: &Tx, person: Option<PersonId>, account: Option<AccountId>, by_account: bool) -> Result<Self> {
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
    pub(crate) async fn of(tx: &Tx, press: &Press) -> Result<Self> {
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
    pub(crate) fn actor(&self, subject: PersonId, account: Option<AccountId>) -> Actor {
        let acting_for = (self.source == Source::Family).then_some(subject);
        Actor { acting_for, ..Actor::caller(subject, account) }
    }

    /// What may be known of the press without the person's key.
    pub(crate) fn facts(&self) -> Result<serde_json::Map<String, Value>> {
        Ok(serde_json::to_value(self.press_again())?.as_object().cloned().unwrap_or_default())
    }

    /// What a press for a call that is open already says.
    pub(crate) fn press_again(&self) -> PressAgain {
        PressAgain { source: self.source.code().to_owned(), for_other: self.unclear }
    }

    /// What the caller writes; with what must not be overlooked.
    pub(crate) fn words(&self, body: &PressBody) -> Option<String> {
        let unclear = self.unclear.then(|| text::for_other_unclear(Lang::Zh).to_owned());
        let words: Vec<String> = unclear.into_iter().chain(body.words.clone()).collect();
        (!words.is_empty()).then(|| words.join("\n"))
    }
}

async fn is_known(tx: &Tx, person: PersonId) -> Result<bool> {
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

/// Somebody of whom nothing is known but that they call: found again by nobody.
pub(crate) async fn unknown(tx: &Tx) -> Result<(PersonId, PersonKey)> {
    let person = new_id();
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
