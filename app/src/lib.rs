//! What people see: pages, islands and server functions.
//!
//! Pages are rendered on the server and work without WASM; islands are the few places that live. Everything but
//! islands and the stubs of server functions is behind the feature `ssr`, so that the browser build cannot reach it.

#[cfg(feature = "ssr")]
pub mod ui;
