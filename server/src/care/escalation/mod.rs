//! Escalation (升级): alerting people step by step until one answers, and the watch over the engine that does it.

pub mod alert;
pub mod auditor;
pub mod engine;
pub(crate) mod heartbeat;
pub(crate) mod manual;
pub mod policy;
pub(crate) mod targets;
