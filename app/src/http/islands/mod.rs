//! What lives on pages of every room.

pub mod fetch;
pub mod read_aloud;
