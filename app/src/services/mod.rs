//! Pages of public services (易办): the catalogue, eligibility, the form and what is sent.

pub mod check;
pub mod draft;
pub mod islands;
pub mod item;
pub mod page;

pub mod act;
pub mod answers;
pub mod catalogue;
pub mod eligibility;
pub mod fields;
pub mod files;
pub mod sources;
