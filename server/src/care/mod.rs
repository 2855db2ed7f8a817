//! Care (安养): calls for help from the press to the end, and what is known of the person who called.

pub mod alarms;
pub mod caller;
mod centre;
pub mod contacts;
pub mod credential;
pub mod devices;
pub mod follow;
pub(crate) mod heard;
pub mod profile;
pub mod raise;
