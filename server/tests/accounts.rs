//! Accounts on a real Postgres: what is guessed, replayed, expired, mistaken or not one's own is refused.

mod accounts {
    pub mod town;

    mod family;
    mod guessing;
    mod identity;
    mod passwords;
    mod second_factor;
    mod sign_up;
    mod staff;
}
