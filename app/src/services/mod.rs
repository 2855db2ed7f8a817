//! Pages of public services (易办): the catalogue, eligibility, and the application form.

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
