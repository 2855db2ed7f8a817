//! The flows of every kind of case, as used by the diagrams of docs/states.md, the rights matrix and the property tests.

use crate::cases::Flow;

/// The flow of every kind of case.
pub const FLOWS: &[&Flow] = &[&crate::services::life::APPLICATION, &crate::care::life::SOS, &crate::finance::life::DEMAND];

/// The page of a case for the person whose case it is; of a kind that this version does not know, the page that redirects.
#[must_use]
pub fn page_path(kind: &str, number: &str) -> String {
    format!("{}/{number}", flow(kind).map_or("/cases", |f| f.page_path))
}

/// The flow of this kind.
#[must_use]
pub fn flow(kind: &str) -> Option<&'static Flow> {
    FLOWS.iter().find(|f| f.kind == kind).copied()
}
