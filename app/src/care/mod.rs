//! Pages of care (安养): calls for help, and whoever answers them.

pub mod act;
pub mod duty;
pub mod islands;
pub mod policies;
pub mod presence;
pub mod reveal;

#[cfg(feature = "ssr")]
mod centres;
#[cfg(feature = "ssr")]
pub mod dispatch;
