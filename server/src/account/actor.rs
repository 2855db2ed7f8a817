//! Who acts. Every read and write of the store names one.

use shared::{
    Problem,
    account::{Permission, Role},
    coded_enum,
    ids::{AccountId, EnterpriseId, OrganisationId, PersonId},
};

coded_enum! {
    /// A task of the system itself, as set in `huimin.task` for the row-level policies and as logged.
    pub enum Task {
        /// Sign-up, sign-in, reset: before an account is known.
        SignIn = "sign_in",
        /// Real-name check and kinship check.
        Register = "register",
        /// Deadlines and their warnings.
        Deadlines = "deadlines",
        /// Deliveries of notices.
        Deliveries = "deliveries",
        /// Audit: roots and verification.
        Audit = "audit",
        /// Operation: metrics, import, key rotation, `huimin admin`.
        Operation = "operation",
        /// Emergency calls: intake and escalation.
        Emergency = "emergency",
    }
}

/// A role in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub organisation: OrganisationId,
    /// As what.
    pub role: Role,
}

/// Who acts: nobody known, an account (perhaps for somebody else), or a task of the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// The signed-in account.
    pub account: Option<AccountId>,
    /// The system's task.
    pub task: Option<Task>,
    /// The account's own person, once the real-name check is done.
    pub person: Option<PersonId>,
    /// The person acted for by mandate in this session.
    pub acting_for: Option<PersonId>,
    /// The firm acted for in this session, as its legal representative.
    pub enterprise: Option<EnterpriseId>,
    /// Roles held; counted only with the second factor.
    pub memberships: Vec<Membership>,
    /// Whether the second factor was given in this session.
    pub second_factor: bool,
}

impl Actor {
    /// Nobody known.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// A task of the system.
    #[must_use]
    pub fn system(task: Task) -> Self {
        Self { task: Some(task), ..Self::default() }
    }

    /// Whoever calls for help for `person`: by a device that may, or from a phone nobody knows. What they may do of it
    /// is decided by what they hold, which the services of `care` check; an account is named if there is one.
    #[must_use]
    pub fn caller(person: PersonId, account: Option<AccountId>) -> Self {
        Self { account, task: Some(Task::Emergency), person: Some(person), ..Self::default() }
    }

    /// Whether it is a task of the system by itself, with nobody behind it.
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.task.is_some() && self.account.is_none() && self.person.is_none()
    }

    /// Whether it is somebody who calls for help.
    #[must_use]
    pub fn is_caller(&self) -> bool {
        self.task == Some(Task::Emergency) && self.person.is_some()
    }

    /// The account, or the demand to sign in.
    ///
    /// # Errors
    /// [`Problem::SignInFirst`] without an account.
    pub fn signed_in(&self) -> Result<AccountId, Problem> {
        self.account.ok_or(Problem::SignInFirst)
    }

    /// The person this actor acts as: the one acted for, or oneself.
    ///
    /// # Errors
    /// [`Problem::SignInFirst`] without an account, [`Problem::RealNameFirst`] before the real-name check.
    pub fn subject(&self) -> Result<PersonId, Problem> {
        self.signed_in()?;
        self.acting_for.or(self.person).ok_or(Problem::RealNameFirst)
    }

    /// Roles that count: none before the second factor.
    #[must_use]
    pub fn roles_in(&self, organisation: OrganisationId) -> Vec<Role> {
        if !self.second_factor {
            return Vec::new();
        }
        self.memberships.iter().filter(|m| m.organisation == organisation).map(|m| m.role).collect()
    }

    /// Whether some role of this actor allows it, anywhere.
    #[must_use]
    pub fn may(&self, wanted: Permission) -> bool {
        self.second_factor && self.memberships.iter().any(|m| m.role.may(wanted))
    }

    /// The organisations in which a role of this actor allows it.
    #[must_use]
    pub fn organisations_where(&self, wanted: Permission) -> Vec<OrganisationId> {
        if !self.second_factor {
            return Vec::new();
        }
        let mut all: Vec<OrganisationId> =
            self.memberships.iter().filter(|m| m.role.may(wanted)).map(|m| m.organisation).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}
