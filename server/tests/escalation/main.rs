//! Escalation on a real Postgres, one behaviour a test, with the city's clock moved (issue: acceptance 2).
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests stop at once on what should not happen"
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
