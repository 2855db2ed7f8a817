//! Generates load on the real program by many concurrent users; shared by the kill test (`app/tests/kill`) and the benchmark.
//!
//! Each person is a thread with its own connection and its own loopback address (of 127.0.0.0/8), so that limits per address
//! apply as in production.

pub mod applicant;
pub mod browser;
pub mod caller;
pub mod calls;
pub mod people;
pub mod program;
