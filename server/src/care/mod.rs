//! Care (安养): calls for help and who goes.

pub(crate) mod dispatch;
pub(crate) mod engine;
pub(crate) mod offers;
pub mod responders;
pub mod suggest;
pub mod welfare;
