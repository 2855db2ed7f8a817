//! Public services (易办): items, forms, eligibility and the life of an application.

pub mod answers;
pub mod application;
pub mod card;
pub mod check;
mod check_form;
pub mod condition;
pub mod display;
pub mod draft;
pub mod eligibility;
pub mod filing;
pub mod form;
pub mod item;
pub mod life;
pub mod outcome;
pub mod revision;
pub mod routing;
pub mod shown;
pub mod themes;
pub mod tidy;
pub mod validate;

pub use answers::Answers;
pub use eligibility::{Assessment, Verdict};
pub use form::{Field, Form, Kind, Page};
pub use item::Item;
