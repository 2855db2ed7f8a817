//! Every kind of case of this program: the diagrams of docs/states.md, the rights matrix and the property tests walk it.

use crate::cases::Flow;

/// Every kind of case there is.
pub const FLOWS: &[&Flow] = &[&crate::services::life::APPLICATION, &crate::care::life::SOS, &crate::finance::life::DEMAND];

/// The flow of this kind.
#[must_use]
pub fn flow(kind: &str) -> Option<&'static Flow> {
    FLOWS.iter().find(|f| f.kind == kind).copied()
}
