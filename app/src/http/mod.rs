//! From a request to a page: who visits, the frame around every page, problems, and the one table of routes.

pub mod islands;
pub mod refusal;

#[cfg(feature = "ssr")]
pub mod call;
#[cfg(feature = "ssr")]
pub mod flash;
#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod headers;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod posted;
#[cfg(feature = "ssr")]
pub mod problem_page;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
mod scripts;
#[cfg(feature = "ssr")]
pub mod visit;

pub use refusal::Refusal;
