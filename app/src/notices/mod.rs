//! What people are told.

pub mod inbox;
