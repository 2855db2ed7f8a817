//! Pages of cases (办件): one's own, and the desk's.

pub mod correct;
pub mod islands;
pub mod wishes;

#[cfg(feature = "ssr")]
pub mod case;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod mine;
#[cfg(feature = "ssr")]
pub mod sent;
#[cfg(feature = "ssr")]
pub mod told;
