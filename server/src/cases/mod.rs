//! Cases (办件): the only way to change a case, the chain of its events, its clocks, the queues and the views of a case.

mod act;
pub mod assign;
pub mod audit;
pub mod audit_read;
mod case_row;
pub mod chain;
pub mod change;
mod clocks;
mod deadlines;
pub mod entity;
pub mod idempotency;
pub mod input;
pub mod life;
mod number;
mod open;
mod queue;
mod read;
pub mod roots;
mod rules;
mod write;

pub(crate) use act::perform_in;
pub use act::{perform, perform_posted, read_input_of};
pub use case_row::{CaseRow, find};
pub(crate) use case_row::{columns_of, find_locked};
pub use change::{Assign, Change, Done, Effect, Request, facts};
pub use clocks::clock_views;
pub use deadlines::{Summary, run_deadlines};
pub use input::{AnyInput, read_input};
pub use life::{Handler, Life, Lives, Work};
pub use open::{Opening, open};
pub(crate) use queue::like_prefix;
pub use queue::{claim_all, colleagues, queue, queue_csv};
pub use read::{audit_page, case_page, my_cases};
pub(crate) use read::{case_view, own_view};
pub use rules::allowed;
pub(crate) use write::act_many;
