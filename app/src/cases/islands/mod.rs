//! What lives on the pages of cases.

pub mod desk_keys;
pub mod live_region;
