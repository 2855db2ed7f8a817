//! What lives on pages of every room.

pub mod fetch;
pub mod given;
pub mod kept;
pub mod listen;
pub mod number;
pub mod read_aloud;
