//! Tests that no acknowledged work is lost when the program and its Postgres are killed at random moments under load.
//!
//! `HUIMIN_KILLS` sets the number of kills (6 by default; `make kill KILLS=30`), `HUIMIN_SEED` reproduces their random moments.

#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests may panic")]

mod applications;
mod calls;
mod test_server;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lets one test run at a time: times are measured, and two servers would slow each other down.
fn run_exclusively() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}
