//! Notices (消息): what people are told of events, in the inbox and outside the house.

pub mod deliver;
pub mod entity;
mod follow;
pub mod inbox;
pub mod later;
pub mod outgoing;

pub(crate) use follow::{Tell, follow, tell, tell_many, tell_urgent};
