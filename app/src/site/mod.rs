//! Composition of the site: the tables of pages and machine endpoints, the router, the page frame and the home page.

pub mod api;
pub mod frame;
pub mod home;
pub mod router;
pub mod routes;
mod scripts;
