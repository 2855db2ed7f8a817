//! Props of an island: a few texts in a JSON attribute beside it. Leptos' own island props would add a JSON reader to the
//! browser build, a fifth of the weight budget of a page; the browser has one already.

#[cfg(not(feature = "ssr"))]
mod browser;
#[cfg(feature = "ssr")]
mod server;

#[cfg(not(feature = "ssr"))]
pub use browser::IslandProps;
#[cfg(feature = "ssr")]
pub use server::{IslandProps, with_props};

impl IslandProps {
    /// A whole number; zero if it is missing.
    #[must_use]
    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }
}
