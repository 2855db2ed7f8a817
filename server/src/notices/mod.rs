//! Notices (消息): made from events, shown in the inbox and delivered by e-mail or SMS.

pub mod background_send;
pub mod deliver;
pub mod entity;
mod from_event;
pub mod inbox;
pub mod mailer;

pub(crate) use from_event::{NewNotice, from_event, notify, notify_many, notify_urgent};
