//! Actors and permissions: the actor of every read and write, and the gate that decides in code. Row-level security in the
//! database answers the same question independently.

pub mod actor;
pub mod gate;

pub use actor::{Actor, Task};
pub use gate::Gate;
