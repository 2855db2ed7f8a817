//! Properties of a responder (救援员): skills, ways of travel, reasons to decline, deadlines.

use crate::{
    coded_enum,
    texts::{Lang, respond as text},
};

/// Implements the names of an enum from `texts/respond.toml`, under the prefix and the code.
macro_rules! worded {
    ($name:ident, $prefix:literal) => {
        impl $name {
            /// The name in this language.
            #[must_use]
            pub fn text(self, lang: Lang) -> &'static str {
                text::find(lang, &format!(concat!($prefix, "_{}"), self.code())).unwrap_or_else(|| self.code())
            }
        }
    };
}

coded_enum! {
    /// What a responder can do (技能).
    pub enum Skill {
        /// First aid with a certificate (急救).
        FirstAid = "first_aid",
        /// Resuscitation, with a defibrillator at hand (心肺复苏与除颤).
        Defibrillator = "defibrillator",
        /// A registered nurse (护士).
        Nurse = "nurse",
        /// A physician (医生).
        Doctor = "doctor",
        /// Lifting a person who fell, with an assistant or a device (搬扶).
        Lifting = "lifting",
        /// Opening a door without a key (开门).
        DoorOpening = "door_opening",
        /// Care for people with dementia (认知症照护).
        Dementia = "dementia",
    }
}
worded!(Skill, "skill");

coded_enum! {
    /// How a responder travels (出行方式).
    pub enum Mode {
        /// On foot.
        Walk = "walk",
        /// By bicycle.
        Bicycle = "bicycle",
        /// By electric moped (电动自行车).
        Moped = "moped",
        /// By car.
        Car = "car",
        /// By ambulance.
        Ambulance = "ambulance",
    }
}
worded!(Mode, "mode");

impl Mode {
    /// How fast it goes through a city, in km/h. A moped by the highest speed allowed to electric bicycles on lanes for
    /// them (Road Traffic Safety Law, 道路交通安全法, art. 58: 15 km/h). The others are assumptions, for want of
    /// measured trips: a brisk walk; a bicycle a little slower than a moped; a car in the traffic of a large city, with
    /// parking; an ambulance that may go first.
    #[must_use]
    pub const fn kmh(self) -> u32 {
        match self {
            Self::Walk => 5,
            Self::Bicycle => 12,
            Self::Moped => 15,
            Self::Car => 24,
            Self::Ambulance => 36,
        }
    }
}

coded_enum! {
    /// Why a responder cannot go (不能前往的原因).
    pub enum Decline {
        /// Is busy with another person.
        Busy = "busy",
        /// Would take too long.
        TooFar = "too_far",
        /// Has no way to get there.
        NoTransport = "no_transport",
        /// Is not well.
        Unwell = "unwell",
        /// Lacks the skill that is needed.
        NotAble = "not_able",
        /// Something else.
        Other = "other",
    }
}
worded!(Decline, "decline");

coded_enum! {
    /// Why a responder was released before the end, as stored in `care_offer.withdrawn_reason`; none when another responder
    /// goes or none is needed.
    pub enum Release {
        /// Did not set out or arrive in time (逾时).
        Late = "late",
        /// The desk released them (撤回).
        Desk = "desk",
    }
}

/// Minutes after which a responder at the scene reports that they are well (救援员报平安). An assumption.
pub const WELFARE_MINUTES: i32 = 20;

/// Seconds after accepting in which a responder must set out; after it they are released. As long as the progress time of
/// an answer. An assumption.
pub const SET_OUT_SECONDS: i32 = 120;
/// Least and most seconds after setting out in which a responder must arrive. Ten minutes for the door, the stairs and
/// an estimate that was short; at most twice the target of 45 minutes on the scene (care.md), because the caller is waiting.
pub const ARRIVE_SECONDS: (i32, i32) = (600, 5400);

/// Seconds after setting out in which a responder must arrive: twice the estimated travel time, if known, within
/// [`ARRIVE_SECONDS`]. Estimates follow straight lines; the factor allows for streets.
#[must_use]
pub fn arrive_within(eta_s: Option<i32>) -> i32 {
    eta_s.unwrap_or_default().saturating_mul(2).clamp(ARRIVE_SECONDS.0, ARRIVE_SECONDS.1)
}

/// A language in words; the tag itself where it is none of [`super::profile::LANGUAGES`].
#[must_use]
pub fn language_name(tag: &str, lang: Lang) -> &str {
    text::find(lang, &format!("language_{}", tag.replace('-', "_"))).unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_has_words_in_both_languages() {
        for lang in [Lang::Zh, Lang::En] {
            for skill in Skill::ALL {
                assert_eq!(Skill::parse(skill.code()), Some(*skill));
                assert_ne!(skill.text(lang), skill.code());
            }
            for mode in Mode::ALL {
                assert_eq!(Mode::parse(mode.code()), Some(*mode));
                assert_ne!(mode.text(lang), mode.code());
            }
            for decline in Decline::ALL {
                assert_eq!(Decline::parse(decline.code()), Some(*decline));
                assert_ne!(decline.text(lang), decline.code());
            }
            for tag in crate::care::profile::LANGUAGES {
                assert_ne!(&language_name(tag, lang), tag);
            }
        }
        assert_eq!(language_name("de", Lang::En), "de");
    }

    #[test]
    fn who_has_far_to_go_has_longer_but_not_for_ever() {
        assert_eq!([None, Some(-5), Some(300)].map(arrive_within), [600; 3]);
        assert_eq!([Some(301), Some(2700), Some(i32::MAX)].map(arrive_within), [602, 5400, 5400]);
    }

    #[test]
    fn whoever_rides_is_faster_than_whoever_walks() {
        assert!(Mode::ALL.windows(2).all(|pair| matches!(pair, [slow, fast] if slow.kmh() < fast.kmh())));
    }
}
