//! The actor of a transaction. Every read and write of the store names one.

use shared::{
    Problem,
    account::{Permission, Role},
    coded_enum,
    ids::{AccountId, EnterpriseId, OrganisationId, PersonId},
};

coded_enum! {
    /// A task of the system, as set in `huimin.task` for the row-level policies and as logged.
    pub enum Task {
        /// Sign-up, sign-in, reset: before an account is known.
        SignIn = "sign_in",
        /// Real-name check and kinship check.
        RegisterCheck = "register",
        /// Deadlines and their warnings.
        Deadlines = "deadlines",
        /// Deliveries of notices.
        Deliveries = "deliveries",
        /// Audit: signing the roots of the event chain, and verifying it.
        Audit = "audit",
        /// Operations: metrics, import, key rotation, `huimin admin`.
        Operation = "operation",
        /// Emergency calls: intake and escalation.
        Emergency = "emergency",
    }
}

/// A role held in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The role.
    pub role: Role,
}

/// An actor: anonymous, an account (perhaps acting for another person), or a task of the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// The signed-in account.
    pub account: Option<AccountId>,
    /// The system's task.
    pub task: Option<Task>,
    /// The person of the account, after the real-name check.
    pub person: Option<PersonId>,
    /// The person acted for by mandate in this session.
    pub acting_for: Option<PersonId>,
    /// The firm acted for in this session, as its legal representative.
    pub enterprise: Option<EnterpriseId>,
    /// The roles held; effective only with the second factor.
    pub memberships: Vec<Membership>,
    /// Whether the second factor was given in this session.
    pub second_factor: bool,
}

impl Actor {
    /// An actor without an account.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// A task of the system.
    #[must_use]
    pub fn system(task: Task) -> Self {
        Self { task: Some(task), ..Self::default() }
    }

    /// The caller of an emergency call for `person`: by a registered device or from an unknown phone, with the account if
    /// there is one. The services of `care` decide from the presented credential what the caller may do.
    #[must_use]
    pub fn caller(person: PersonId, account: Option<AccountId>) -> Self {
        Self { account, task: Some(Task::Emergency), person: Some(person), ..Self::default() }
    }

    /// Whether it is a task of the system without an account or a person.
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.task.is_some() && self.account.is_none() && self.person.is_none()
    }

    /// Whether it is the caller of an emergency call.
    #[must_use]
    pub fn is_caller(&self) -> bool {
        self.task == Some(Task::Emergency) && self.person.is_some()
    }

    /// The account.
    ///
    /// # Errors
    /// [`Problem::SignInFirst`] without an account.
    pub fn signed_in(&self) -> Result<AccountId, Problem> {
        self.account.ok_or(Problem::SignInFirst)
    }

    /// The person the actor acts as: the person acted for, else their own.
    ///
    /// # Errors
    /// [`Problem::SignInFirst`] without an account, [`Problem::RealNameFirst`] before the real-name check.
    pub fn subject(&self) -> Result<PersonId, Problem> {
        self.signed_in()?;
        self.acting_for.or(self.person).ok_or(Problem::RealNameFirst)
    }

    /// The effective roles in an organisation: none before the second factor.
    #[must_use]
    pub fn roles_in(&self, organisation: OrganisationId) -> Vec<Role> {
        if !self.second_factor {
            return Vec::new();
        }
        self.memberships.iter().filter(|m| m.organisation == organisation).map(|m| m.role).collect()
    }

    /// Whether an effective role in any organisation has the permission.
    #[must_use]
    pub fn may(&self, wanted: Permission) -> bool {
        self.second_factor && self.memberships.iter().any(|m| m.role.may(wanted))
    }

    /// The organisations in which an effective role has the permission.
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
