//! The subject of a call: the person it is for, the call-back number, and the open facts of its event, which are readable
//! without the person's key.

use super::press::{Caller, Press};
use crate::{
    access::actor::Actor,
    error::Result,
    store::{Tx, new_id},
    vault::PersonKey,
};
use sea_orm::{FromQueryResult, raw_sql};
use serde_json::Value;
use shared::{
    Lang,
    care::{
        actions::PressAgain,
        press::{PressBody, Source},
    },
    ids::{AccountId, PersonId},
    texts::care_press as text,
};

/// The person a call is for, and how to reach the caller.
pub(crate) struct CallSubject {
    /// None: unknown.
    pub(crate) person: Option<PersonId>,
    pub(crate) key: Option<PersonKey>,
    pub(crate) source: Source,
    pub(crate) callback: Option<String>,
    pub(crate) callback_index: Option<Vec<u8>>,
    /// Whether the caller named another person for whom they are not known to be allowed to call.
    unverified: bool,
    /// The key of the lock that presses of the same call have in common.
    pub(crate) lock_key: String,
}

/// Stored facts about the person a press names and about its account.
#[derive(Default, FromQueryResult)]
struct SubjectFacts {
    known: bool,
    /// The sealed key of the person; none while they have none.
    key_sealed: Option<Vec<u8>>,
    may_call: bool,
    phone_sealed: Option<Vec<u8>>,
}

impl SubjectFacts {
    /// `by_account`: whether the account itself calls. A device of it calls for its own person only.
    async fn load(tx: &Tx, person: Option<PersonId>, account: Option<AccountId>, by_account: bool) -> Result<Self> {
        let facts: Option<Self> = tx
            .fetch_one(raw_sql!(
                Postgres,
                "SELECT EXISTS (SELECT FROM person p LEFT JOIN person_key k ON k.person_id = p.id
                          WHERE p.id = {person} AND p.erased_at IS NULL AND k.destroyed_at IS NULL) AS known,
                        (SELECT k.key_sealed FROM person_key k WHERE k.person_id = {person}) AS key_sealed,
                        {by_account} AND (EXISTS (SELECT FROM mandate m WHERE m.account_id = {account} AND m.person_id = {person}
                              AND m.confirmed_at IS NOT NULL AND m.revoked_at IS NULL AND m.ends_on >= huimin_today())
                          OR EXISTS (SELECT FROM care_contact c WHERE c.account_id = {account} AND c.person_id = {person})) AS may_call,
                        (SELECT a.phone_sealed FROM account a WHERE a.id = {account}) AS phone_sealed"
            ))
            .await?;
        Ok(facts.unwrap_or_default())
    }
}

impl CallSubject {
    /// Determines the subject of a press.
    pub(crate) async fn resolve(tx: &Tx, press: &Press) -> Result<Self> {
        let (body, who) = (&press.body, &press.who);
        let account = who.account();
        let named = body.for_person.filter(|p| who.person() != Some(*p));
        let facts = match (named.or(who.person()), account) {
            (None, None) => SubjectFacts::default(),
            (person, account) => SubjectFacts::load(tx, person, account, matches!(who, Caller::Signed(_))).await?,
        };
        let accepted = named.filter(|_| facts.may_call && facts.known);
        let unverified = named.is_some() && accepted.is_none();
        // The facts are about the named person; if that person is not accepted, the caller is looked up separately.
        let person = match (accepted, unverified, who.person()) {
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
        let lock_key = match (person, account, &callback) {
            (Some(person), ..) => person.to_string(),
            (None, Some(account), _) => account.to_string(),
            (None, None, Some(number)) => hex::encode(tx.vault.index("phone", number)),
            (None, None, None) => body.id.to_string(),
        };
        let key = match (person, &facts.key_sealed) {
            (Some(person), Some(sealed)) if named.or(who.person()) == Some(person) => Some(tx.vault.person_key(person, sealed)?),
            (Some(person), _) => Some(tx.person_key(person).await?),
            (None, _) => None,
        };
        Ok(Self {
            key,
            person,
            source: source(who, accepted.is_some()),
            callback_index: callback.as_ref().map(|number| tx.vault.index("phone", number)),
            callback,
            unverified,
            lock_key,
        })
    }

    /// The caller as an actor for the person of the call.
    pub(crate) fn actor(&self, subject: PersonId, account: Option<AccountId>) -> Actor {
        let acting_for = (self.source == Source::Family).then_some(subject);
        Actor { acting_for, ..Actor::caller(subject, account) }
    }

    /// The open facts of the press, which are readable without the person's key.
    pub(crate) fn facts(&self) -> Result<serde_json::Map<String, Value>> {
        Ok(serde_json::to_value(self.press_again())?.as_object().cloned().unwrap_or_default())
    }

    /// The action of a press for a call that is open already.
    pub(crate) fn press_again(&self) -> PressAgain {
        PressAgain { source: self.source.code().to_owned(), for_other: self.unverified }
    }

    /// The caller's words, preceded by a remark if the caller named a person without being verified.
    pub(crate) fn words(&self, body: &PressBody) -> Option<String> {
        let remark = self.unverified.then(|| text::for_other_unclear(Lang::Zh).to_owned());
        let words: Vec<String> = remark.into_iter().chain(body.words.clone()).collect();
        (!words.is_empty()).then(|| words.join("\n"))
    }
}

/// Whether the person exists and was not erased.
async fn is_known(tx: &Tx, person: PersonId) -> Result<bool> {
    let known: Option<bool> = tx
        .fetch_value(raw_sql!(
            Postgres,
            "SELECT EXISTS (SELECT FROM person p LEFT JOIN person_key k ON k.person_id = p.id
              WHERE p.id = {person} AND p.erased_at IS NULL AND k.destroyed_at IS NULL)"
        ))
        .await?;
    Ok(known == Some(true))
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

/// Creates a person for an unknown caller, with a random index that no look-up finds.
pub(crate) async fn create_unknown_person(tx: &Tx) -> Result<(PersonId, PersonKey)> {
    let person: PersonId = new_id();
    let key_sealed = tx.vault.new_person_key(person)?;
    let name = tx.vault.seal("person.name", person, b"")?;
    let resident_id = tx.vault.seal("person.resident_id", person, b"")?;
    let resident_id_index = rand::random::<[u8; 32]>().to_vec();
    tx.execute_sql(raw_sql!(
        Postgres,
        "WITH made AS (INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index)
                       VALUES ({person}, {name}, {resident_id}, {resident_id_index}) RETURNING id)
         INSERT INTO person_key (person_id, key_sealed) SELECT id, {key_sealed} FROM made"
    ))
    .await?;
    Ok((person, tx.vault.person_key(person, &key_sealed)?))
}
