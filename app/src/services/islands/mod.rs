//! What lives on the pages of services.

pub mod draft_keeper;
