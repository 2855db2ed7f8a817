//! Outcomes of decisions on applications (办理结果).

use crate::coded_enum;

coded_enum! {
    /// A proposed or approved decision, as stored in `decision.outcome`.
    pub enum DecisionOutcome {
        /// Granted (准予).
        Grant = "grant",
        /// Refused (不予).
        Refuse = "refuse",
    }
}
