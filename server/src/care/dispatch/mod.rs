//! The dispatch desk (调度台): the board, one call, answering, asking responders, merging, closing, figures.

pub(crate) mod answer;
pub mod board;
pub mod call;
mod call_lines;
mod call_record;
pub mod candidates;
pub(crate) mod closing;
pub mod figures;
pub(crate) mod merge;
pub(crate) mod request;
pub mod reveal;
pub mod suggest;
