//! Intake of emergency calls (紧急呼叫): the button, the machine endpoints, and the caller's view of a call.

pub mod api;
pub mod call;
pub mod call_status;
pub mod sos;
