//! The program and its Postgres are killed at random moments while people use them, and started again.
//!
//! `HUIMIN_KILLS` says how often (6 unless set; `make kill KILLS=30`), `HUIMIN_SEED` repeats the choice of moments.

#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at once")]

mod applications;
mod calls;
mod test_server;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// One test_server at a time: what is measured is the program, not two of them side by side.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}
