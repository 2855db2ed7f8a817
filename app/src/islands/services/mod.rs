//! Islands of service pages (易办).

pub mod draft_keeper;
