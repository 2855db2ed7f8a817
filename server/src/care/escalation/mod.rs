//! Escalation (升级): alerting people step by step until one of them answers, and monitoring of the engine that does it.

pub mod alert;
pub mod auditor;
mod batch;
pub(crate) mod due_call;
pub mod engine;
pub(crate) mod heartbeat;
pub(crate) mod manual;
pub mod policy;
mod step;
pub(crate) mod targets;
pub mod timer;
