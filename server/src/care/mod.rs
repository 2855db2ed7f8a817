//! Care (安养): calls for help, who is called in turn while nobody answers, who is on duty, and the watch over it all.

pub mod auditor;
pub(crate) mod by_hand;
pub mod duty;
pub mod engine;
mod heartbeat;
pub mod page;
pub mod policy;
mod targets;
#[cfg(any(test, feature = "testing"))]
pub mod trial;

use uuid::Uuid;

/// The city's duty desk (城市值班台): there since the migrations, whatever else is set up.
pub const CITY_DESK: Uuid = Uuid::from_u128(0x0000_0000_0000_8000_8000_0000_0000_0120);
