//! Care (安养): emergency calls, their escalation, the ranking of responders, and care profiles.

pub mod actions;
pub mod board;
pub mod call;
pub mod device;
pub mod duty;
pub mod escalation;
pub mod figures;
pub mod geo;
pub mod life;
pub mod press;
pub mod profile;
pub mod ranking;
pub mod reasons;
pub mod respond;
pub mod responder;
