//! The one place that decides whether somebody may: pages, server functions and cases ask here.
//!
//! Row-level security under it answers the same question a second time, in the store. So that a test can show
//! that each of the two holds alone, a gate can be built that waives one check (`testing` builds only).

use super::actor::Actor;
use shared::{Problem, account::Permission, cases::Party};
use uuid::Uuid;

/// Who is let in to a page or a server function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, signed in or not.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever has done the real-name check, or acts for somebody who has.
    Verified,
    /// Staff whose role allows this.
    Staff(Permission),
}

/// One of the checks of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Who may enter a page or call a server function.
    Entry,
    /// That a case is one's own or of the person acted for.
    Subject,
    /// That a case belongs to an organisation in which one holds a role.
    Organisation,
    /// Another pair of eyes.
    FourEyes,
}

/// Decides.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    waived: Option<Check>,
}

/// What the gate needs to know of a case.
#[derive(Clone, Copy, Debug)]
pub struct CaseOf {
    /// The person it is about.
    pub subject: Uuid,
    /// The organisation that decides it.
    pub organisation: Uuid,
}

impl Gate {
    /// A gate that waives one check: only for tests that show that the matrix of rights notices.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn waiving(check: Check) -> Self {
        Self { waived: Some(check) }
    }

    fn holds(&self, check: Check, answer: bool) -> bool {
        answer || self.waived == Some(check)
    }

    /// Whether this actor may enter.
    ///
    /// # Errors
    /// What they must do first, or [`Problem::Forbidden`].
    pub fn enter(&self, access: Access, actor: &Actor) -> Result<(), Problem> {
        if self.waived == Some(Check::Entry) {
            return Ok(());
        }
        match access {
            Access::Anyone => Ok(()),
            Access::SignedIn => actor.signed_in().map(drop),
            Access::Verified => actor.subject().map(drop),
            Access::Staff(wanted) => {
                actor.signed_in()?;
                if actor.may(wanted) {
                    Ok(())
                } else if !actor.second_factor && actor.memberships.iter().any(|m| m.role.may(wanted)) {
                    Err(Problem::SecondFactorFirst)
                } else {
                    Err(Problem::Forbidden)
                }
            }
        }
    }

    /// Whether the actor is this party to the case.
    #[must_use]
    pub fn is_party(&self, party: Party, actor: &Actor, case: CaseOf) -> bool {
        match party {
            Party::System => actor.task.is_some(),
            Party::Applicant => {
                actor.account.is_some() && self.holds(Check::Subject, actor.acting_for.or(actor.person) == Some(case.subject))
            }
            Party::Staff(wanted) => {
                actor.account.is_some()
                    && actor.may(wanted)
                    && self.holds(Check::Organisation, party.holds(&actor.roles_in(case.organisation)))
            }
        }
    }

    /// Whether the actor may see the case at all, with its content.
    #[must_use]
    pub fn sees(&self, actor: &Actor, case: CaseOf) -> bool {
        actor.task.is_some()
            || self.is_party(Party::Applicant, actor, case)
            || self.is_party(Party::Staff(Permission::WorkOnCases), actor, case)
    }

    /// Whether another pair of eyes looks: `before` is who did the earlier action.
    #[must_use]
    pub fn other_eyes(&self, actor: &Actor, before: Option<Uuid>) -> bool {
        self.holds(Check::FourEyes, before.is_none() || before != actor.account)
    }
}
