//! The tables of `account` as sea-orm entities.

pub mod absence;
pub mod account;
pub mod administration;
pub mod district;
pub mod invitation;
pub mod mandate;
pub mod membership;
pub mod one_time_code;
pub mod organisation;
pub mod session;
pub mod throttle;
