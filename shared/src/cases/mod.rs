//! Cases (办件): their Flows as tables, their working-day clocks and their timelines.

pub mod action;
pub mod actions;
pub mod calendar;
pub mod clock;
pub mod flow;
pub mod names;
pub mod queue;
pub mod view;

pub use action::{ActionInput, PostedFields};
pub use calendar::{CalendarMissing, WorkCalendar};
pub use clock::{ClockFault, ClockRecord, Due};
pub use flow::{Action, Clock, ClockOp, Flow, Guard, Party, Requirement, State, StateTone, Step};
pub use names::{ActorKind, ClockName};
pub use queue::{ClockState, Desk, QueueCounts, QueueFilter, QueuePage, QueueRow, QueueSort};
pub use view::{
    AllowedAction, CaseSummary, CaseView, ClockView, Content, Page, TimelineEntry, Viewer, action_name, clock_name, state_name,
};
