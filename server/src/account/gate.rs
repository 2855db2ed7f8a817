//! The one place that decides whether somebody may: pages, server functions and cases ask here.
//!
//! Row-level security under it answers the same question a second time, in the store. So that a test can show
//! that each of the two holds alone, a gate can be built that waives one check (`testing` builds only).

use super::actor::Actor;
use shared::{
    Problem,
    account::Permission,
    cases::Party,
    ids::{AccountId, OrganisationId, PersonId},
};

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
    /// Staff whose role allows one of these.
    AnyStaff(&'static [Permission]),
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
    /// That one was called to help with this very case.
    Helper,
}

/// Decides.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    waived: Option<Check>,
}

/// What the gate needs to know of a case.
#[derive(Clone, Copy, Debug)]
pub struct CaseOf<'a> {
    /// The person it is about.
    pub subject: PersonId,
    /// The organisation that decides it.
    pub organisation: OrganisationId,
    /// Organisations that were drawn into it.
    pub joined: &'a [OrganisationId],
    /// Accounts that were called to help.
    pub helpers: &'a [AccountId],
}

impl CaseOf<'_> {
    /// Its own organisation and those drawn in.
    fn organisations(&self) -> impl Iterator<Item = OrganisationId> {
        [self.organisation].into_iter().chain(self.joined.iter().copied())
    }
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
            Access::Staff(wanted) => enter_as_staff(actor, &[wanted]),
            Access::AnyStaff(wanted) => enter_as_staff(actor, wanted),
        }
    }

    /// Whether the actor is this party to the case.
    #[must_use]
    pub fn is_party(&self, party: Party, actor: &Actor, case: CaseOf<'_>) -> bool {
        match party {
            Party::System => actor.is_system(),
            Party::Applicant => {
                (actor.account.is_some() || actor.is_caller())
                    && self.holds(Check::Subject, actor.acting_for.or(actor.person) == Some(case.subject))
            }
            Party::Helper => actor.account.is_some_and(|account| self.holds(Check::Helper, case.helpers.contains(&account))),
            Party::Staff(wanted) => {
                actor.account.is_some()
                    && actor.may(wanted)
                    && self.holds(Check::Organisation, party.holds(&actor.roles_in(case.organisation)))
            }
            Party::Joined(wanted) => {
                let here = || case.organisations().any(|o| party.holds(&actor.roles_in(o)));
                actor.account.is_some() && actor.may(wanted) && self.holds(Check::Organisation, here())
            }
        }
    }

    /// Whether the actor may see the case at all, with its content.
    #[must_use]
    pub fn sees(&self, actor: &Actor, case: CaseOf<'_>) -> bool {
        actor.is_system()
            || self.is_party(Party::Applicant, actor, case)
            || self.is_party(Party::Staff(Permission::WorkOnCases), actor, case)
            || self.is_party(Party::Joined(Permission::AnswerCalls), actor, case)
            || self.is_party(Party::Joined(Permission::MakeOffers), actor, case)
            || self.is_party(Party::Helper, actor, case)
    }

    /// Whether another pair of eyes looks: `before` are those who did the earlier action.
    #[must_use]
    pub fn other_eyes(&self, actor: &Actor, before: &[AccountId]) -> bool {
        self.holds(Check::FourEyes, actor.account.is_none_or(|account| !before.contains(&account)))
    }
}

/// Whether a role of this actor allows one of these, or what they must do first.
fn enter_as_staff(actor: &Actor, wanted: &[Permission]) -> Result<(), Problem> {
    actor.signed_in()?;
    if wanted.iter().any(|w| actor.may(*w)) {
        Ok(())
    } else if !actor.second_factor && actor.memberships.iter().any(|m| wanted.iter().any(|w| m.role.may(*w))) {
        Err(Problem::SecondFactorFirst)
    } else {
        Err(Problem::Forbidden)
    }
}
