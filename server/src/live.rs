//! Live events: clients watch a case, a queue or an inbox and receive an event when it changes.
//!
//! `NOTIFY` makes events fast: each process listens on one connection. Polling makes them reliable: every two seconds each
//! process queries what was written since the last poll, by transaction ids, so that a lost notification delays an event
//! by two seconds and never loses it. An event has no content, only its topic and a cursor.

mod hub;
mod listener;
mod sse;
mod topic;

pub use hub::Live;
pub use topic::{Event, Topic};
