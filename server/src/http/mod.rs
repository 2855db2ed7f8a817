//! The edges over HTTP that are the same for pages and APIs: sessions, origin check, client addresses, limits,
//! health, metrics and live events.

pub mod client;
pub mod emergency;
pub mod health;
pub mod limits;
pub mod live;
pub mod origin;
pub mod session_store;
