//! What lives on the pages of cases.

pub mod live_region;
