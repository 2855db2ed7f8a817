//! The all-in annual cost (年化综合成本): the cost of a loan with all fees, as comparable rates.
//!
//! Solves Σ cf/(1+m)^t = 0, with t in months since the first flow, and Σ cf/(1+x)^(days/365) = 0. Both are solved for the
//! logarithm of one plus the rate, so that very large rates are as exact as small ones, by bisection finished by Newton's
//! method. The solution is unique if the cumulative flow changes sign once (Norstrøm's criterion); anything else is refused.
//! Floats are used only here and never converted back into amounts.

use super::money::{Fen, MAX_FEN};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// The most flows accepted: more than the longest loan has.
pub const MAX_FLOWS: usize = 2000;
/// The upper limit of the logarithm of one plus the rate: above it the rate exceeds a float.
const HIGHEST: f64 = 709.0;
/// Bisections before Newton's method.
const BISECTIONS: u32 = 12;
/// The most steps of Newton's method; a step outside the bracket is replaced by a bisection.
const STEPS: u32 = 100;

/// An amount received (positive) or paid (negative) on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashFlow {
    /// The day.
    pub date: Date,
    /// The amount in fen.
    pub fen: Fen,
}

/// The annual cost as fractions: 0.05 is 5 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnnualCost {
    /// Twelve times the monthly rate.
    pub nominal: f64,
    /// The effective annual rate: (1+m)¹² − 1.
    pub effective: f64,
    /// The annual rate by actual days over 365.
    pub xirr: f64,
}

/// Why there is no annual cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostFault {
    /// Fewer than two days with a non-zero amount.
    #[error("there must be money on at least two days")]
    TooFew,
    /// More than [`MAX_FLOWS`] flows.
    #[error("there must be at most {MAX_FLOWS} flows")]
    TooMany,
    /// An amount beyond [`MAX_FEN`].
    #[error("an amount must be at most {MAX_FEN} fen either way")]
    TooLarge,
    /// The cumulative flow never changes sign: less is repaid than received, or nothing is paid.
    #[error("the cumulative flow never changes sign, so there is no rate: less comes back than went out")]
    NeverTurns,
    /// The cumulative flow changes sign more than once, so that there may be several rates.
    #[error("the cumulative flow changes sign more than once, so several rates would fit")]
    TurnsOften,
    /// The rate exceeds a float.
    #[error("the rate is higher than can be meant")]
    NoBound,
}

impl AnnualCost {
    /// The annual cost of flows in any order; flows of one day are added up.
    ///
    /// # Errors
    /// [`CostFault`].
    pub fn of(flows: &[CashFlow]) -> Result<Self, CostFault> {
        let flows = by_day(flows)?;
        let first = flows.first().ok_or(CostFault::TooFew)?.date;
        if flows.len() < 2 {
            return Err(CostFault::TooFew);
        }
        if !changes_sign_once(&flows)? {
            return Ok(Self { nominal: 0.0, effective: 0.0, xirr: 0.0 });
        }
        let timed = |when: fn(Date, Date) -> f64| -> Vec<Timed> {
            flows.iter().map(|f| Timed { at: when(first, f.date), amount: float(f.fen) }).collect()
        };
        let month = root(&timed(months_between)).ok_or(CostFault::NoBound)?;
        let year = root(&timed(years_between)).ok_or(CostFault::NoBound)?;
        let cost = Self { nominal: 12.0 * month.exp_m1(), effective: (12.0 * month).exp_m1(), xirr: year.exp_m1() };
        let said = [cost.nominal, cost.effective, cost.xirr].into_iter().all(f64::is_finite);
        if said { Ok(cost) } else { Err(CostFault::NoBound) }
    }

    /// A fraction with twelve decimal places, such as `0.053251178230`.
    #[must_use]
    pub fn decimal(part: f64) -> String {
        format!("{part:.12}")
    }

    /// A fraction in percent with two decimal places, without the sign: `5.33`.
    #[must_use]
    pub fn percent(part: f64) -> String {
        format!("{:.2}", part * 100.0)
    }
}

