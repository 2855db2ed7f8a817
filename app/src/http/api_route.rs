//! The row type of the table of machine endpoints, which are not server functions.

use super::context::App;
use axum::routing::{MethodFilter, MethodRouter};

/// What a client must present to use a machine endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Nothing: the permitted effect follows from the body.
    Nothing,
    /// The secret of a press, a device credential or a session; each gives access to the client's own call only.
    OwnCall,
    /// A device's bearer token; without one, a number to call back.
    Device,
}

/// One machine endpoint. The router and the rights tests are both built from these rows.
#[derive(Debug)]
pub struct ApiRoute {
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// The required credential.
    pub credential: Credential,
    /// The accepted method.
    pub method: MethodFilter,
    /// Binds the handler to the method.
    pub handler: fn(MethodFilter) -> MethodRouter<App>,
}
