//! Islands: the interactive parts of pages, and the only code in the browser build.
//!
//! Each file holds the island and, for the server, the function that draws it with its props. Islands call the server by
//! plain requests (see `browser::fetch`), so the browser build needs no stubs of server functions.

pub mod account;
pub mod care;
pub mod cases;
pub mod island_props;
pub mod services;
pub mod site;

#[cfg(feature = "hydrate")]
mod browser;

/// Request header of a page that an island fetches again to stay current; it does not count as user activity.
pub const RENEWAL_HEADER: &str = "huimin-renews";
