//! The financing road on a real Postgres: from a claim to the money, what consent opens and closes, and what must hold
//! when everybody acts at once.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what tests share may stop at once, too")]

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
