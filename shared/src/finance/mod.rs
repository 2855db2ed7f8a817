//! Money, loans and what they cost (融通). Amounts are whole fen, rates are decimals; a float appears nowhere but
//! inside the root finder of [`cost`].

pub mod actions;
pub mod codes;
pub mod consent;
pub mod cost;
pub mod life;
pub mod money;
pub mod rate;
pub mod schedule;
pub mod terms;
pub mod view;

pub use cost::{AnnualCost, CashFlow, CostFault};
pub use money::{Fen, FenFault};
pub use rate::{Rate, RateFault};
pub use schedule::{DayCount, Instalment, Loan, LoanFault, Method, Schedule};
pub use terms::{Reckoning, Terms, TermsFault};
