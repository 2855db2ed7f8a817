//! Parts of the pages of care that live in the browser.

pub mod sos;
