//! Account pages: sign-up, sign-in, one's own data, family, staff.

#[cfg(feature = "ssr")]
pub mod enter_session;
pub mod family;
pub mod identity;
pub mod invitation;
#[cfg(feature = "ssr")]
pub mod me;
pub mod password;
pub mod preferences;
#[cfg(feature = "ssr")]
pub mod required;
pub mod reset;
pub mod second_factor;
pub mod session_guard;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod staff;
pub mod totp;
#[cfg(feature = "ssr")]
pub mod warnings;
