//! The names of clocks and actors, as stored with every kind of case.

use super::flow::Clock;
use crate::{account::Role, coded_enum};

coded_enum! {
    /// A clock (时限) of a case, as stored in `case_clock.clock`.
    pub enum ClockName {
        /// The five working days to accept, refuse or ask for correction (受理时限).
        Acceptance = "acceptance",
        /// From acceptance to the decision (办理时限).
        Decision = "decision",
        /// From the acceptance of an offer to the money (融资办结时限).
        Financing = "financing",
    }
}

impl ClockName {
    /// The clock as the Flow names it.
    #[must_use]
    pub const fn clock(self) -> Clock {
        Clock(self.code())
    }
}

coded_enum! {
    /// In which capacity an event's actor acted, as stored in `event.actor_kind`.
    pub enum ActorKind {
        /// The person the case is about (本人).
        Applicant = "applicant",
        /// The holder of a mandate (代办人).
        Delegate = "delegate",
        /// A caller without an account (呼救人).
        Caller = "caller",
        /// A person called to help (应召人员).
        Helper = "helper",
        /// The system (系统).
        System = "system",
        /// Staff whose role is not known any more (工作人员).
        Staff = "staff",
        /// [`Role::Caseworker`].
        Caseworker = "caseworker",
        /// [`Role::Supervisor`].
        Supervisor = "supervisor",
        /// [`Role::Auditor`].
        Auditor = "auditor",
        /// [`Role::Administrator`].
        Administrator = "administrator",
        /// [`Role::Dispatcher`].
        Dispatcher = "dispatcher",
        /// [`Role::ChiefDispatcher`].
        ChiefDispatcher = "chief_dispatcher",
        /// [`Role::Responder`].
        Responder = "responder",
        /// [`Role::BankOfficer`].
        BankOfficer = "bank_officer",
        /// [`Role::BankSupervisor`].
        BankSupervisor = "bank_supervisor",
    }
}

impl From<Role> for ActorKind {
    fn from(role: Role) -> Self {
        match role {
            Role::Caseworker => Self::Caseworker,
            Role::Supervisor => Self::Supervisor,
            Role::Auditor => Self::Auditor,
            Role::Administrator => Self::Administrator,
            Role::Dispatcher => Self::Dispatcher,
            Role::ChiefDispatcher => Self::ChiefDispatcher,
            Role::Responder => Self::Responder,
            Role::BankOfficer => Self::BankOfficer,
            Role::BankSupervisor => Self::BankSupervisor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_in_a_role_has_the_code_of_the_role() {
        for role in Role::ALL {
            assert_eq!(ActorKind::from(*role).code(), role.code());
        }
    }
}
