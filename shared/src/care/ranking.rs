//! Ranking of responders for a call (派单推荐): those that may be sent, in the order in which to ask them, with reasons.
//!
//! Filtered by role, duty, not already sent, skill. Then, the first difference decides: outside the rest period; within
//! the radius; position not older than 30 minutes; distance; time of travel; has the key; was there before; speaks the
//! language. No one is hidden for being far, tired or hard to locate: the ranking states it, and the dispatcher decides.

use super::{
    geo::{Fix, distance_m},
    responder::{Mode, Skill},
};
use crate::care::reasons::{DistanceFrom, Flag, Reason, Shortfall};
use crate::ids::AccountId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, time::Duration};

/// Seconds after which a position counts as old: 30 minutes.
const STALE_SECONDS: i64 = 30 * 60;
/// How much longer ways through a city are than the straight line. An assumption: studies of road networks find 1.2 to
/// 1.4.
const DETOUR: f64 = 1.3;
/// Metres within which two distances count as equal: the error of phones between houses. An assumption.
const SAME_M: f64 = 100.0;
/// Metres within which responders are looked for unless the dispatcher chooses another radius. An assumption: some 30 minutes by
/// moped.
pub const RADIUS_M: f64 = 6_000.0;

/// A responder who might go.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Their account.
    pub id: AccountId,
    /// Their name, as shown to colleagues.
    pub name: String,
    /// Whether they hold the role of a responder now.
    pub responder: bool,
    /// Whether they are on duty now.
    pub on_duty: bool,
    /// Their skills.
    pub skills: Vec<Skill>,
    /// Their languages (BCP 47).
    pub languages: Vec<String>,
    /// How they travel.
    pub mode: Mode,
    /// Where they were last, and when.
    pub position: Option<Fix>,
    /// The end of their rest period.
    pub resting_until: Option<Timestamp>,
    /// Whether they have the key to the person's home.
    pub key_holder: bool,
    /// How often they were with this person before.
    pub visits: u32,
    /// Asked for this call and not released, or declined it; or under way to any call, or at its scene.
    pub unavailable: bool,
}

/// What the call needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// The destination, if it is known, and which place it is.
    pub place: Option<(Fix, DistanceFrom)>,
    /// The skills a responder must have.
    pub skills: Vec<Skill>,
    /// The languages of the person, best first.
    pub languages: Vec<String>,
    /// The greatest distance of responders, in metres.
    pub radius_m: f64,
}

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// The responder's account.
    pub id: AccountId,
    /// Their name.
    pub name: String,
    /// From 1: the first to ask.
    pub rank: usize,
    /// How far away, in metres, in a straight line; none if either place is not known.
    pub distance_m: Option<f64>,
    /// Seconds until there; none if either place is not known.
    pub eta_s: Option<u32>,
    /// How they travel.
    pub mode: Mode,
    /// Reasons to ask them.
    pub reasons: Vec<Reason>,
    /// Cautions about them.
    pub flags: Vec<Flag>,
}

/// The request of a dispatcher, in addition to the needs of the call.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingRequest {
    /// A skill that responders must have.
    pub skill: Option<Skill>,
    /// The greatest distance of responders, in metres.
    pub radius_m: f64,
}

impl Default for RankingRequest {
    fn default() -> Self {
        Self { skill: None, radius_m: RADIUS_M }
    }
}

/// Radii to choose from, in metres.
pub const RADII_M: &[f64] = &[1_000.0, 3_000.0, RADIUS_M, 15_000.0];

impl RankingRequest {
    /// Reads the query string or a form: the code of a skill, metres. Missing or invalid values are
    /// ignored.
    #[must_use]
    pub fn read(skill: Option<&str>, radius: Option<&str>) -> Self {
        let radius_m = radius.and_then(|r| r.parse::<f64>().ok()).filter(|r| RADII_M.contains(r)).unwrap_or(RADIUS_M);
        Self { skill: skill.and_then(Skill::parse), radius_m }
    }
}

/// The suggested responders, and what is lacking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// Best first.
    pub picks: Vec<Pick>,
    /// Every shortfall that applies.
    pub shortfalls: Vec<Shortfall>,
}

/// A non-negative measure rounded to a whole number; the largest for an invalid value.
fn whole(value: f64) -> u32 {
    let seconds = Duration::try_from_secs_f64(value.round()).map_or(u64::MAX, |d| d.as_secs());
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Seconds it takes to cover a straight line of so many metres.
#[must_use]
pub fn eta_s(metres: f64, mode: Mode) -> u32 {
    whole(metres * DETOUR * 3.6 / f64::from(mode.kmh()))
}

/// A candidate with the values that are compared.
struct Measured<'a> {
    candidate: &'a Candidate,
    distance_m: Option<f64>,
    eta_s: Option<u32>,
    /// Seconds since the position was taken.
    age: Option<i64>,
    resting: bool,
    outside: bool,
    language: Option<&'a str>,
}

impl<'a> Measured<'a> {
    fn of(candidate: &'a Candidate, need: &'a Need, now: Timestamp) -> Self {
        let position = candidate.position.as_ref();
        let distance_m =
            position.zip(need.place.as_ref()).map(|(from, (to, _))| distance_m((from.lat, from.lon), (to.lat, to.lon)));
        let speaks = |wanted: &&'a String| candidate.languages.contains(wanted);
        Self {
            candidate,
            distance_m,
            eta_s: distance_m.map(|d| eta_s(d, candidate.mode)),
            age: position.map(|p| (now.as_second() - p.taken_at.as_second()).max(0)),
            resting: candidate.resting_until.is_some_and(|until| until > now),
            outside: distance_m.is_some_and(|d| d > need.radius_m),
            language: need.languages.iter().find(speaks).map(String::as_str),
        }
    }

