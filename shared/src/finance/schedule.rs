//! Schedules of instalments (还款计划): exact to the fen.
//!
//! Interest and instalments are rounded half up to the fen; the last principal is the remaining balance, so that the
//! principals add up exactly. The level instalment is calculated with integers of any length, so that rounding is exact.

use super::{
    money::{Fen, MAX_FEN, round_half_up},
    rate::Rate,
};
use crate::coded_enum;
use jiff::{Span, civil::Date};
use num_bigint::BigUint;
use serde::{Deserialize, Serialize};

/// The most periods of a loan: fifty years.
pub const MAX_PERIODS: u32 = 600;

coded_enum! {
    /// The repayment method (还款方式), as stored and as in JSON.
    pub enum Method {
        /// 等额本息: the same instalment each month.
        EqualInstalment = "equal_instalment",
        /// 等额本金: the same principal each month.
        EqualPrincipal = "equal_principal",
        /// 先息后本: interest each month, the principal with the last.
        InterestOnly = "interest_only",
        /// 一次性还本付息: everything at the end, in one instalment.
        Bullet = "bullet",
    }
}

coded_enum! {
    /// The day-count convention (计息基础), as stored and as in JSON.
    pub enum DayCount {
        /// Each month is a twelfth of a year.
        Thirty360 = "30/360",
        /// Actual days over 360.
        Actual360 = "ACT/360",
        /// Actual days over 365.
        Actual365 = "ACT/365",
    }
}

impl DayCount {
    /// Days of a year.
    const fn base(self) -> i64 {
        match self {
            Self::Thirty360 | Self::Actual360 => 360,
            Self::Actual365 => 365,
        }
    }

    /// Days of a period.
    fn days(self, from: Date, to: Date, months: u32) -> i64 {
        match self {
            Self::Thirty360 => 30 * i64::from(months),
            Self::Actual360 | Self::Actual365 => i64::from((to - from).get_days()),
        }
    }
}

/// The parameters of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loan {
    /// The principal in fen, from 1 on.
    pub principal_fen: Fen,
    /// The annual rate.
    pub annual_rate: Rate,
    /// The term in months, from 1 to [`MAX_PERIODS`].
    pub periods: u32,
    /// The repayment method.
    pub method: Method,
    /// The day of the disbursement.
    pub start: Date,
    /// The day-count convention.
    pub day_count: DayCount,
    /// Months at the beginning, within `periods`, with interest only (宽限期).
    #[serde(default)]
    pub grace_periods: u32,
}

/// An instalment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Its number, from 1 on.
    pub n: u32,
    /// The due date.
    pub due: Date,
    /// The principal, in fen.
    pub principal_fen: Fen,
    /// The interest, in fen.
    pub interest_fen: Fen,
    /// Principal and interest, in fen.
    pub payment_fen: Fen,
    /// The balance after it, in fen.
    pub balance_fen: Fen,
}

/// The repayment schedule of a loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The instalments in order of due dates.
    pub instalments: Vec<Instalment>,
    /// The sum of all interest, in fen.
    pub total_interest_fen: Fen,
}

/// Why there is no schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoanFault {
    /// The principal is not from 1 fen to [`MAX_FEN`].
    #[error("must be from 1 to {MAX_FEN} fen")]
    Principal,
    /// Not from 1 to [`MAX_PERIODS`].
    #[error("must be from 1 to {MAX_PERIODS}")]
    Periods,
    /// The grace leaves no period for repayment.
    #[error("must be less than periods")]
    Grace,
    /// A due date is beyond the supported calendar.
    #[error("the last instalment would be due after the year 9999")]
    Start,
}

impl LoanFault {
    /// The field of [`Loan`] that is invalid.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Principal => "principal_fen",
            Self::Periods => "periods",
            Self::Grace => "grace_periods",
            Self::Start => "start",
        }
    }
}

