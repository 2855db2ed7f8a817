//! Escalation (升级): the targets of each step until a call is answered, and the choice of the next step. Pure: no clock, no
//! database.
//!
//! A policy (升级策略) is a list of steps. Each has a delay in seconds until the next one; a step that reaches no
//! one is skipped at once; after the last step the next round begins, without end. The last step is always the city's duty
//! desk, which always counts as reachable, so that there is always a next step.

use crate::{
    coded_enum,
    ids::{OrganisationId, PolicyId},
    problem::{FieldError, FieldErrorKind, Problem},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

coded_enum! {
    /// A group of people that a step alerts, as stored in policies, events and `care_alert.target`; in the order of the pages.
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
    /// Whether its members are staff at a board, who see every ringing call.
    #[must_use]
    pub const fn is_desk(self) -> bool {
        matches!(self, Self::Dispatchers | Self::Neighbour | Self::CityDesk)
    }
}

/// A step of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStep {
    /// The targets, alerted all at once.
    pub targets: Vec<Target>,
    /// Seconds until the next step.
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
    /// Seconds after an answer in which it must make progress; otherwise the call rings again.
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
    /// The number of running calls of each version that has any.
    pub running: Vec<(i32, i64)>,
}

/// Most steps of a policy.
pub const MOST_STEPS: usize = 8;
/// Least and most seconds of a step (care.md, Escalation policy).
pub const DELAYS: (u32, u32) = (15, 30);
/// Least and most seconds until an answer without progress is withdrawn.
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
    let mut add_error = |field: String, kind| errors.push(FieldError { field, kind });
    if steps.len() > MOST_STEPS {
        add_error("steps".to_owned(), FieldErrorKind::TooMany { max: u32::try_from(MOST_STEPS).unwrap_or(u32::MAX) });
    }
    if steps.is_empty() {
        add_error("steps".to_owned(), FieldErrorKind::Required);
    }
    for (index, step) in steps.iter().enumerate() {
        let mut once = step.targets.clone();
        once.sort_unstable();
        once.dedup();
        if step.targets.is_empty() {
            add_error(field(index, "targets"), FieldErrorKind::Required);
        } else if once.len() != step.targets.len() {
            add_error(field(index, "targets"), FieldErrorKind::NotAnOption);
        } else if index + 1 == steps.len() && !step.targets.contains(&Target::CityDesk) {
            add_error(field(index, "targets"), FieldErrorKind::NotCityDesk);
        }
        if step.delay_seconds < DELAYS.0 {
            add_error(field(index, "delay"), FieldErrorKind::BelowLeast { least: DELAYS.0.to_string() });
        } else if step.delay_seconds > DELAYS.1 {
            add_error(field(index, "delay"), FieldErrorKind::AboveMost { most: DELAYS.1.to_string() });
        }
    }
    if progress_seconds < PROGRESS.0 {
        add_error("progress_seconds".to_owned(), FieldErrorKind::BelowLeast { least: PROGRESS.0.to_string() });
    } else if progress_seconds > PROGRESS.1 {
        add_error("progress_seconds".to_owned(), FieldErrorKind::AboveMost { most: PROGRESS.1.to_string() });
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }) }
}

/// The policy of a call whose stored policy cannot be read, so that invalid data never stops its escalation.
#[must_use]
pub fn fallback_policy() -> Vec<PolicyStep> {
    vec![PolicyStep { targets: vec![Target::CityDesk], delay_seconds: DELAYS.0 }]
}

/// The position of a call in its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyPosition {
    /// The step that is due, from 0.
    pub step: usize,
    /// The number of completed passes through all steps.
    pub round: u32,
}

impl PolicyPosition {
    /// The position as stored in `care_call.step` and `care_call.round`.
    #[must_use]
    pub fn from_stored(step: i32, round: i32) -> Self {
        Self { step: usize::try_from(step).unwrap_or_default(), round: u32::try_from(round).unwrap_or_default() }
    }

    /// The step and the round as stored.
    #[must_use]
    pub fn stored(self) -> (i32, i32) {
        (i32::try_from(self.step).unwrap_or(i32::MAX), i32::try_from(self.round).unwrap_or(i32::MAX))
    }

