//! Intake of calls: presses, devices, alarms of devices, and the caller's follow-up actions and views.

pub mod alarms;
pub mod call_list;
pub mod call_status;
mod call_subject;
pub mod caller;
pub(crate) mod caller_actions;
pub mod credential;
pub mod devices;
pub mod followed_call;
pub mod identify;
pub mod press;
pub mod raise;
