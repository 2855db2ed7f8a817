//! What lives on the pages of care.

pub mod presence;
pub mod share_place;
pub mod sos;
pub mod time_left;
pub mod watch;
