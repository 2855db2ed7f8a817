//! The page of one call (呼救详情) as whoever answers for it sees it.

use super::{geo::Fix, profile::Profile};
use crate::{
    cases::CaseView,
    ids::{AccountId, ContactId, ResponderOfferId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A telephone number on the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// In full, or with its middle hidden.
    pub text: String,
    /// Whether it stands there in full.
    pub full: bool,
}

/// Whom to call for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactLine {
    /// Names it when its number is asked for.
    pub id: ContactId,
    /// The name.
    pub name: String,
    /// What they are to the person.
    pub relation: String,
    /// The number.
    pub phone: Phone,
    /// Whether they have a key.
    pub key_holder: bool,
    /// Whether the city can tell them by itself.
    pub has_account: bool,
}

/// One press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PressLine {
    /// When.
    pub at: Timestamp,
    /// By whom: `resident`, `family`, `browser`, `anonymous`, `button`.
    pub source: String,
}

/// Somebody who was called in turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertLine {
    /// When.
    pub at: Timestamp,
    /// In which round, from 1.
    pub round: u32,
    /// By which step, from 1.
    pub step: u32,
    /// What was called, as stored.
    pub target: String,
    /// Who, by the name of a member of staff or of a contact.
    pub name: Option<String>,
}

/// A responder who was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferLine {
    /// Names it when they are let go.
    pub id: ResponderOfferId,
    /// Their name.
    pub name: String,
    /// When they were asked.
    pub offered_at: Timestamp,
    /// When they said that they go.
    pub accepted_at: Option<Timestamp>,
    /// When they said that they cannot.
    pub declined_at: Option<Timestamp>,
    /// When they were told that they need not.
    pub withdrawn_at: Option<Timestamp>,
    /// Whether they were let go because they had not set out or arrived in time.
    pub late: bool,
    /// When they set out.
    pub set_out_at: Option<Timestamp>,
    /// When they were there.
    pub arrived_at: Option<Timestamp>,
    /// When they were done.
    pub done_at: Option<Timestamp>,
    /// Until when they say that they themselves are well.
    pub welfare_due_at: Option<Timestamp>,
    /// When they had not said so.
    pub welfare_alarm_at: Option<Timestamp>,
    /// Metres between where they were seen last and the caller.
    pub distance_m: Option<f64>,
    /// When they were seen there.
    pub located_at: Option<Timestamp>,
}

impl OfferLine {
    /// Whether they have neither said no, nor were let go, nor are done.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.declined_at.is_none() && self.withdrawn_at.is_none() && self.done_at.is_none()
    }
}

/// Where the caller is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The position, with its accuracy.
    pub fix: Fix,
    /// When it became known.
    pub known_at: Timestamp,
}

/// The moments of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// The first press.
    pub raised_at: Timestamp,
    /// The first answer.
    pub first_answered_at: Option<Timestamp>,
    /// The answer that stands.
    pub answered_at: Option<Timestamp>,
    /// The first time that somebody was sent.
    pub dispatched_at: Option<Timestamp>,
    /// The first arrival.
    pub on_scene_at: Option<Timestamp>,
    /// Its end.
    pub ended_at: Option<Timestamp>,
    /// The caller said that help is not needed any more.
    pub fine_at: Option<Timestamp>,
    /// When something happens by itself.
    pub next_step_at: Option<Timestamp>,
}

/// The page of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallPage {
    /// The case: state, what happened, what can be done.
    pub case: CaseView,
    /// The city's clock when it was read.
    pub now: Timestamp,
    /// Whether it is known for whom.
    pub known: bool,
    /// The name of the person; none of an unknown caller.
    pub name: Option<String>,
    /// Their age in whole years.
    pub age: Option<i16>,
    /// Whether the person was erased: nothing personal can be read any more.
    pub erased: bool,
    /// A number to call back.
    pub callback: Option<Phone>,
    /// What the caller wrote.
    pub words: Option<String>,
    /// Where the caller is.
    pub place: Option<Place>,
    /// What helps whoever comes to help.
    pub card: Option<Profile>,
    /// Whom to call for them, in order.
    pub contacts: Vec<ContactLine>,
    /// Its presses, the first first.
    pub presses: Vec<PressLine>,
    /// Who was called in turn, the first first.
    pub alerts: Vec<AlertLine>,
    /// Who was asked to go, the first first.
    pub offers: Vec<OfferLine>,
    /// When what happened.
    pub moments: Moments,
    /// The step of the policy that is due next, from 1.
    pub step: u32,
    /// How often it went through all of them.
    pub round: u32,
    /// How many steps the policy has.
    pub steps: u32,
    /// The call it goes on as part of.
    pub merged_into: Option<String>,
    /// The calls that go on as part of it.
    pub merged: Vec<String>,
    /// Whether the reader is on duty.
    pub on_duty: bool,
}

/// Somebody who can be handed the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// The account.
    pub account: AccountId,
    /// The name.
    pub name: String,
    /// The centre, in Chinese.
    pub centre_zh: String,
    /// The centre, in English.
    pub centre_en: String,
    /// Whether they are on duty.
    pub on_duty: bool,
}

/// Another open call, for a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherCall {
    /// Its number.
    pub number: String,
    /// The name of the person; none of an unknown caller.
    pub name: Option<String>,
    /// When it was pressed first.
    pub raised_at: Timestamp,
    /// Whether it is for the same person, or from the same number.
    pub alike: bool,
}
