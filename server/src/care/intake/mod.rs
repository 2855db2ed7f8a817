//! How calls for help come in: presses, devices, alarms of machines, and what a caller does and sees afterwards.

pub mod alarms;
pub mod call_status;
pub mod caller;
pub(crate) mod caller_actions;
pub mod credential;
pub mod devices;
pub mod raise;
