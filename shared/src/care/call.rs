//! The page of one call (呼救详情) for its dispatchers.

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
    /// Whether it is shown in full.
    pub full: bool,
}

/// An emergency contact of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactLine {
    /// Its id, to reveal the number.
    pub id: ContactId,
    /// The name.
    pub name: String,
    /// Their relation to the person.
    pub relation: String,
    /// The number.
    pub phone: Phone,
    /// Whether they have a key.
    pub key_holder: bool,
    /// Whether they have an account, so that they are notified automatically.
    pub has_account: bool,
}

/// One press.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PressLine {
    /// When.
    pub at: Timestamp,
    /// Its source: `resident`, `family`, `browser`, `anonymous`, `button`.
    pub source: String,
}

/// An alert of an escalation step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertLine {
    /// When.
    pub at: Timestamp,
    /// In which round, from 1.
    pub round: u32,
    /// By which step, from 1.
    pub step: u32,
    /// The target, as stored.
    pub target: String,
    /// The name of the member of staff or of the contact.
    pub name: Option<String>,
}

/// A responder who was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferLine {
    /// Its id, to release them.
    pub id: ResponderOfferId,
    /// Their name.
    pub name: String,
    /// When they were asked.
    pub offered_at: Timestamp,
    /// When they accepted.
    pub accepted_at: Option<Timestamp>,
    /// When they declined.
    pub declined_at: Option<Timestamp>,
    /// When they were released.
    pub withdrawn_at: Option<Timestamp>,
    /// Whether they were released for not setting out or arriving in time.
    pub late: bool,
    /// When they set out.
    pub set_out_at: Option<Timestamp>,
    /// When they arrived.
    pub arrived_at: Option<Timestamp>,
    /// When they were done.
    pub done_at: Option<Timestamp>,
    /// Until when they have to report that they are well.
    pub welfare_due_at: Option<Timestamp>,
    /// When the report was found missing.
    pub welfare_alarm_at: Option<Timestamp>,
    /// Metres between their last location and the caller.
    pub distance_m: Option<f64>,
    /// When they were located there.
    pub located_at: Option<Timestamp>,
}

impl OfferLine {
    /// Whether they have neither declined nor finished, and were not released.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.declined_at.is_none() && self.withdrawn_at.is_none() && self.done_at.is_none()
    }
}

/// The last known location of the caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallerLocation {
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
    /// The answer in force.
    pub answered_at: Option<Timestamp>,
    /// The first time that responders were asked.
    pub dispatched_at: Option<Timestamp>,
    /// The first arrival.
    pub on_scene_at: Option<Timestamp>,
    /// Its end.
    pub ended_at: Option<Timestamp>,
    /// When the caller reported that help is no longer needed.
    pub fine_at: Option<Timestamp>,
    /// When the timer runs out.
    pub next_step_at: Option<Timestamp>,
}

/// The page of a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallPage {
    /// The case: its state, events and allowed actions.
    pub case: CaseView,
    /// The city's clock when it was read.
    pub now: Timestamp,
    /// Whether the person is known.
    pub known: bool,
    /// The name of the person; none of an unknown caller.
    pub name: Option<String>,
    /// Their age in whole years.
    pub age: Option<i16>,
    /// Whether the person was erased: nothing personal can be read any more.
    pub erased: bool,
    /// A number to call back.
    pub callback: Option<Phone>,
    /// The caller's words.
    pub words: Option<String>,
    /// The last known location of the caller.
    pub place: Option<CallerLocation>,
    /// The care profile of the person.
    pub card: Option<Profile>,
    /// Their emergency contacts, in order.
    pub contacts: Vec<ContactLine>,
    /// Its presses, oldest first.
    pub presses: Vec<PressLine>,
    /// The alerts, oldest first.
    pub alerts: Vec<AlertLine>,
    /// The offers, oldest first.
    pub offers: Vec<OfferLine>,
    /// Its times.
    pub moments: Moments,
    /// The step of the policy that is due next, from 1.
    pub step: u32,
    /// The number of completed passes through all steps.
    pub round: u32,
    /// How many steps the policy has.
    pub steps: u32,
    /// The number of the call it was merged into.
    pub merged_into: Option<String>,
    /// The numbers of the calls merged into it.
    pub merged: Vec<String>,
    /// Whether the reader is on duty.
    pub on_duty: bool,
}

/// A dispatcher the call can be handed to.
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
