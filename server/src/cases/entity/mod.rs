//! The tables of `cases` as sea-orm entities.

pub mod case;
pub mod case_clock;
pub mod event;
pub mod idempotency;