/// The non-zero sums per day, in the order of days.
fn by_day(flows: &[CashFlow]) -> Result<Vec<CashFlow>, CostFault> {
    if flows.len() > MAX_FLOWS {
        return Err(CostFault::TooMany);
    }
    let mut sorted = flows.to_vec();
    sorted.sort_by_key(|f| f.date);
    let mut days: Vec<CashFlow> = Vec::with_capacity(sorted.len());
    for flow in sorted {
        if !(-MAX_FEN..=MAX_FEN).contains(&flow.fen) {
            return Err(CostFault::TooLarge);
        }
        match days.last_mut() {
            Some(last) if last.date == flow.date => last.fen += flow.fen,
            _ => days.push(flow),
        }
    }
    days.retain(|f| f.fen != 0);
    Ok(days)
}

/// Whether the cumulative flow changes sign once. False when it never does and ends at exactly zero: then the rate is zero and
/// unique.
fn changes_sign_once(flows: &[CashFlow]) -> Result<bool, CostFault> {
    let mut sum: i128 = 0;
    let (mut turns, mut side) = (0, 0);
    for flow in flows {
        sum += i128::from(flow.fen);
        let now = sum.signum();
        if now != 0 && side != 0 && now != side {
            turns += 1;
        }
        if now != 0 {
            side = now;
        }
    }
    match (turns, sum) {
        (0, 0) => Ok(false),
        (0, _) => Err(CostFault::NeverTurns),
        // Ending at zero after a change of sign makes zero a second root.
        (1, 0) | (2.., _) => Err(CostFault::TurnsOften),
        (_, _) => Ok(true),
    }
}

/// An amount at a time in months or years since the first one.
struct Timed {
    at: f64,
    amount: f64,
}

/// Fen as a float. Amounts are below 2^53, so nothing is lost.
#[expect(clippy::cast_precision_loss, reason = "sums of fen within MAX_FEN and MAX_FLOWS lose at most the last bit")]
fn float(fen: Fen) -> f64 {
    fen as f64
}

/// Months since the first day: whole months as due dates count them (the 31st and the end of the next month are one month
/// apart), plus the fraction of the month in progress.
fn months_between(first: Date, day: Date) -> f64 {
    let years = i32::from(day.year()) - i32::from(first.year());
    let mut whole = 12 * years + i32::from(day.month()) - i32::from(first.month());
    let after = |months: i32| first.checked_add(months.months()).ok();
    if after(whole).is_none_or(|start| start > day) {
        whole -= 1;
    }
    let (Some(start), Some(end)) = (after(whole), after(whole + 1)) else { return f64::from(whole) };
    f64::from(whole) + f64::from((day - start).get_days()) / f64::from((end - start).get_days())
}

/// Years of 365 days since the first day.
fn years_between(first: Date, day: Date) -> f64 {
    f64::from((day - first).get_days()) / 365.0
}

/// The present value of all amounts and its derivative, at this logarithm of one plus the rate.
fn value(flows: &[Timed], growth: f64) -> (f64, f64) {
    flows.iter().fold((0.0, 0.0), |(sum, slope), flow| {
        let now = flow.amount * (-flow.at * growth).exp();
        (sum + now, slope - flow.at * now)
    })
}

/// The root above zero, as the logarithm of one plus the rate.
fn root(flows: &[Timed]) -> Option<f64> {
    let start = value(flows, 0.0).0;
    let (mut low, mut high) = (0.0, 0.01);
    while value(flows, high).0 * start > 0.0 {
        if high >= HIGHEST {
            return None;
        }
        low = high;
        high = (4.0 * high).min(HIGHEST);
    }
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(low, high);
        if value(flows, middle).0 * start > 0.0 { low = middle } else { high = middle }
    }
    let mut growth = f64::midpoint(low, high);
    for _ in 0..STEPS {
        let (sum, slope) = value(flows, growth);
        if sum * start > 0.0 {
            low = growth
        } else {
            high = growth
        }
        let newton = growth - sum / slope;
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - growth).abs() <= f64::EPSILON * (1.0 + growth) * 0.5 {
            return Some(next);
        }
        growth = next;
    }
    Some(growth)
}
