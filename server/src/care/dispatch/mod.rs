//! The dispatch desk (调度台): the board, one call, answering, asking responders, merging, closing, figures.

// The page of one call is `call`: `call_record` loads the call, `call_lines` the lists on the page, and `reveal` shows a
// telephone number in full. For responders, `suggest` ranks those who could go, `candidates` has the choices of the forms,
// and `request` asks them to go.
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
