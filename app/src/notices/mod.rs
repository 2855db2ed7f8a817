//! Pages of notices (消息).

pub mod inbox;
