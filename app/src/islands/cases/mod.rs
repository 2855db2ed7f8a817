//! Islands of case pages (办件).

pub mod desk_keys;
pub mod live_region;
