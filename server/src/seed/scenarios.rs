//! What happens in the cases of the demo city: plots, so that every state of an application is there, with clocks that
//! have just begun, are nearly over, have run out, and stand still.

use shared::{
    cases::{Action, State},
    services::life::{
        ACCEPT, APPROVE_GRANT, APPROVE_REFUSAL, ASK_CORRECTION, CLAIM, CORRECT, CORRECTING, GRANT_PROPOSED, GRANTED, IN_REVIEW,
        NOT_ACCEPT, NOT_ACCEPTED, OBJECT, OBJECTED, PROPOSE_GRANT, PROPOSE_REFUSAL, RATE, REFUSAL_PROPOSED, REFUSAL_UPHELD,
        REFUSED, REOPEN, REVIEW_CORRECTING, SEND_BACK, SUBMITTED, UPHOLD, WITHDRAW, WITHDRAWN,
    },
};

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Applicant,
    /// One of the two caseworkers, the same through a case.
    Caseworker,
    Supervisor,
    /// The other supervisor: decides on objections.
    OtherSupervisor,
}

use Who::{Applicant, Caseworker, OtherSupervisor, Supervisor};

/// One plot: what happens after an application is sent, and how many working days ago applications were sent to which
/// it happens.
#[derive(Debug)]
pub(super) struct Plot {
    /// Who does what, how many working days after it was sent.
    pub(super) acts: &'static [(u32, Who, Action)],
    /// Where that leads.
    pub(super) ends: State,
    pub(super) sent: &'static [u32],
}

const fn plot(ends: State, sent: &'static [u32], acts: &'static [(u32, Who, Action)]) -> Plot {
    Plot { acts, ends, sent }
}

/// The plots. Five working days to accept; to decide, as the item promises, ten or thirty.
#[rustfmt::skip]
pub(super) const PLOTS: &[Plot] = &[
    plot(SUBMITTED, &[0, 0, 1, 2, 3, 4, 4, 6, 7], &[]),
    plot(SUBMITTED, &[1, 2, 3, 4, 4, 6], &[(0, Caseworker, CLAIM)]),
    plot(CORRECTING, &[2, 3, 4, 5, 6, 8, 9, 13], &[(1, Caseworker, ASK_CORRECTION)]),
    plot(SUBMITTED, &[4, 6], &[(1, Caseworker, ASK_CORRECTION), (3, Applicant, CORRECT)]),
    plot(IN_REVIEW, &[1, 2, 4, 6, 9, 10, 11, 14, 23], &[(1, Caseworker, ACCEPT)]),
    plot(IN_REVIEW, &[6, 8, 12], &[(1, Caseworker, ACCEPT), (2, Caseworker, ASK_CORRECTION), (4, Applicant, CORRECT)]),
    plot(IN_REVIEW, &[6, 9], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT), (4, Supervisor, SEND_BACK)]),
    plot(IN_REVIEW, &[12, 15], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_REFUSAL), (5, Supervisor, APPROVE_REFUSAL),
        (8, Applicant, OBJECT), (11, OtherSupervisor, REOPEN)]),
    plot(REVIEW_CORRECTING, &[4, 5, 6, 7, 10, 15, 18], &[(1, Caseworker, ACCEPT), (3, Caseworker, ASK_CORRECTION)]),
    plot(GRANT_PROPOSED, &[3, 4, 5, 7, 8, 9, 11, 13, 16], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT)]),
    plot(REFUSAL_PROPOSED, &[4, 5, 6, 8, 9, 12, 15], &[(1, Caseworker, ACCEPT), (4, Caseworker, PROPOSE_REFUSAL)]),
    plot(GRANTED, &[5, 6, 8, 9, 12, 15, 19], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT), (5, Supervisor, APPROVE_GRANT)]),
    plot(GRANTED, &[7, 10, 11, 13, 16, 20, 22, 24, 25, 27], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_GRANT),
        (5, Supervisor, APPROVE_GRANT), (6, Applicant, RATE)]),
    plot(GRANTED, &[18, 21, 26], &[(1, Caseworker, ASK_CORRECTION), (3, Applicant, CORRECT), (4, Caseworker, ACCEPT),
        (8, Caseworker, PROPOSE_GRANT), (9, Supervisor, APPROVE_GRANT), (12, Applicant, RATE)]),
    plot(REFUSED, &[7, 9, 12, 17], &[(1, Caseworker, ACCEPT), (4, Caseworker, PROPOSE_REFUSAL), (6, Supervisor, APPROVE_REFUSAL)]),
    plot(REFUSED, &[14, 19], &[(1, Caseworker, ACCEPT), (4, Caseworker, PROPOSE_REFUSAL), (6, Supervisor, APPROVE_REFUSAL),
        (8, Applicant, RATE)]),
    plot(NOT_ACCEPTED, &[3, 6, 8, 11, 17, 20], &[(2, Caseworker, NOT_ACCEPT)]),
    plot(WITHDRAWN, &[2, 5, 8, 10], &[(1, Applicant, WITHDRAW)]),
    plot(WITHDRAWN, &[6, 12, 17], &[(1, Caseworker, ACCEPT), (3, Applicant, WITHDRAW)]),
    plot(OBJECTED, &[9, 10, 11, 12, 14, 17, 19], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_REFUSAL),
        (5, Supervisor, APPROVE_REFUSAL), (8, Applicant, OBJECT)]),
    plot(REFUSAL_UPHELD, &[13, 16, 19, 23, 28], &[(1, Caseworker, ACCEPT), (3, Caseworker, PROPOSE_REFUSAL),
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
        for plot in PLOTS {
            let mut state = APPLICATION.initial.0.to_owned();
            let mut day = 0;
            for (after, who, action) in plot.acts {
                let step = APPLICATION.find(&state, action.0).find(|s| s.by != Party::System && s.from != ANY);
                let step = step.unwrap_or_else(|| panic!("{} in {state}", action.0));
                assert_eq!(step.by == Party::Applicant, *who == Applicant, "{} in {state}", action.0);
                assert!(*after >= day, "{} comes before what it follows", action.0);
                (state, day) = (step.target(&state), *after);
            }
            assert_eq!(state, plot.ends.0);
            assert!(plot.sent.iter().all(|sent| *sent >= day), "{} happens in the future", plot.ends.0);
        }
    }

    #[test]
    fn every_state_is_reached_about_ten_times() {
        for state in APPLICATION.states() {
            let cases: usize = PLOTS.iter().filter(|p| p.ends == state).map(|p| p.sent.len()).sum();
            assert!((5..=20).contains(&cases), "{}: {cases}", state.0);
        }
        assert!((100..=130).contains(&PLOTS.iter().map(|p| p.sent.len()).sum::<usize>()));
    }
}
