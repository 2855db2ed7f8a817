//! The permission checks of pages, server functions and actions on cases.
//!
//! Row-level security checks the same rights again in the database. So that tests can show that each of the two layers
//! suffices alone, a gate can be built without one check (`testing` builds only).

use crate::access::actor::Actor;
use shared::{
    Problem,
    account::Permission,
    cases::Party,
    ids::{AccountId, OrganisationId, PersonId},
};

/// Who may open a page or call a server function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everyone, signed in or not.
    Anyone,
    /// Signed-in accounts.
    SignedIn,
    /// Accounts with a real-name check, or acting for a person with one.
    Verified,
    /// Staff whose role has this permission.
    Staff(Permission),
    /// Staff whose role has one of these permissions.
    AnyStaff(&'static [Permission]),
}

/// A check of the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Access to pages and server functions.
    Entry,
    /// The case is about the actor or the person acted for.
    Subject,
    /// The case belongs to an organisation in which the actor holds a role.
    Organisation,
    /// The four-eyes principle.
    FourEyes,
    /// The actor was called to help with the case.
    Helper,
}

/// Who may manage staff and organisations.
pub(crate) const MANAGE: Access = Access::Staff(Permission::ManageStaff);

/// Checks permissions.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    disabled: Option<Check>,
}

/// What the checks need to know of a case.
#[derive(Clone, Copy, Debug)]
pub struct CaseOf<'a> {
    /// The person it is about.
    pub subject: PersonId,
    /// The organisation that decides it.
    pub organisation: OrganisationId,
    /// Organisations that joined it.
    pub joined: &'a [OrganisationId],
    /// Accounts that were called to help.
    pub helpers: &'a [AccountId],
}

impl CaseOf<'_> {
    /// The deciding organisation and those that joined.
    fn organisations(&self) -> impl Iterator<Item = OrganisationId> {
        [self.organisation].into_iter().chain(self.joined.iter().copied())
    }
}

impl Gate {
    /// A gate without one check, for tests that show that the rights tests detect it.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn without_check(check: Check) -> Self {
        Self { disabled: Some(check) }
    }

    /// The result of a check; true if the check is disabled.
    fn has_permission(&self, check: Check, answer: bool) -> bool {
        answer || self.disabled == Some(check)
    }

    /// Checks whether the actor has access.
    ///
    /// # Errors
    /// What the actor must do first, or [`Problem::Forbidden`].
    pub fn enter(&self, access: Access, actor: &Actor) -> Result<(), Problem> {
        if self.disabled == Some(Check::Entry) {
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
                    && self.has_permission(Check::Subject, actor.acting_for.or(actor.person) == Some(case.subject))
            }
            Party::Helper => {
                actor.account.is_some_and(|account| self.has_permission(Check::Helper, case.helpers.contains(&account)))
            }
            Party::Staff(wanted) => {
                actor.account.is_some()
                    && actor.may(wanted)
                    && self.has_permission(Check::Organisation, party.holds(&actor.roles_in(case.organisation)))
            }
            Party::Joined(wanted) => {
                let here = || case.organisations().any(|o| party.holds(&actor.roles_in(o)));
                actor.account.is_some() && actor.may(wanted) && self.has_permission(Check::Organisation, here())
            }
        }
    }

    /// Whether the actor may view the case with its content.
    #[must_use]
    pub fn can_view(&self, actor: &Actor, case: CaseOf<'_>) -> bool {
        actor.is_system()
            || self.is_party(Party::Applicant, actor, case)
            || self.is_party(Party::Staff(Permission::WorkOnCases), actor, case)
            || self.is_party(Party::Joined(Permission::AnswerCalls), actor, case)
            || self.is_party(Party::Joined(Permission::MakeOffers), actor, case)
            || self.is_party(Party::Helper, actor, case)
    }

    /// Whether the four-eyes principle allows the action: `before` are the accounts that did the earlier action.
    #[must_use]
    pub fn four_eyes(&self, actor: &Actor, before: &[AccountId]) -> bool {
        self.has_permission(Check::FourEyes, actor.account.is_none_or(|account| !before.contains(&account)))
    }
}

/// Checks whether a role of the actor has one of the permissions.
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
