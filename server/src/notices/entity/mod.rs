//! The tables of `notices` as sea-orm entities.

pub mod delivery;
pub mod notice;
pub mod operator_warning;
