//! Many people at once against the real program: what the kill test (`app/tests/kill`) and the benchmark share.
//!
//! Each person is a thread with a connection and an address of its own (all of 127.0.0.0/8 is this machine), so that
//! the limits on one address hold as they do for people at home.

pub mod applicant;
pub mod browser;
pub mod caller;
pub mod calls;
pub mod people;
pub mod program;