    /// The position after this one, in a policy of so many steps.
    #[must_use]
    pub const fn next(self, steps: usize) -> Self {
        if self.step + 1 < steps { Self { step: self.step + 1, ..self } } else { self.next_round() }
    }

    /// The first step of the next round.
    const fn next_round(self) -> Self {
        Self { step: 0, round: self.round.saturating_add(1) }
    }

    /// The position at which a chosen step is taken. A step before the current one belongs to the next round.
    #[must_use]
    pub const fn jump(self, step: usize) -> Self {
        if step < self.step { Self { step, ..self.next_round() } } else { Self { step, ..self } }
    }
}

/// The step to take when a call is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepChoice {
    /// The step to take.
    pub position: PolicyPosition,
    /// Steps before it that reach no one, from 0.
    pub skipped: Vec<usize>,
    /// The step that is due after it.
    pub next: PolicyPosition,
}

/// Chooses the step that is due, or the first after it that reaches anyone. `reaches` returns whether a step (from 0)
/// does; the last step always does. A position beyond the end of the policy starts the next round.
#[must_use]
pub fn choose_step(steps: usize, due: PolicyPosition, reaches: impl Fn(usize) -> bool) -> StepChoice {
    let mut position = if due.step < steps { due } else { due.next_round() };
    let mut skipped = Vec::new();
    while position.step + 1 < steps && !reaches(position.step) {
        skipped.push(position.step);
        position = position.next(steps);
    }
    StepChoice { position, skipped, next: position.next(steps) }
}

/// Seconds of lateness up to which the next step is counted from the due time; later steps are counted from the actual time.
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
        let at = PolicyPosition { step: 2, round: 4 };
        assert_eq!(at.jump(2), at);
        assert_eq!(at.jump(3), PolicyPosition { step: 3, round: 4 });
        assert_eq!(at.jump(0), PolicyPosition { step: 0, round: 5 });
    }

    fn policies() -> impl Strategy<Value = (usize, Vec<bool>)> {
        (1_usize..=MOST_STEPS).prop_flat_map(|n| (Just(n), prop::collection::vec(any::<bool>(), n)))
    }

    proptest! {
        #[test]
        fn what_is_taken_reaches_somebody_and_what_was_skipped_did_not((n, reach) in policies(), due in 0_usize..12, round in 0_u32..9) {
            let taken = choose_step(n, PolicyPosition { step: due, round }, |i| reach[i]);
            prop_assert!(taken.position.step < n);
            prop_assert!(reach[taken.position.step] || taken.position.step == n - 1);
            prop_assert!(taken.skipped.iter().all(|s| !reach[*s] && *s < taken.position.step));
            // Every step between the due one and the chosen one is listed as skipped.
            let first = if due < n { due } else { 0 };
            prop_assert_eq!(taken.skipped, (first..taken.position.step).collect::<Vec<_>>());
        }

        #[test]
        fn every_step_comes_round_in_order_and_without_end((n, reach) in policies(), rounds in 2_u32..6) {
            let mut turn = PolicyPosition { step: 0, round: 0 };
            let mut seen = Vec::new();
            while turn.round < rounds {
                let taken = choose_step(n, turn, |i| reach[i]);
                seen.push((taken.position.round, taken.position.step));
                prop_assert!((taken.next.round, taken.next.step) > (taken.position.round, taken.position.step));
                turn = taken.next;
            }
            let each: Vec<usize> = (0..n).filter(|i| reach[*i] || *i == n - 1).collect();
            let wanted: Vec<_> = (0..rounds).flat_map(|r| each.iter().map(move |s| (r, *s))).collect();
            prop_assert_eq!(seen, wanted);
        }

        #[test]
        fn a_jump_never_goes_back_in_the_record(step in 0_usize..8, round in 0_u32..9, to in 0_usize..8) {
            let (at, there) = (PolicyPosition { step, round }, PolicyPosition { step, round }.jump(to));
            prop_assert_eq!(there.step, to);
            prop_assert!((there.round, there.step) >= (at.round, at.step));
        }
    }
}