impl Loan {
    /// Calculates the schedule.
    ///
    /// # Errors
    /// [`LoanFault`] for an invalid field.
    pub fn schedule(&self) -> Result<Schedule, LoanFault> {
        self.check()?;
        let periods = self.payments()?;
        let repaying = periods.len() - self.grace().min(periods.len() - 1);
        let in_grace = periods.len() - repaying;
        let level = match self.method {
            Method::EqualInstalment => level_instalment(self.principal_fen, &periods, in_grace),
            Method::EqualPrincipal => round(i128::from(self.principal_fen), repaying),
            Method::InterestOnly | Method::Bullet => 0,
        };
        let mut instalments = Vec::with_capacity(periods.len());
        let (mut balance, mut total) = (self.principal_fen, 0);
        for (at, period) in periods.iter().enumerate() {
            let interest = period.interest(balance);
            let principal = if at + 1 == periods.len() {
                balance
            } else if at < in_grace {
                0
            } else {
                match self.method {
                    Method::EqualInstalment => (level - interest).clamp(0, balance),
                    Method::EqualPrincipal => level.min(balance),
                    Method::InterestOnly | Method::Bullet => 0,
                }
            };
            balance -= principal;
            total += interest;
            instalments.push(Instalment {
                n: u32::try_from(at + 1).unwrap_or(MAX_PERIODS),
                due: period.due,
                principal_fen: principal,
                interest_fen: interest,
                payment_fen: principal + interest,
                balance_fen: balance,
            });
        }
        Ok(Schedule { instalments, total_interest_fen: total })
    }

    fn check(&self) -> Result<(), LoanFault> {
        if !(1..=MAX_FEN).contains(&self.principal_fen) {
            return Err(LoanFault::Principal);
        }
        if !(1..=MAX_PERIODS).contains(&self.periods) {
            return Err(LoanFault::Periods);
        }
        if self.grace_periods >= self.periods { Err(LoanFault::Grace) } else { Ok(()) }
    }

    /// Months of grace. They have no effect where principal is due only at the end.
    fn grace(&self) -> usize {
        usize::try_from(self.grace_periods).unwrap_or(usize::MAX)
    }

    /// The periods that end with a payment: each month, or the whole term.
    fn payments(&self) -> Result<Vec<Period>, LoanFault> {
        let step = if self.method == Method::Bullet { self.periods } else { 1 };
        let mut from = self.start;
        let mut all = Vec::new();
        for month in (step..=self.periods).step_by(usize::try_from(step).unwrap_or(1)) {
            let due = months_after(self.start, month).ok_or(LoanFault::Start)?;
            let days = self.day_count.days(from, due, step);
            all.push(Period {
                due,
                parts: i128::from(self.annual_rate.units()) * i128::from(days),
                whole: i128::from(Rate::one()) * i128::from(self.day_count.base()),
            });
            from = due;
        }
        Ok(all)
    }
}

/// The same day of a later month, or the last day of that month; counted from the first day, so that dates do not drift.
#[must_use]
pub fn months_after(start: Date, months: u32) -> Option<Date> {
    start.checked_add(Span::new().try_months(months).ok()?).ok()
}

/// A period, with its interest rate as a fraction.
struct Period {
    due: Date,
    parts: i128,
    whole: i128,
}

impl Period {
    fn interest(&self, balance: Fen) -> Fen {
        Fen::try_from(round_half_up(i128::from(balance) * self.parts, self.whole)).unwrap_or(Fen::MAX)
    }
}

fn round(numerator: i128, count: usize) -> Fen {
    let count = i128::try_from(count).unwrap_or(i128::MAX);
    Fen::try_from(round_half_up(numerator, count)).unwrap_or(Fen::MAX)
}

/// The level instalment over the periods after the grace: A = P·∏(1+fₖ) / Σₖ∏_{j>k}(1+fⱼ), which for equal periods
/// is P·i(1+i)ⁿ/((1+i)ⁿ−1) and without interest P/n. With 1+fₖ = xₖ/d both parts are whole numbers:
/// P·∏xₖ and Σₖ dᵏ·∏_{j>k}xⱼ.
fn level_instalment(principal: Fen, periods: &[Period], in_grace: usize) -> Fen {
    let common = periods.iter().fold(0, |all, p| gcd(gcd(all, p.parts), p.whole)).max(1);
    let mut grown = BigUint::from(principal.unsigned_abs());
    let mut powers = BigUint::from(1u8);
    let mut sum = BigUint::ZERO;
    for period in periods.iter().skip(in_grace) {
        let d = (period.whole / common).unsigned_abs();
        let x = d + (period.parts / common).unsigned_abs();
        grown *= x;
        powers *= d;
        sum *= x;
        sum += &powers;
    }
    let rounded = (grown * 2u8 + &sum) / (sum * 2u8);
    Fen::try_from(rounded).unwrap_or(Fen::MAX)
}

const fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}
