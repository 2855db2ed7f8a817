//! The dispatch desk (调度台): the board, one call, answering, asking responders, merging, closing, figures.

pub(crate) mod answer;
pub mod board;
pub mod call;
pub(crate) mod closing;
pub mod figures;
pub(crate) mod merge;
pub(crate) mod request;
pub mod suggest;
