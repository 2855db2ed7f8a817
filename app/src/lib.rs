//! What people see: pages, islands and server functions.
//!
//! Pages are rendered on the server and work without WASM; islands are the few places that live. Everything but
//! islands and the stubs of server functions is behind the feature `ssr`, so that the browser build cannot reach it.
<<<<<<< HEAD

#[cfg(feature = "ssr")]
pub mod ui;
=======
>>>>>>> 5e81c68 (Run a private Postgres from the machine's own binaries, shared by leases that end with their process)
