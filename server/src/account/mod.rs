//! Accounts (账号): sign-up, sign-in, second factor, real-name check, mandates, staff and organisations.

pub mod absences;
pub mod administration;
mod codes;
pub mod contact;
pub mod entity;
mod invitations;
mod kinship;
pub mod lost_authenticator;
pub mod mandates;
pub mod organisations;
pub mod partners;
pub mod password;
mod person;
pub mod preferences;
pub mod profile;
pub mod real_name;
pub mod reset;
pub mod session;
pub mod sessions;
pub mod sign_in;
pub mod sign_up;
pub mod staff;
pub mod throttle;
pub mod totp;
pub mod warnings;
