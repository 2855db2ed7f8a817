//! Tests escalation on a real Postgres, one behaviour per test, with the city clock moved.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests panic on unexpected results"
)]

mod duty;
mod hands;
mod load;

mod fixture;
mod order;
mod policies;
mod run;
mod sending;
mod watch;
