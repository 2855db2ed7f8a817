//! Responders (救援员): duty, their offers and what they do with them, their own safety.

pub mod duty;
mod offer_view;
pub(crate) mod offers;
pub mod responders;
pub(crate) mod timeouts;
pub mod welfare;
