//! Manages a private Postgres, created with the machine's own binaries, so that the program runs without a database server.
//!
//! It lives in `<data folder>/postgres` and is reached over a Unix socket that only its own system user can open.
//! Every process that uses it holds a [`Lease`]; the last one to leave stops it. A lease is a kernel file lock, so the
//! lease of a killed process ends with the process. [`Cluster::keep`] keeps the cluster running without leases until
//! [`Cluster::stop`].

mod binaries;
mod cluster;
mod error;
mod initialise;
mod layout;
mod lease;
mod locks;
mod options;
mod process;
mod start;

pub use binaries::{Binaries, Search};
pub use cluster::{Cluster, Status};
pub use error::ClusterError;
pub use lease::Lease;
pub use options::{DATABASE, Options, Role};
