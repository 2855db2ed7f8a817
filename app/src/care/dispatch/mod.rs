//! The dispatch desk (调度台): board, calls, actions on calls, duty and escalation policies.

pub mod act;
pub mod action;
pub mod board;
mod board_rows;
pub mod call;
mod call_card;
mod call_done;
mod call_status;
mod centres;
mod chart;
pub mod duty;
pub mod figures;
mod keys;
pub mod policies;
pub mod presence;
pub mod reveal;
pub mod suggestions;
mod ticks;
mod timeline;
