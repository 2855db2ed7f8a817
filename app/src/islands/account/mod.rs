//! Islands of account pages.

pub mod session_guard;
