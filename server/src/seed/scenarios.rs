//! Scenarios of the applications of the demo city: every state occurs, with clocks that have just begun, are nearly over,
//! have expired or are suspended.

use shared::{
    cases::{Action, State},
    services::life::{
        ACCEPT, APPROVE_GRANT, APPROVE_REFUSAL, ASK_CORRECTION, CLAIM, CORRECT, CORRECTING, GRANT_PROPOSED, GRANTED, IN_REVIEW,
        NOT_ACCEPT, NOT_ACCEPTED, OBJECT, OBJECTED, PROPOSE_GRANT, PROPOSE_REFUSAL, RATE, REFUSAL_PROPOSED, REFUSAL_UPHELD,
        REFUSED, REOPEN, REVIEW_CORRECTING, SEND_BACK, SUBMITTED, UPHOLD, WITHDRAW, WITHDRAWN,
    },
};

/// The party that performs a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActingParty {
    Applicant,
    /// One of the two caseworkers, the same throughout a case.
    Caseworker,
    Supervisor,
    /// The second supervisor, who decides objections.
    OtherSupervisor,
}

use ActingParty::{Applicant, Caseworker, OtherSupervisor, Supervisor};

/// A scenario: the steps after the submission and the cases that follow it.
#[derive(Debug)]
pub(super) struct Scenario {
    /// Working days after the submission, party and action of each step.
    pub(super) steps: &'static [(u32, ActingParty, Action)],
    /// The state after the last step.
    pub(super) final_state: State,
    pub(super) submitted_days_ago: &'static [u32],
}

const fn scenario(
    final_state: State,
    submitted_days_ago: &'static [u32],
    steps: &'static [(u32, ActingParty, Action)],
) -> Scenario {
    Scenario { steps, final_state, submitted_days_ago }
}

/// The scenarios. The legal limits are five working days to accept and, depending on the item, ten or thirty to decide.
#[rustfmt::skip]
pub(super) const SCENARIOS: &[Scenario] = &[
    scenario(SUBMITTED, &[0, 0, 1, 2, 3, 4, 4, 6, 7], &[]),
    scenario(SUBMITTED, &[1, 2, 3, 4, 4, 6], &[(0, Caseworker, CLAIM)]),
    scenario(CORRECTING, &[2, 3, 4, 5, 6, 8, 9, 13], &[(1, Caseworker, ASK_CORRECTION)]),
    scenario(SUBMITTED, &[4, 6], &[(1, Caseworker, ASK_CORRECTION), (3, Applicant, CORRECT)]),
    scenario(IN_REVIEW, &[1, 2, 4, 6, 9, 10, 11, 14, 23], &[(1, Caseworker, ACCEPT)]),
    scenario(IN_REVIEW, &[6, 8, 12], &[(1, Caseworker, ACCEPT), (2, Caseworker, ASK_CORRECTION), (4, Applicant, CORRECT)]),
    scenario(IN_REVIEW, &[6, 9], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT), (4, Supervisor, SEND_BACK)]),
    scenario(IN_REVIEW, &[12, 15], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_REFUSAL), (5, Supervisor, APPROVE_REFUSAL),
        (8, Applicant, OBJECT), (11, OtherSupervisor, REOPEN)]),
    scenario(REVIEW_CORRECTING, &[4, 5, 6, 7, 10, 15, 18], &[(1, Caseworker, ACCEPT), (3, Caseworker, ASK_CORRECTION)]),
    scenario(GRANT_PROPOSED, &[3, 4, 5, 7, 8, 9, 11, 13, 16], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT)]),
    scenario(REFUSAL_PROPOSED, &[4, 5, 6, 8, 9, 12, 15], &[(1, Caseworker, ACCEPT), (4, Caseworker, PROPOSE_REFUSAL)]),
    scenario(GRANTED, &[5, 6, 8, 9, 12, 15, 19], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT), (5, Supervisor, APPROVE_GRANT)]),
    scenario(GRANTED, &[7, 10, 11, 13, 16, 20, 22, 24, 25, 27], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT),
        (5, Supervisor, APPROVE_GRANT), (6, Applicant, RATE)]),
    scenario(GRANTED, &[18, 21, 26], &[(1, Caseworker, ASK_CORRECTION), (3, Applicant, CORRECT), (4, Caseworker, ACCEPT),
        (8, Caseworker, PROPOSE_GRANT), (9, Supervisor, APPROVE_GRANT), (12, Applicant, RATE)]),
    scenario(REFUSED, &[7, 9, 12, 17], &[(1, Caseworker, ACCEPT), (4, Caseworker, PROPOSE_REFUSAL), (6, Supervisor, APPROVE_REFUSAL)]),
    scenario(REFUSED, &[14, 19], &[(1, Caseworker, ACCEPT), (4, Caseworker, PROPOSE_REFUSAL), (6, Supervisor, APPROVE_REFUSAL),
        (8, Applicant, RATE)]),
    scenario(NOT_ACCEPTED, &[3, 6, 8, 11, 17, 20], &[(2, Caseworker, NOT_ACCEPT)]),
    scenario(WITHDRAWN, &[2, 5, 8, 10], &[(1, Applicant, WITHDRAW)]),
    scenario(WITHDRAWN, &[6, 12, 17], &[(1, Caseworker, ACCEPT), (3, Applicant, WITHDRAW)]),
    scenario(OBJECTED, &[9, 10, 11, 12, 14, 17, 19], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_REFUSAL),
        (5, Supervisor, APPROVE_REFUSAL), (8, Applicant, OBJECT)]),
    scenario(REFUSAL_UPHELD, &[13, 16, 19, 23, 28], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_REFUSAL),
        (5, Supervisor, APPROVE_REFUSAL), (8, Applicant, OBJECT), (11, OtherSupervisor, UPHOLD)]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use shared::{
        cases::{Party, flow::ANY},
        services::life::APPLICATION,
    };

    #[test]
    fn every_plot_walks_the_table_of_the_life_to_where_it_says() {
        for scenario in SCENARIOS {
            let mut state = APPLICATION.initial.0.to_owned();
            let mut day = 0;
            for (after, who, action) in scenario.steps {
                let step = APPLICATION.find(&state, action.0).find(|s| s.by != Party::System && s.from != ANY);
                let step = step.unwrap_or_else(|| panic!("{} in {state}", action.0));
                assert_eq!(step.by == Party::Applicant, *who == Applicant, "{} in {state}", action.0);
                assert!(*after >= day, "{} comes before what it follows", action.0);
                (state, day) = (step.target(&state), *after);
            }
            assert_eq!(state, scenario.final_state.0);
            assert!(
                scenario.submitted_days_ago.iter().all(|submitted_days_ago| *submitted_days_ago >= day),
                "{} happens in the future",
                scenario.final_state.0
            );
        }
    }

    #[test]
    fn every_state_is_reached_about_ten_times() {
        for state in APPLICATION.states() {
            let cases: usize = SCENARIOS.iter().filter(|p| p.final_state == state).map(|p| p.submitted_days_ago.len()).sum();
            assert!((5..=20).contains(&cases), "{}: {cases}", state.0);
        }
        assert!((100..=130).contains(&SCENARIOS.iter().map(|p| p.submitted_days_ago.len()).sum::<usize>()));
    }
}
