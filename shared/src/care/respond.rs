//! The responder's page for phones (救援员出勤): their duty, their offers, and the person of each.

use super::{
    geo::Fix,
    profile::Profile,
    responder::{Mode, Skill},
};
use crate::care::reasons::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The responder themself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponderSummary {
    /// Whether they are on duty now.
    pub on_duty: bool,
    /// Their skills.
    pub skills: Vec<Skill>,
    /// Their languages (BCP 47).
    pub languages: Vec<String>,
    /// How they travel; none if not set.
    pub mode: Option<Mode>,
    /// When they last shared their location.
    pub located_at: Option<Timestamp>,
    /// The end of their rest period, if it is not over.
    pub resting_until: Option<Timestamp>,
}

/// The stage of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Asked, no answer yet.
    Asked,
    /// Accepted.
    Accepted,
    /// On the way.
    SetOut,
    /// At the scene.
    Arrived,
}

/// The person of a call, as shown to a responder who was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallPerson {
    /// Their name; none of an unknown caller.
    pub name: Option<String>,
    /// Whether they were erased: nothing personal can be read any more.
    pub erased: bool,
    /// The care profile.
    pub card: Option<Profile>,
    /// The caller's words.
    pub words: Option<String>,
    /// The number to call back.
    pub callback: Option<String>,
    /// The last known location of the caller.
    pub place: Option<Fix>,
}

impl CallPerson {
    /// The destination: the caller's place, else the home.
    #[must_use]
    pub fn goal(&self) -> Option<&Fix> {
        self.place.as_ref().or_else(|| self.card.as_ref().and_then(|card| card.home.as_ref()))
    }
}

/// An offer with its call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferView {
    /// Its number.
    pub number: String,
    /// The state of the call.
    pub state: String,
    /// Its stage.
    pub stage: Stage,
    /// When they were asked.
    pub offered_at: Timestamp,
    /// How many others were asked with them and have not answered.
    pub others: u32,
    /// Metres in a straight line, when asked.
    pub distance_m: Option<f64>,
    /// Estimated seconds of travel, when asked.
    pub eta_s: Option<u32>,
    /// Why they were suggested.
    pub reasons: Vec<Reason>,
    /// The person.
    pub who: CallPerson,
    /// The centre, in Chinese.
    pub centre_zh: String,
    /// The centre, in English.
    pub centre_en: String,
    /// The centre's number, if it has one.
    pub centre_phone: Option<String>,
    /// The deadline for setting out or arriving.
    pub due_at: Option<Timestamp>,
    /// The deadline for reporting that they are well.
    pub welfare_due_at: Option<Timestamp>,
    /// When the report was found missing.
    pub welfare_alarm_at: Option<Timestamp>,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RespondPage {
    /// The city's clock when it was read.
    pub now: Timestamp,
    /// The responder.
    pub me: ResponderSummary,
    /// Their open offers, the most advanced first.
    pub offers: Vec<OfferView>,
}
