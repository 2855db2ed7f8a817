//! Tests the edges of the system on a real Postgres: messages, jobs, live events, limits, health, files and keys.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests panic on unexpected results"
)]

mod delivery;
mod health;
mod keys;
mod limits;
mod live;
mod pictures;
mod worker;
