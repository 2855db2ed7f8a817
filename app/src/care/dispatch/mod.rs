//! The desk of those who answer calls for help (调度台).

pub mod action;
pub mod board;
mod board_rows;
pub mod call;
mod call_card;
mod call_done;
mod call_status;
mod chart;
pub mod figures;
mod keys;
mod ticks;
mod timeline;

/// The board's address.
pub(crate) const BOARD: &str = "/dispatch";
