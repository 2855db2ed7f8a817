//! Notices (消息): what people are told of events, in the inbox and outside the house.

pub mod background_send;
pub mod deliver;
mod from_event;
pub mod inbox;
pub mod mailer;

pub(crate) use from_event::{Tell, follow, tell, tell_many, tell_urgent};
