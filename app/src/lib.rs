//! What people see: pages, islands and server functions.
//!
//! Pages are rendered on the server and work without WASM; islands are the few places that live. Everything but
//! islands and the stubs of server functions is behind the feature `ssr`, so that the browser build cannot reach it.

#![allow(clippy::needless_pass_by_value, reason = "components, islands and server functions own what they are given")]
#![allow(missing_docs, reason = "the macros of server functions and islands make public items that cannot carry docs")]

pub mod account;
pub mod care;
pub mod cases;
#[cfg(feature = "ssr")]
pub mod commands;
pub mod finance;
#[cfg(feature = "ssr")]
pub mod home;
pub mod http;
pub mod notices;
#[cfg(feature = "ssr")]
pub mod registry;
pub mod services;
#[cfg(feature = "ssr")]
pub mod ui;

/// Finds the islands of a page and makes them live.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
