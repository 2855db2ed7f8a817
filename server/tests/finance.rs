//! Tests financing on a real Postgres: from registering a firm to disbursement, consents, and concurrent actions.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

#[path = "finance/bank.rs"]
mod bank;
#[path = "finance/parallel.rs"]
mod parallel;
#[path = "finance/products.rs"]
mod products;
#[path = "finance/road.rs"]
mod road;
#[path = "finance/secrets.rs"]
mod secrets;
