//! The people cared for: their contacts, profile and devices, and the overview of a resident or family member.

pub mod contacts;
pub mod devices;
pub mod home;
pub mod profile;
