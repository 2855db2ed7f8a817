//! Islands of care pages (安养).

pub mod presence;
pub mod share_place;
pub mod sos;
pub mod time_left;
pub mod watch;
