//! What lives on pages of every room.

pub mod read_aloud;
