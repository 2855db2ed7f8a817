//! Responders (救援员): duty, offers and the actions on them, deadlines, and welfare checks.

pub mod duty;
mod offer_view;
pub(crate) mod offers;
pub mod responders;
pub(crate) mod timeouts;
pub mod welfare;
