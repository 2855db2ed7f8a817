//! The services of the city: business functions over Postgres, jobs, notices, files and HTTP middleware. Independent of
//! Leptos.
//!
//! `shared`, `server` and `app` have the same modules; see docs/architecture.md. Every service function takes the store or
//! a transaction and the actor, so that no access happens without a known actor.

pub mod access;
pub mod account;
pub mod app_state;
pub mod care;
pub mod cases;
pub mod config;
mod csv_file;
pub mod error;
pub mod files;
pub mod finance;
pub mod http;
pub mod jobs;
pub mod live;
pub mod mail;
pub mod metric_names;
pub mod migrate;
pub mod notices;
mod paging;
pub mod pillars;
pub mod registry;
pub mod rotate;
pub mod seed;
pub mod services;
pub mod shutdown;
pub mod store;
pub mod vault;
pub mod worker;

pub use access::{Actor, Gate, Task};
pub use app_state::AppState;
pub use config::Config;
pub use error::{Error, Result};
pub use store::{Store, Tx};
pub use vault::Vault;
