//! Who people are here: identity numbers, roles and permissions.

pub mod roles;

pub use roles::{Permission, Role};
