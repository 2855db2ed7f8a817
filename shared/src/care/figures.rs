//! Response figures (接警考核): how fast calls are answered and responders arrive, computed from the stored
//! calls and compared with targets.

use crate::{cases::Desk, ids::OrganisationId};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A target: a share of calls within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Within so many seconds of the press.
    pub seconds: u32,
    /// The share, in per mille.
    pub per_mille: u32,
}

/// Answered: 90 % in 15 s as emergency numbers do (NENA-STA-020.1), 97.5 % in 60 s and 99 % in 180 s as telecare centres
/// do (Quality Standards Framework of the TSA, the TEC Services Association, United Kingdom).
pub const ANSWERED: [Target; 3] =
    [Target { seconds: 15, per_mille: 900 }, Target { seconds: 60, per_mille: 975 }, Target { seconds: 180, per_mille: 990 }];

/// On the scene: 90 % in 45 min (TSA Quality Standards Framework).
pub const ON_SCENE: Target = Target { seconds: 45 * 60, per_mille: 900 };

/// The calls that can be judged by a target, and those that met it. Open calls within the target are not judged yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetCount {
    /// How many can be judged.
    pub judged: u64,
    /// How many have met it.
    pub met: u64,
}

impl TargetCount {
    /// The share in per mille, rounded down, so that a target is not met by rounding; none if there is nothing to judge.
    #[must_use]
    pub fn per_mille(self) -> Option<u32> {
        let share = self.met.checked_mul(1000)?.checked_div(self.judged)?;
        u32::try_from(share).ok()
    }

    /// Whether the target is met; none if there is nothing to judge.
    #[must_use]
    pub fn reaches(self, target: Target) -> Option<bool> {
        self.per_mille().map(|share| share >= target.per_mille)
    }

    /// The sum of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { judged: self.judged + other.judged, met: self.met + other.met }
    }
}

/// The numbers of calls by outcome: of one centre on one day, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Calls.
    pub calls: u64,
    /// Answered in time, by [`ANSWERED`].
    pub answered: [TargetCount; 3],
    /// Reached in time, by [`ON_SCENE`]; of the calls to which responders were sent.
    pub on_scene: TargetCount,
    /// Ended as false alarms, including cancelled ones.
    pub false_alarms: u64,
    /// Cancelled by the caller within the countdown, before the first answer; also counted in `false_alarms`.
    pub cancelled: u64,
    /// Merged into another call.
    pub merged: u64,
    /// How often an answer made no progress, so that the call rang again.
    pub rang_again: u64,
}

impl Tally {
    /// The sum of both.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        let [a, b, c] = self.answered;
        let [x, y, z] = other.answered;
        Self {
            calls: self.calls + other.calls,
            answered: [a.plus(x), b.plus(y), c.plus(z)],
            on_scene: self.on_scene.plus(other.on_scene),
            false_alarms: self.false_alarms + other.false_alarms,
            cancelled: self.cancelled + other.cancelled,
            merged: self.merged + other.merged,
            rang_again: self.rang_again + other.rang_again,
        }
    }
}

/// The figures of a centre on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFigures {
    /// The centre.
    pub organisation: OrganisationId,
    /// The day of the press, in China Standard Time.
    pub day: Date,
    /// The numbers.
    pub tally: Tally,
}

/// Percentiles of the time until the first answer, in milliseconds, by nearest rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitPercentiles {
    /// The median.
    pub p50: i64,
    /// The 90th percentile.
    pub p90: i64,
    /// The 99th percentile.
    pub p99: i64,
}

/// The filter of the figures: first and last day, and a centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FiguresFilter {
    /// The first day; if none is given, the period is the 30 days up to the last.
    pub from: Option<Date>,
    /// The last day; today if none is given.
    pub to: Option<Date>,
    /// The centre; without one, all centres of which the viewer is chief dispatcher.
    pub organisation: Option<OrganisationId>,
}

/// The figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Day by day and centre by centre, the newest day first.
    pub days: Vec<DayFigures>,
    /// The times until the first answer; none if no call was answered.
    pub waited: Option<WaitPercentiles>,
    /// The centres of which the viewer is chief dispatcher, with their names.
    pub centres: Vec<Desk>,
}

impl Figures {
    /// All of them together.
    #[must_use]
    pub fn total(&self) -> Tally {
        self.days.iter().fold(Tally::default(), |all, day| all.plus(&day.tally))
    }

    /// Day by day over all centres, the oldest first.
    #[must_use]
    pub fn by_day(&self) -> Vec<(Date, Tally)> {
        let mut days: Vec<(Date, Tally)> = Vec::new();
        for one in self.days.iter().rev() {
            match days.last_mut() {
                Some((day, tally)) if *day == one.day => *tally = tally.plus(&one.tally),
                _ => days.push((one.day, one.tally)),
            }
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_target_is_not_met_by_rounding() {
        let target = Target { seconds: 15, per_mille: 900 };
        assert_eq!(TargetCount { judged: 1000, met: 899 }.reaches(target), Some(false));
        assert_eq!(TargetCount { judged: 10, met: 9 }.reaches(target), Some(true));
        assert_eq!(TargetCount { judged: 9_999, met: 8_999 }.reaches(target), Some(false));
        assert_eq!(TargetCount::default().reaches(target), None);
    }

    #[test]
    fn days_are_added_up_over_centres() {
        let tally = Tally { calls: 2, answered: [TargetCount { judged: 2, met: 1 }; 3], ..Tally::default() };
        let of = |day| DayFigures { organisation: OrganisationId::NIL, day, tally };
        let (first, second) = (date(2026, 1, 1), date(2026, 1, 2));
        let days = vec![of(second), of(second), of(first)];
        let figures = Figures { from: first, to: second, days, waited: None, centres: Vec::new() };
        assert_eq!(figures.total().calls, 6);
        assert_eq!(figures.total().answered[0], TargetCount { judged: 6, met: 3 });
        assert_eq!(figures.by_day().iter().map(|(d, t)| (*d, t.calls)).collect::<Vec<_>>(), [(first, 2), (second, 4)]);
    }
}