    fn is_fresh(&self) -> bool {
        self.age.is_some_and(|age| age <= STALE_SECONDS)
    }

    /// The sort key: the smallest is asked first. The account makes it a total order.
    fn key(&self) -> impl Ord + use<> {
        (
            (self.resting, self.outside, !self.is_fresh(), self.age.is_none()),
            self.distance_m.map_or(u32::MAX, |d| whole(d / SAME_M)),
            self.eta_s.map_or(u32::MAX, |s| s.div_ceil(60)),
            (!self.candidate.key_holder, Reverse(self.candidate.visits), self.language.is_none()),
            self.distance_m.map_or(u32::MAX, whole),
            self.candidate.id,
        )
    }

    fn reasons(&self, need: &Need) -> Vec<Reason> {
        let of = need.place.map(|(_, of)| of);
        let minutes = self.age.filter(|_| self.is_fresh()).map(|age| age / 60);
        let mut all = vec![Reason::OnDuty];
        all.extend(self.distance_m.zip(of).map(|(metres, of)| Reason::Distance { metres, of }));
        all.extend(self.eta_s.map(|seconds| Reason::Eta { seconds, mode: self.candidate.mode }));
        all.extend(minutes.map(|minutes| Reason::Located { minutes }));
        all.extend((!self.resting).then_some(Reason::Rested));
        all.extend(need.skills.iter().map(|skill| Reason::Skill { skill: *skill }));
        all.extend(self.candidate.key_holder.then_some(Reason::KeyHolder));
        all.extend((self.candidate.visits > 0).then_some(Reason::Familiar { times: self.candidate.visits }));
        all.extend(self.language.map(|language| Reason::Language { language: language.to_owned() }));
        all
    }

    fn flags(&self, need: &Need) -> Vec<Flag> {
        let mut all = Vec::new();
        match self.age {
            None => all.push(Flag::NoLocation),
            Some(age) if !self.is_fresh() => all.push(Flag::StaleLocation { minutes: age / 60 }),
            Some(_) => {}
        }
        all.extend(self.candidate.resting_until.filter(|_| self.resting).map(|until| Flag::Resting { until }));
        all.extend(self.outside.then_some(Flag::OutsideRadius { radius_m: need.radius_m }));
        all
    }

    fn pick(&self, rank: usize, need: &Need) -> Pick {
        Pick {
            id: self.candidate.id,
            name: self.candidate.name.clone(),
            rank,
            distance_m: self.distance_m,
            eta_s: self.eta_s,
            mode: self.candidate.mode,
            reasons: self.reasons(need),
            flags: self.flags(need),
        }
    }
}

/// The candidates that may be sent, or the reason that there is none.
fn fit<'a>(candidates: &'a [Candidate], need: &Need) -> Result<Vec<&'a Candidate>, Shortfall> {
    let responders: Vec<_> = candidates.iter().filter(|c| c.responder).collect();
    let on_duty: Vec<_> = responders.iter().copied().filter(|c| c.on_duty).collect();
    let free: Vec<_> = on_duty.iter().copied().filter(|c| !c.unavailable).collect();
    let able: Vec<_> = free.iter().copied().filter(|c| need.skills.iter().all(|s| c.skills.contains(s))).collect();
    match (responders.len(), on_duty.len(), free.len(), able.len()) {
        (0, ..) => Err(Shortfall::NoResponders),
        (of, 0, ..) => Err(Shortfall::NobodyOnDuty { of }),
        (_, of, 0, _) => Err(Shortfall::AllSent { of }),
        (_, _, of, 0) => Err(Shortfall::NobodyWithSkill { skills: need.skills.clone(), of }),
        _ => Ok(able),
    }
}

/// What is lacking although there are candidates.
fn shortfalls(measured: &[Measured<'_>], need: &Need) -> Vec<Shortfall> {
    let of = measured.len();
    let mut all = Vec::new();
    if need.place.is_some() {
        let nearest_m = measured.iter().filter_map(|m| m.distance_m).min_by(f64::total_cmp);
        if nearest_m.is_none_or(|nearest| nearest > need.radius_m) {
            all.push(Shortfall::NobodyWithinRadius { radius_m: need.radius_m, nearest_m });
        }
    }
    if !measured.iter().any(Measured::is_fresh) {
        all.push(Shortfall::LocationsStale { of });
    }
    if measured.iter().all(|m| m.resting) {
        all.push(Shortfall::AllResting { of });
    }
    all
}

/// Ranks the candidates at this moment. The result does not depend on the order in which they are given.
#[must_use]
pub fn rank(candidates: &[Candidate], need: &Need, now: Timestamp) -> Ranking {
    let unknown = need.place.is_none().then_some(Shortfall::PlaceUnknown);
    let fitting = match fit(candidates, need) {
        Ok(fitting) => fitting,
        Err(nobody) => return Ranking { picks: Vec::new(), shortfalls: [nobody].into_iter().chain(unknown).collect() },
    };
    let mut measured: Vec<Measured<'_>> = fitting.into_iter().map(|c| Measured::of(c, need, now)).collect();
    measured.sort_by_cached_key(Measured::key);
    let shortfalls = shortfalls(&measured, need).into_iter().chain(unknown).collect();
    Ranking { picks: measured.iter().enumerate().map(|(i, m)| m.pick(i + 1, need)).collect(), shortfalls }
}
