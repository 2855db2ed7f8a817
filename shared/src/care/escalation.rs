//! Escalation (升级): who is called in turn while nobody answers, and what comes next. Pure: no clock, no store.
//!
//! A policy (升级策略) is a list of steps. Each is given so many seconds before the next is taken; a step that reaches
//! nobody is skipped at once; after the last step it begins anew, without end. The last step is always the city's duty
//! desk, which counts as reachable whatever happens, so that there is always a next step.

use crate::{
    coded_enum,
    ids::{OrganisationId, PolicyId},
    problem::{Complaint, FieldError, Problem},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

coded_enum! {
    /// Whom a step calls, as stored in policies, events and `care_page.target`; in the order pages offer them.
    pub enum Target {
        /// The dispatchers on duty of the centre whose call it is (值班调度员).
        Dispatchers = "dispatchers",
        /// The emergency contacts of the person (紧急联系人).
        Family = "family",
        /// Responders on duty of the centre who are nurses or doctors (社区医护).
        Medics = "medics",
        /// The dispatchers on duty of the neighbouring centre (邻近中心).
        Neighbour = "neighbour",
        /// The city's duty desk (城市值班台).
        CityDesk = "city_desk",
    }
}

impl Target {
    /// Whether those called are staff at a board, who see every call that rings.
    #[must_use]
    pub const fn is_desk(self) -> bool {
        matches!(self, Self::Dispatchers | Self::Neighbour | Self::CityDesk)
    }
}

/// A step of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStep {
    /// Who is called, all at once.
    pub targets: Vec<Target>,
    /// Seconds they have before the next step.
    pub delay_seconds: u32,
}

/// A version of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its key, which running calls keep.
    pub id: PolicyId,
    /// Grows with every change of a centre's policy.
    pub version: i32,
    /// The steps, in order.
    pub steps: Vec<PolicyStep>,
    /// Seconds after an answer in which something must happen, else it rings again.
    pub progress_seconds: i32,
    /// When it was published.
    pub published_at: Timestamp,
    /// Who published it; none for the one a city begins with.
    pub published_by: Option<String>,
}

/// The policies of a centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CentrePolicies {
    /// The centre.
    pub centre: OrganisationId,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// Every version, the newest first.
    pub versions: Vec<Policy>,
    /// How many calls run under each version that some call runs under.
    pub running: Vec<(i32, i64)>,
}

/// Most steps of a policy.
pub const MOST_STEPS: usize = 8;
/// Least and most seconds of a step (care.md, Escalation policy).
pub const DELAYS: (u32, u32) = (15, 30);
/// Least and most seconds until an answer without progress is none.
pub const PROGRESS: (i32, i32) = (30, 1800);

/// The name of the field of a step, from 0: `steps.1.targets` is the first.
#[must_use]
pub fn field(step: usize, what: &str) -> String {
    format!("steps.{}.{what}", step + 1)
}

/// Whether a policy may be published.
///
/// # Errors
/// [`Problem::Invalid`] naming `steps`, `steps.N.targets`, `steps.N.delay` (N from 1) or `progress_seconds`.
pub fn check(steps: &[PolicyStep], progress_seconds: i32) -> Result<(), Problem> {
    let mut errors = Vec::new();
    let mut complain = |field: String, complaint| errors.push(FieldError { field, complaint });
    if steps.len() > MOST_STEPS {
        complain("steps".to_owned(), Complaint::TooMany { max: u32::try_from(MOST_STEPS).unwrap_or(u32::MAX) });
    }
    if steps.is_empty() {
        complain("steps".to_owned(), Complaint::Required);
    }
    for (index, step) in steps.iter().enumerate() {
        let mut once = step.targets.clone();
        once.sort_unstable();
        once.dedup();
        if step.targets.is_empty() {
            complain(field(index, "targets"), Complaint::Required);
        } else if once.len() != step.targets.len() {
            complain(field(index, "targets"), Complaint::NotAnOption);
        } else if index + 1 == steps.len() && !step.targets.contains(&Target::CityDesk) {
            complain(field(index, "targets"), Complaint::NotCityDesk);
        }
        if step.delay_seconds < DELAYS.0 {
            complain(field(index, "delay"), Complaint::BelowLeast { least: DELAYS.0.to_string() });
        } else if step.delay_seconds > DELAYS.1 {
            complain(field(index, "delay"), Complaint::AboveMost { most: DELAYS.1.to_string() });
        }
    }
    if progress_seconds < PROGRESS.0 {
        complain("progress_seconds".to_owned(), Complaint::BelowLeast { least: PROGRESS.0.to_string() });
    } else if progress_seconds > PROGRESS.1 {
        complain("progress_seconds".to_owned(), Complaint::AboveMost { most: PROGRESS.1.to_string() });
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }) }
}

/// What a call falls back on whose stored policy cannot be read: a call is never stranded by data.
#[must_use]
pub fn last_resort() -> Vec<PolicyStep> {
    vec![PolicyStep { targets: vec![Target::CityDesk], delay_seconds: DELAYS.0 }]
}

/// Where a call stands in its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The step that is due, from 0.
    pub step: usize,
    /// How often all of them were gone through.
    pub round: u32,
}

