//! What lives on the pages of care.

pub mod share_place;
pub mod time_left;
