//! The responder's phone page (救援员出勤): their duty, what is asked of them, and whom it is about.

use super::{
    geo::Fix,
    profile::Profile,
    responder::{Mode, Skill},
};
use crate::care::reasons::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a responder says of themself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Myself {
    /// Whether they are on duty now.
    pub on_duty: bool,
    /// What they can do.
    pub skills: Vec<Skill>,
    /// What they speak (BCP 47).
    pub languages: Vec<String>,
    /// How they travel; none if they have not said.
    pub mode: Option<Mode>,
    /// When they last shared where they are.
    pub located_at: Option<Timestamp>,
    /// The end of their rest period, if it is not over.
    pub resting_until: Option<Timestamp>,
}

/// How far an offer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Asked, no answer yet.
    Asked,
    /// Goes.
    Accepted,
    /// On the way.
    SetOut,
    /// There.
    Arrived,
}

/// Whom it is about and what helps with them: shown only to whoever was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Who {
    /// Their name; none of an unknown caller.
    pub name: Option<String>,
    /// Whether they were erased: nothing personal can be read any more.
    pub erased: bool,
    /// What helps whoever comes to help.
    pub card: Option<Profile>,
    /// What the caller wrote.
    pub words: Option<String>,
    /// The number to call back.
    pub callback: Option<String>,
    /// Where the caller is, as last known.
    pub place: Option<Fix>,
}

impl Who {
    /// Where to go: where the caller is, else the home.
    #[must_use]
    pub fn goal(&self) -> Option<&Fix> {
        self.place.as_ref().or_else(|| self.card.as_ref().and_then(|card| card.home.as_ref()))
    }
}

/// A call somebody was asked to go to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferView {
    /// Its number.
    pub number: String,
    /// The state of the call.
    pub state: String,
    /// How far it has come.
    pub stage: Stage,
    /// When they were asked.
    pub offered_at: Timestamp,
    /// How many others were asked with them and have not answered.
    pub others: u32,
    /// Metres in a straight line, when asked.
    pub distance_m: Option<f64>,
    /// Seconds until there, when asked.
    pub eta_s: Option<u32>,
    /// Why they were suggested.
    pub reasons: Vec<Reason>,
    /// Whom it is about.
    pub who: Who,
    /// The centre, in Chinese.
    pub centre_zh: String,
    /// The centre, in English.
    pub centre_en: String,
    /// The centre's number, if it has one.
    pub centre_phone: Option<String>,
    /// Until when they have set out, or are there; else the call is for others.
    pub due_at: Option<Timestamp>,
    /// Until when they say that they are well.
    pub welfare_due_at: Option<Timestamp>,
    /// When they had not.
    pub welfare_alarm_at: Option<Timestamp>,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RespondPage {
    /// The city's clock when it was read.
    pub now: Timestamp,
    /// What they say of themself.
    pub me: Myself,
    /// What is asked of them: what they go to first.
    pub offers: Vec<OfferView>,
}
