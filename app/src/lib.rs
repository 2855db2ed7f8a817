//! The web front end: pages, islands, server functions and the `huimin` binary.
//!
//! Pages are rendered on the server and work without WASM. The browser build contains only [`islands`]; every other module
//! belongs to the server and is gated here, once.

#![allow(clippy::needless_pass_by_value, reason = "components, islands and server functions take owned arguments")]
#![allow(missing_docs, reason = "the macros of server functions and islands make public items that cannot carry docs")]

pub mod islands;

#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod care;
#[cfg(feature = "ssr")]
pub mod cases;
#[cfg(feature = "ssr")]
pub mod commands;
#[cfg(feature = "ssr")]
pub mod finance;
#[cfg(feature = "ssr")]
pub mod http;
#[cfg(feature = "ssr")]
pub mod notices;
#[cfg(feature = "ssr")]
pub mod registry;
#[cfg(feature = "ssr")]
pub mod services;
#[cfg(feature = "ssr")]
pub mod site;
#[cfg(feature = "ssr")]
pub mod ui;

/// Hydrates the islands of the page.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
