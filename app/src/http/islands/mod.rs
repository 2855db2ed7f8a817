//! What lives on pages of every room.

pub mod fetch;
pub mod given;
pub mod kept;
pub mod listen;
pub mod number;
pub mod pause;
pub mod read_aloud;

/// The header of a page that fetches itself anew to stay current: nobody need be there.
pub const RENEWS: &str = "huimin-renews";
