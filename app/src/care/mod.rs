//! Care (安养): the emergency button, how a call stands, and what is known of the person who called.

pub mod call;
pub mod contacts;
pub mod devices;
#[cfg(feature = "ssr")]
pub mod edge;
#[cfg(feature = "ssr")]
pub mod given;
#[cfg(feature = "ssr")]
pub mod home;
pub mod islands;
pub mod profile;
#[cfg(feature = "ssr")]
pub mod sos;
#[cfg(feature = "ssr")]
pub mod standing;
