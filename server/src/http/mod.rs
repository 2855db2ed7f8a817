//! HTTP middleware shared by pages and APIs: sessions, cookies, origin check, client addresses, limits, request log,
//! health, metrics and live events.

pub mod client;
pub mod cookies;
pub mod health;
pub mod limits;
pub mod origin;
pub mod refusal;
mod request_log;
pub mod session_store;
pub mod watch;
