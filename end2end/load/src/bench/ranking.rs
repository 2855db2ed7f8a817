//! Measures the ranking of responders alone, in this process.

use super::measure::Measured;
use jiff::{SignedDuration, Timestamp};
use shared::care::{
    geo::Fix,
    ranking::{Candidate, Need, RADIUS_M, rank},
    reasons::DistanceFrom,
    responder::{Mode, Skill},
};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The number of ranked responders.
pub(super) const RESPONDERS: u32 = 5_000;
const RUNS: usize = 300;

/// The centre of the demo city.
pub(super) const MIDDLE: (f64, f64) = (30.55, 114.31);

/// Distinct positions all over the city: on a spiral, up to about 60 km away.
pub(super) fn place(n: u32) -> (f64, f64) {
    let (angle, radius) = (f64::from(n) * 2.399_963, f64::from(n % RESPONDERS).sqrt() * 0.008);
    (MIDDLE.0 + radius * angle.sin(), MIDDLE.1 + radius * angle.cos())
}

/// Candidates all over the city; some rest, some have old positions, some are not available.
fn candidates(now: Timestamp) -> Vec<Candidate> {
    let languages = ["zh", "zh-x-wuhan", "en"];
    (0..RESPONDERS)
        .map(|n| {
            let (lat, lon) = place(n);
            let age = SignedDuration::from_secs(i64::from(n % 40) * 60);
            let language = usize::try_from(n).ok().and_then(|n| languages.get(n % languages.len()));
            Candidate {
                id: Uuid::from_u128(u128::from(n) + 1).into(),
                name: format!("救援员 {n}"),
                responder: true,
                on_duty: !n.is_multiple_of(10),
                skills: Skill::ALL.iter().zip(n..).filter(|(_, n)| !n.is_multiple_of(3)).map(|(skill, _)| *skill).collect(),
                languages: language.into_iter().map(|l| (*l).to_owned()).collect(),
                mode: Mode::ALL.get(usize::try_from(n).unwrap_or(0) % Mode::ALL.len()).copied().unwrap_or(Mode::Walk),
                position: Fix::new(lat, lon, Some(20.0), now - age),
                resting_until: n.is_multiple_of(7).then(|| now + SignedDuration::from_hours(2)),
                key_holder: n.is_multiple_of(500),
                visits: u32::from(n.is_multiple_of(100)),
                unavailable: n.is_multiple_of(20),
            }
        })
        .collect()
}

/// Measures the ranking.
pub(super) fn measure() -> Result<Measured, String> {
    let now: Timestamp = "2026-11-25T04:00:00Z".parse().map_err(|e| format!("{e}"))?;
    let all = candidates(now);
    let place = Fix::new(MIDDLE.0, MIDDLE.1, Some(15.0), now).map(|fix| (fix, DistanceFrom::Caller));
    let need = Need { place, skills: vec![Skill::FirstAid], languages: vec!["zh-x-wuhan".to_owned()], radius_m: RADIUS_M };
    let begun = Instant::now();
    let mut micros = Vec::new();
    for _ in 0..RUNS {
        let before = Instant::now();
        let ranking = rank(&all, &need, now);
        micros.push(Measured::micros(before.elapsed()));
        if ranking.picks.len() < 1_000 {
            return Err(format!("only {} were ranked", ranking.picks.len()));
        }
    }
    Measured::of(micros, begun.elapsed().max(Duration::from_nanos(1)))
}
