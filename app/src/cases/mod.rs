//! Pages of cases (办件): one's own, the desk's, and the auditors'.

pub mod act;
pub mod claim;
pub mod correct;
pub mod islands;
pub mod reveal;
pub mod wishes;

#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod case;
#[cfg(feature = "ssr")]
pub mod desk_action;
#[cfg(feature = "ssr")]
pub mod desk_answers;
#[cfg(feature = "ssr")]
pub mod desk_case;
#[cfg(feature = "ssr")]
pub mod desk_clocks;
#[cfg(feature = "ssr")]
pub mod desk_keys;
#[cfg(feature = "ssr")]
pub mod desk_timeline;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod mine;
#[cfg(feature = "ssr")]
pub mod queue;
#[cfg(feature = "ssr")]
pub mod sent;
#[cfg(feature = "ssr")]
pub mod told;
