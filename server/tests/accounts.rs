//! Accounts on a real Postgres: what is guessed, replayed, expired, mistaken or not one's own is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "the functions that tests share may stop at once, too"
)]

mod accounts {
    pub mod fixture;

    mod administration;
    mod family;
    mod guessing;
    mod identity;
    mod passwords;
    mod second_factor;
    mod sign_up;
    mod staff;
}
