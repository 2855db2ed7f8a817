//! The tables of `services` as sea-orm entities.

pub mod application;
pub mod application_revision;
pub mod correction;
pub mod decision;
pub mod draft;
pub mod item;
pub mod rating;
pub mod upload;
