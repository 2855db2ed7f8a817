//! Tests accounts on a real Postgres: guessed, replayed, expired, invalid and unauthorised requests are rejected.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::string_slice, reason = "tests may panic")]

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
