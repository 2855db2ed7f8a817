//! Addresses that several parts of care link to. They are repeated in the tables of routes (`site/routes.rs`, `site/api.rs`) and in the
//! browser (`islands/care/sos/state.rs`, `style/public/sw.js`), which must agree.

/// The page of the emergency button.
pub const SOS: &str = "/care/sos";
/// The endpoint that takes emergency calls.
pub const CALLS: &str = "/api/care/calls";
/// The dispatch board.
pub const BOARD: &str = "/dispatch";
/// The responder's page.
pub const RESPOND: &str = "/respond";
