//! What lives on the pages of care.

pub mod presence;
pub mod sos;
pub mod watch;
