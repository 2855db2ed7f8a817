//! Reasons of the ranking: why a responder is suggested, cautions, and why responders are lacking; coded, with values and texts.

use crate::care::responder::{Mode, Skill, language_name};
use crate::texts::{Lang, respond as text};
use jiff::{Timestamp, tz::Offset};
use serde::{Deserialize, Serialize};

/// The place to which distances are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DistanceFrom {
    /// The location reported by the caller's phone.
    Caller,
    /// The home of the person the call is for.
    Home,
}

/// A reason to suggest a responder (推荐理由).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Is on duty.
    OnDuty,
    /// The distance from this place.
    Distance {
        /// Metres in a straight line.
        metres: f64,
        /// From where.
        of: DistanceFrom,
    },
    /// The time of travel.
    Eta {
        /// Seconds.
        seconds: u32,
        /// How they travel.
        mode: Mode,
    },
    /// Has the skill that is needed.
    Skill {
        /// The skill.
        skill: Skill,
    },
    /// Is outside of their rest period.
    Rested,
    /// Their position is fresh.
    Located {
        /// Minutes since it was taken.
        minutes: i64,
    },
    /// Has the key to the home.
    KeyHolder,
    /// Was with this person before.
    Familiar {
        /// The number of times.
        times: u32,
    },
    /// Speaks a language of this person.
    Language {
        /// The language (BCP 47).
        language: String,
    },
}

/// A caution about a responder (注意).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "flag", rename_all = "snake_case")]
pub enum Flag {
    /// Their position is old.
    StaleLocation {
        /// Minutes since it was taken.
        minutes: i64,
    },
    /// Where they are is not known.
    NoLocation,
    /// Is in their rest period.
    Resting {
        /// Until when.
        until: Timestamp,
    },
    /// Is farther away than requested.
    OutsideRadius {
        /// The requested radius in metres.
        radius_m: f64,
    },
}

/// What is lacking (缺口).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "shortfall", rename_all = "snake_case")]
pub enum Shortfall {
    /// The centres of this call have no responders.
    NoResponders,
    /// None of them is on duty.
    NobodyOnDuty {
        /// How many there are.
        of: usize,
    },
    /// Every responder on duty is already asked or busy.
    AllSent {
        /// How many are on duty.
        of: usize,
    },
    /// None of the available responders has the skill.
    NobodyWithSkill {
        /// The skill.
        skills: Vec<Skill>,
        /// How many are left.
        of: usize,
    },
    /// No responder with a known location is within the radius.
    NobodyWithinRadius {
        /// The requested radius in metres.
        radius_m: f64,
        /// Metres to the nearest, if any position is known.
        nearest_m: Option<f64>,
    },
    /// No position is fresh.
    LocationsStale {
        /// How many are suggested.
        of: usize,
    },
    /// All are in their rest period.
    AllResting {
        /// How many are suggested.
        of: usize,
    },
    /// It is not known where help is needed.
    PlaceUnknown,
}

/// A distance in words: tens of metres below a kilometre, else a tenth of a kilometre.
#[must_use]
pub fn distance_text(lang: Lang, metres: f64) -> String {
    if metres < 995.0 {
        text::metres(lang, format!("{:.0}", (metres / 10.0).round() * 10.0))
    } else {
        text::kilometres(lang, format!("{:.1}", metres / 1000.0))
    }
}

/// A time of travel in words: whole minutes, at least one.
#[must_use]
pub fn eta_text(lang: Lang, seconds: u32) -> String {
    text::minutes(lang, seconds.div_ceil(60).max(1))
}

/// The time of day in the city, `HH:MM`.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    let there = Offset::constant(8).to_datetime(at);
    format!("{:02}:{:02}", there.hour(), there.minute())
}

impl Reason {
    /// In words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::OnDuty => text::reason_on_duty(lang).to_owned(),
            Self::Distance { metres, of: DistanceFrom::Caller } => {
                text::reason_distance_caller(lang, distance_text(lang, *metres))
            }
            Self::Distance { metres, of: DistanceFrom::Home } => text::reason_distance_home(lang, distance_text(lang, *metres)),
            Self::Eta { seconds, mode } => {
                text::reason_eta(lang, text::EtaMode { eta: eta_text(lang, *seconds), mode: mode.text(lang) })
            }
            Self::Skill { skill } => text::reason_skill(lang, skill.text(lang)),
            Self::Rested => text::reason_rested(lang).to_owned(),
            Self::Located { minutes } => text::reason_located(lang, minutes),
            Self::KeyHolder => text::reason_key_holder(lang).to_owned(),
            Self::Familiar { times } => text::reason_familiar(lang, times),
            Self::Language { language } => text::reason_language(lang, language_name(language, lang)),
        }
    }
}

impl Flag {
    /// In words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::StaleLocation { minutes } => text::flag_stale(lang, minutes),
            Self::NoLocation => text::flag_no_location(lang).to_owned(),
            Self::Resting { until } => text::flag_resting(lang, clock(*until)),
            Self::OutsideRadius { radius_m } => text::flag_outside(lang, distance_text(lang, *radius_m)),
        }
    }
}

impl Shortfall {
    /// In words, with what to do.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::NoResponders => text::short_no_responders(lang).to_owned(),
            Self::NobodyOnDuty { of } => text::short_nobody_on_duty(lang, of),
            Self::AllSent { of } => text::short_all_sent(lang, of),
            Self::NobodyWithSkill { skills, of } => {
                let names: Vec<&str> = skills.iter().map(|s| s.text(lang)).collect();
                text::short_nobody_with_skill(lang, text::OfSkills { of, skills: names.join(lang.pick("、", ", ")) })
            }
            Self::NobodyWithinRadius { radius_m, nearest_m: Some(nearest) } => text::short_nobody_near(
                lang,
                text::LimitNearest { limit: distance_text(lang, *radius_m), nearest: distance_text(lang, *nearest) },
            ),
            Self::NobodyWithinRadius { radius_m, nearest_m: None } => {
                text::short_nobody_located(lang, distance_text(lang, *radius_m))
            }
            Self::LocationsStale { of } => text::short_stale(lang, of),
            Self::AllResting { of } => text::short_all_resting(lang, of),
            Self::PlaceUnknown => text::short_place_unknown(lang).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_and_times_are_said_as_people_say_them() {
        assert_eq!(distance_text(Lang::Zh, 344.0), "340 米");
        assert_eq!(distance_text(Lang::En, 994.0), "990 m");
        assert_eq!(distance_text(Lang::En, 995.0), "1.0 km");
        assert_eq!(distance_text(Lang::Zh, 12_340.0), "12.3 公里");
        assert_eq!(eta_text(Lang::En, 0), "1 min");
        assert_eq!(eta_text(Lang::Zh, 61), "2 分钟");
        assert_eq!(clock(Timestamp::UNIX_EPOCH), "08:00");
    }

    #[test]
    fn a_reason_is_stored_with_its_code_and_values() {
        let reason = Reason::Eta { seconds: 240, mode: Mode::Moped };
        let stored = serde_json::to_value(&reason).unwrap();
        assert_eq!(stored, serde_json::json!({ "reason": "eta", "seconds": 240, "mode": "moped" }));
        assert_eq!(serde_json::from_value::<Reason>(stored).unwrap(), reason);
    }
}
