//! Account pages: sign-up, sign-in, one's own data, family, staff.

pub mod preferences;
pub mod session_guard;
