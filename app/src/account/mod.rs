//! Account pages: sign-up, sign-in, personal data, family, staff and organisations.

pub mod absences;
pub mod administration;
pub mod device_cookie;
pub mod device_name;
pub mod enter_session;
pub mod family;
pub mod identity;
pub mod invitation;
pub mod lost_authenticator;
pub mod me;
pub mod organisations;
pub mod partners;
pub mod password;
pub mod preferences;
pub mod reset;
pub mod second_factor;
pub mod session_guard;
pub mod sessions;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod staff;
pub mod totp;
pub mod warnings;
