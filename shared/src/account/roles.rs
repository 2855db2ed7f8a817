//! The table of roles (角色) and their permissions. The row-level policies name roles, too: a change here is also made in
//! `migrations/sql/0010_policies.sql` and in the functions of `0002_account.sql`.

use super::organisation::OrganisationKind;
use crate::coded_enum;
use serde::{Deserialize, Serialize};

/// A permission. Pages, server functions and the steps of a case ([`crate::cases::flow`]) name the permission they require.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See the queue of the organisation and work on its cases.
    WorkOnCases,
    /// Approve, send back and decide on objections.
    DecideCases,
    /// Read events of every case without their personal content.
    ReadAudit,
    /// Invite staff, end memberships, see operator warnings.
    ManageStaff,
    /// Answer emergency calls and dispatch responders.
    AnswerCalls,
    /// See the figures of a dispatch centre, edit its rota and publish its escalation policy.
    LeadCentre,
    /// Respond to emergency calls.
    RespondToCalls,
    /// See open demands of firms, make offers, do due diligence and pay out, for the bank.
    MakeOffers,
    /// Approve or refuse credits of the bank.
    DecideCredit,
}

// Gives the enum `code()`, `parse()` and `ALL`.
coded_enum! {
    /// A role held in an organisation, as stored in `membership.role`. Residents hold none: their rights follow from
    /// their person.
    pub enum Role {
        /// Caseworker (经办人) of a department.
        Caseworker = "caseworker",
        /// Supervisor (审批人) of a department: approves what a caseworker has proposed (four-eyes principle).
        Supervisor = "supervisor",
        /// Auditor (审计员) of the city.
        Auditor = "auditor",
        /// Administrator (管理员) of the city.
        Administrator = "administrator",
        /// Dispatcher (调度员) of a dispatch centre: answers emergency calls.
        Dispatcher = "dispatcher",
        /// Chief dispatcher (值班长) of a dispatch centre.
        ChiefDispatcher = "chief_dispatcher",
        /// Responder (救援员): goes to the caller.
        Responder = "responder",
        /// Bank officer (客户经理).
        BankOfficer = "bank_officer",
        /// Bank supervisor (审批人): decides on what a bank officer has submitted (four-eyes principle).
        BankSupervisor = "bank_supervisor",
    }
}

/// Where a role is held: the kinds of [`OrganisationKind`] that have staff. Not the scope of a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In one department, for its cases.
    Department,
    /// In the city's own organisation, for all cases.
    City,
    /// In a dispatch centre (调度中心), for its calls and the calls that it was added to.
    Centre,
    /// In a bank, for the demands of firms that consented.
    Bank,
}

impl Scope {
    /// The kind of organisation, as stored in `organisation.kind`.
    #[must_use]
    pub const fn kind(self) -> OrganisationKind {
        match self {
            Self::Department => OrganisationKind::Department,
            Self::City => OrganisationKind::City,
            Self::Centre => OrganisationKind::Centre,
            Self::Bank => OrganisationKind::Bank,
        }
    }
}

/// A row of the table of roles.
#[derive(Debug)]
pub struct RoleRow {
    /// The role.
    pub role: Role,
    /// Where it is held.
    pub scope: Scope,
    /// Its permissions.
    pub may: &'static [Permission],
    /// Minutes without a request after which its session ends.
    pub idle_minutes: u32,
    /// Maximum duration of its session in hours.
    pub absolute_hours: u32,
}

/// Session limits of residents: 15 minutes idle, 12 hours in total.
pub const RESIDENT_LIMITS: (u32, u32) = (15, 12);

/// The roles. Each requires a second factor.
pub const ROLES: &[RoleRow] = &[
    RoleRow {
        role: Role::Caseworker,
        scope: Scope::Department,
        may: &[Permission::WorkOnCases],
        idle_minutes: 15,
        absolute_hours: 8,
    },
    RoleRow {
        role: Role::Supervisor,
        scope: Scope::Department,
        may: &[Permission::WorkOnCases, Permission::DecideCases],
        idle_minutes: 15,
        absolute_hours: 8,
    },
    RoleRow { role: Role::Auditor, scope: Scope::City, may: &[Permission::ReadAudit], idle_minutes: 15, absolute_hours: 8 },
    RoleRow {
        role: Role::Administrator,
        scope: Scope::City,
        may: &[Permission::ManageStaff],
        idle_minutes: 15,
        absolute_hours: 8,
    },
    RoleRow {
        role: Role::Dispatcher,
        scope: Scope::Centre,
        may: &[Permission::AnswerCalls],
        idle_minutes: 15,
        absolute_hours: 8,
    },
    RoleRow {
        role: Role::ChiefDispatcher,
        scope: Scope::Centre,
        may: &[Permission::AnswerCalls, Permission::LeadCentre],
        idle_minutes: 15,
        absolute_hours: 8,
    },
    RoleRow {
        role: Role::Responder,
        scope: Scope::Centre,
        may: &[Permission::RespondToCalls],
        idle_minutes: 15,
        absolute_hours: 8,
    },
    RoleRow { role: Role::BankOfficer, scope: Scope::Bank, may: &[Permission::MakeOffers], idle_minutes: 10, absolute_hours: 8 },
    RoleRow {
        role: Role::BankSupervisor,
        scope: Scope::Bank,
        may: &[Permission::MakeOffers, Permission::DecideCredit],
        idle_minutes: 10,
        absolute_hours: 8,
    },
];

impl Role {
    /// The row of this role; a test checks that every role has one.
    #[must_use]
    pub fn row(self) -> Option<&'static RoleRow> {
        ROLES.iter().find(|r| r.role == self)
    }

    /// Whether the role has the permission.
    #[must_use]
    pub fn may(self, wanted: Permission) -> bool {
        self.row().is_some_and(|r| r.may.contains(&wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_one_row_and_a_code_that_reads_back() {
        for role in Role::ALL {
            assert_eq!(ROLES.iter().filter(|r| r.role == *role).count(), 1);
            assert_eq!(Role::parse(role.code()), Some(*role));
        }
    }
}
