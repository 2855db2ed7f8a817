//! The flows of every kind of case, as used by the diagrams of docs/states.md, the rights matrix and the property tests.

use crate::cases::Flow;

/// The flow of every kind of case.
pub const FLOWS: &[&Flow] = &[&crate::services::life::APPLICATION, &crate::care::life::SOS, &crate::finance::life::DEMAND];

/// The flow of this kind.
#[must_use]
pub fn flow(kind: &str) -> Option<&'static Flow> {
    FLOWS.iter().find(|f| f.kind == kind).copied()
}
