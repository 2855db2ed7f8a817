//! Pages of public services (易办): the catalogue, eligibility, the form and what is sent.

pub mod act;
pub mod answers;
pub mod catalogue;
pub mod check;
pub mod draft;
pub mod eligibility;
pub mod fields;
pub mod files;
pub mod item;
pub mod page;
pub mod sources;
