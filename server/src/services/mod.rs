//! Public services (易办): the catalogue, drafts, applications and their decisions.

pub mod apply;
pub mod catalogue;
pub mod draft;
pub mod eligibility;
pub mod entity;
pub mod files;
pub mod import;
mod life;
pub mod read;
mod record;
mod search;
mod uploads;

pub(crate) mod accept;
pub(crate) mod correction;
pub(crate) mod decision;
pub(crate) mod objection;
pub(crate) mod rating;
pub(crate) mod withdraw;

pub use life::LIFE;
