//! Public services (易办): items, forms, eligibility and the life of an application.

pub mod actions;
pub mod answers;
pub mod application;
pub mod check;
mod check_form;
pub mod condition;
pub mod display;
pub mod draft;
pub mod draft_view;
pub mod eligibility;
mod faults;
pub mod form;
pub mod item;
pub mod item_summary;
pub mod life;
pub mod normalize;
pub mod outcome;
pub mod revision;
pub mod routing;
pub mod rule;
pub mod source;
pub mod themes;
pub mod validate;
pub mod visibility;

pub use answers::Answers;
pub use eligibility::{Assessment, Verdict};
pub use form::{Field, Form, Kind, Page};
pub use item::Item;
