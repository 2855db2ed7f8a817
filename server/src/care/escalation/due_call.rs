//! A call whose next step is due, as the engine loads it.

use crate::care::escalation::targets::CallScope;
use crate::cases::CaseRow;
use sea_orm::FromQueryResult;
use serde_json::Value;
use shared::{
    care::escalation::{PolicyPosition, PolicyStep, fallback_policy},
    ids::OrganisationId,
};
use time::OffsetDateTime;

/// A call whose next step is due.
#[derive(FromQueryResult)]
pub(crate) struct DueCall {
    #[sea_orm(nested)]
    pub(crate) case: CaseRow,
    steps: Value,
    step: i32,
    round: i32,
    pub(crate) next_step_at: OffsetDateTime,
    pub(crate) neighbour_id: Option<OrganisationId>,
}

impl DueCall {
    /// The centre, the neighbouring centre and the person.
    pub(crate) fn scope(&self) -> CallScope {
        CallScope { centre: self.case.organisation_id, neighbour: self.neighbour_id, person: self.case.subject_id }
    }

    /// The step that is due.
    pub(crate) fn position(&self) -> PolicyPosition {
        PolicyPosition::from_stored(self.step, self.round)
    }

    /// The steps of its policy. A policy that cannot be read is replaced, so that no call waits for a repair of data.
    pub(crate) fn policy(&self) -> Vec<PolicyStep> {
        match serde_json::from_value::<Vec<PolicyStep>>(self.steps.clone()) {
            Ok(steps) if !steps.is_empty() => steps,
            other => {
                tracing::error!(case = %self.case.id, error = ?other.err(), "a policy without steps; the duty desk is called");
                fallback_policy()
            }
        }
    }

    /// By how much the step is overdue.
    pub(crate) fn lateness(&self, now: OffsetDateTime) -> time::Duration {
        now - self.next_step_at
    }
}
