//! The caseworkers' desk: queue, case page and the forms of actions.

pub mod act;
pub mod action;
pub mod answers;
pub mod case;
pub mod claim;
pub mod clocks;
pub mod keys;
pub mod queue;
pub mod state_tag;
pub mod timeline;
