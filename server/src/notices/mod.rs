//! Notices (消息): made from events, shown in the inbox and delivered by e-mail or SMS.

pub mod background_send;
pub(crate) mod delivery_job;
pub mod entity;
pub mod inbox;
mod notify;
pub(crate) mod operator_warning;

pub(crate) use notify::{NewNotice, notify, notify_many, notify_urgent};
