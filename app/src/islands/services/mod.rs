//! Islands of service pages (易办). `draft_keeper` saves a draft while the user types.

pub mod draft_keeper;
