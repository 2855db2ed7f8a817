//! Islands of the page frame.

pub mod read_aloud;
