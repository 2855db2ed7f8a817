//! Pages of public services (易办): the catalogue, eligibility, the form and what is sent.

pub mod check;
pub mod draft;
pub mod islands;
pub mod item;
pub mod page;

#[cfg(feature = "ssr")]
pub mod act;
#[cfg(feature = "ssr")]
pub mod answers;
#[cfg(feature = "ssr")]
pub mod catalogue;
#[cfg(feature = "ssr")]
pub mod eligibility;
#[cfg(feature = "ssr")]
pub mod fields;
#[cfg(feature = "ssr")]
pub mod files;
#[cfg(feature = "ssr")]
pub mod sources;
