//! Care (安养): emergency calls from the press to the end, responders, and the persons cared for.

pub mod dispatch;
pub mod entity;
pub mod escalation;
pub mod intake;
mod life;
mod notify;
pub mod people;
pub mod response;
mod sealed;
#[cfg(any(test, feature = "testing"))]
pub mod test_support;

pub use life::LIFE;
pub use people::centre::CITY_DESK;