impl Turn {
    /// The turn after this one, in a policy of so many steps.
    #[must_use]
    pub const fn next(self, steps: usize) -> Self {
        if self.step + 1 < steps { Self { step: self.step + 1, ..self } } else { self.anew() }
    }

    /// From the first step again.
    const fn anew(self) -> Self {
        Self { step: 0, round: self.round.saturating_add(1) }
    }

    /// The turn in which a step of one's choice is taken: what lies behind comes round again.
    #[must_use]
    pub const fn jump(self, step: usize) -> Self {
        if step < self.step { Self { step, ..self.anew() } } else { Self { step, ..self } }
    }
}

/// What is done when a call's step is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The step taken.
    pub turn: Turn,
    /// Steps before it that reached nobody, from 0.
    pub skipped: Vec<usize>,
    /// What is due after it.
    pub next: Turn,
}

/// Takes the step that is due, or the first after it that reaches somebody. `reaches` says of a step (from 0) whether
/// it does; the last always does. A turn beyond the end of the policy begins anew.
#[must_use]
pub fn take(steps: usize, due: Turn, reaches: impl Fn(usize) -> bool) -> Taken {
    let mut turn = if due.step < steps { due } else { due.anew() };
    let mut skipped = Vec::new();
    while turn.step + 1 < steps && !reaches(turn.step) {
        skipped.push(turn.step);
        turn = turn.next(steps);
    }
    Taken { turn, skipped, next: turn.next(steps) }
}

/// Seconds by which a step may be late and the next still be counted from when it was due.
pub const LATE_SECONDS: i32 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn step(targets: &[Target], delay_seconds: u32) -> PolicyStep {
        PolicyStep { targets: targets.to_vec(), delay_seconds }
    }

    fn wrong(steps: &[PolicyStep], progress: i32) -> Vec<String> {
        match check(steps, progress) {
            Err(Problem::Invalid { errors }) => errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn errors_name_their_field() {
        let desk = step(&[Target::CityDesk], 20);
        assert!(wrong(std::slice::from_ref(&desk), 120).is_empty());
        assert_eq!(wrong(&[], 120), ["steps"]);
        assert_eq!(wrong(&vec![desk.clone(); 9], 120), ["steps"]);
        assert_eq!(wrong(&[step(&[], 14), desk.clone()], 120), ["steps.1.targets", "steps.1.delay"]);
        assert_eq!(
            wrong(&[step(&[Target::Family; 2], 31), desk.clone()], 29),
            ["steps.1.targets", "steps.1.delay", "progress_seconds"]
        );
        assert_eq!(wrong(&[desk, step(&[Target::Family], 15)], 1801), ["steps.2.targets", "progress_seconds"]);
    }

    #[test]
    fn stored_codes_are_those_of_the_wire() {
        for target in Target::ALL {
            assert_eq!(serde_json::to_value(target).unwrap(), target.code());
            assert_eq!(Target::parse(target.code()), Some(*target));
        }
    }

    #[test]
    fn a_jump_back_is_the_next_round() {
        let at = Turn { step: 2, round: 4 };
        assert_eq!(at.jump(2), at);
        assert_eq!(at.jump(3), Turn { step: 3, round: 4 });
        assert_eq!(at.jump(0), Turn { step: 0, round: 5 });
    }

    fn policies() -> impl Strategy<Value = (usize, Vec<bool>)> {
        (1_usize..=MOST_STEPS).prop_flat_map(|n| (Just(n), prop::collection::vec(any::<bool>(), n)))
    }

    proptest! {
        #[test]
        fn what_is_taken_reaches_somebody_and_what_was_skipped_did_not((n, reach) in policies(), due in 0_usize..12, round in 0_u32..9) {
            let taken = take(n, Turn { step: due, round }, |i| reach[i]);
            prop_assert!(taken.turn.step < n);
            prop_assert!(reach[taken.turn.step] || taken.turn.step == n - 1);
            prop_assert!(taken.skipped.iter().all(|s| !reach[*s] && *s < taken.turn.step));
            // Nothing between what was due and what was taken is forgotten.
            let first = if due < n { due } else { 0 };
            prop_assert_eq!(taken.skipped, (first..taken.turn.step).collect::<Vec<_>>());
        }

        #[test]
        fn every_step_comes_round_in_order_and_without_end((n, reach) in policies(), rounds in 2_u32..6) {
            let mut turn = Turn { step: 0, round: 0 };
            let mut seen = Vec::new();
            while turn.round < rounds {
                let taken = take(n, turn, |i| reach[i]);
                seen.push((taken.turn.round, taken.turn.step));
                prop_assert!((taken.next.round, taken.next.step) > (taken.turn.round, taken.turn.step));
                turn = taken.next;
            }
            let each: Vec<usize> = (0..n).filter(|i| reach[*i] || *i == n - 1).collect();
            let wanted: Vec<_> = (0..rounds).flat_map(|r| each.iter().map(move |s| (r, *s))).collect();
            prop_assert_eq!(seen, wanted);
        }

        #[test]
        fn a_jump_never_goes_back_in_the_record(step in 0_usize..8, round in 0_u32..9, to in 0_usize..8) {
            let (at, there) = (Turn { step, round }, Turn { step, round }.jump(to));
            prop_assert_eq!(there.step, to);
            prop_assert!((there.round, there.step) >= (at.round, at.step));
        }
    }
}
