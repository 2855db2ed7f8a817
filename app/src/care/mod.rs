//! Care (安养): the pages of whoever answers calls for help and whoever goes.

pub mod act;
pub mod islands;
pub mod presence;
pub mod respond_acts;
pub mod reveal;

#[cfg(feature = "ssr")]
pub mod dispatch;
#[cfg(feature = "ssr")]
pub mod respond;
#[cfg(feature = "ssr")]
pub mod respond_offer;
#[cfg(feature = "ssr")]
pub mod respond_step;
#[cfg(feature = "ssr")]
pub mod suggestions;
