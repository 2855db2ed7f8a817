//! Accounts: sign-up, sign-in, roles, mandates, second factor.

pub mod actor;
pub mod gate;
pub mod session;
