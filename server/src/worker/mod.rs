//! The background worker of a process: runs the jobs of the queue and the periodic tasks of every module.

mod deliver;
mod periodic;
mod runner;

pub use deliver::deliver;
pub use periodic::{PERIODIC, run_periodic_task};
pub use runner::run_worker;
