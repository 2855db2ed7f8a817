//! The domain model of Huimin (惠民通): types, rules and calculations. Pure: no I/O and no clock.
//!
//! The modules are the same in every layer; see docs/architecture.md.

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
pub use problem::{FieldError, FieldErrorKind, Problem};
pub use texts::{Bilingual, Lang};
