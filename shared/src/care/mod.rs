//! Care (安养): calls for help, who is called in turn, who goes, and what is known of the person who called.

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
