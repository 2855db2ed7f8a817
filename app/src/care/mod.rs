//! Care (安养): the emergency button, what is known of the person who called, whoever answers calls and whoever goes.

pub mod act;
pub mod call;
pub mod contacts;
pub mod devices;
pub mod duty;
pub mod islands;
pub mod policies;
pub mod presence;
pub mod profile;
pub mod respond_acts;
pub mod reveal;

#[cfg(feature = "ssr")]
mod centres;
#[cfg(feature = "ssr")]
pub mod dispatch;
#[cfg(feature = "ssr")]
pub mod edge;
#[cfg(feature = "ssr")]
pub mod given;
#[cfg(feature = "ssr")]
pub mod home;
#[cfg(feature = "ssr")]
pub mod respond;
#[cfg(feature = "ssr")]
pub mod respond_offer;
#[cfg(feature = "ssr")]
pub mod respond_step;
#[cfg(feature = "ssr")]
pub mod sos;
#[cfg(feature = "ssr")]
pub mod standing;
#[cfg(feature = "ssr")]
pub mod suggestions;
