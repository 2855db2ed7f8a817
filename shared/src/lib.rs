//! What words mean in Huimin (惠民通): types, rules and calculations. Pure, wasm-safe, no I/O, no clock.
//!
//! The rooms are the same on every floor; see docs/architecture.md.

pub mod account;
pub mod calc;
pub mod care;
pub mod cases;
pub mod coded;
pub mod dates;
pub mod finance;
pub mod flows;
pub mod form_errors;
pub mod ids;
pub mod masking;
pub mod notices;
pub mod problem;
pub mod registry;
pub mod services;
pub mod texts;

pub use form_errors::FormErrors;
pub use problem::{Complaint, FieldError, Problem};
pub use texts::{Bilingual, Lang};
