//! Financing (融通): demands, offers, loans and their costs. Amounts are whole fen and rates are decimals; floats are used
//! only by the root finder of [`cost`].

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
pub use terms::{LoanCosts, Terms, TermsFault};
