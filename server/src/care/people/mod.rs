//! The people around a call: the care profile, emergency contacts, family, and the centre that serves them.

pub mod centre;
pub mod contacts;
pub(crate) mod family;
pub mod profile;
