//! What lives on pages of every room.

pub mod fetch;
pub mod given;
pub mod number;
pub mod read_aloud;
