//! Browser helpers that islands share.

pub mod fetch;
pub mod listen;
pub mod local_storage;
pub mod number;
pub mod sleep;
