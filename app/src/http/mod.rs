//! From a request to a page: who visits, the frame around every page, problems, and the one table of routes.

pub mod islands;
pub mod refusal;

pub mod call;
pub mod flash;
pub mod frame;
pub mod headers;
pub mod page;
pub mod posted;
pub mod problem_page;
pub mod routes;
mod scripts;
pub mod visit;

pub use refusal::Refusal;
