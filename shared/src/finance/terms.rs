//! The terms of an offer (报价条件) and the costs of the loan.

use super::{
    cost::{AnnualCost, CashFlow, CostFault},
    money::Fen,
    rate::Rate,
    schedule::{DayCount, Loan, LoanFault, Method, Schedule},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The terms of a loan that a bank offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The amount, in fen.
    pub amount_fen: Fen,
    /// The term in months.
    pub months: u32,
    /// How it is repaid.
    pub method: Method,
    /// The annual rate.
    pub annual_rate: Rate,
    /// How interest is counted.
    pub day_count: DayCount,
    /// Months without repayment of principal, at the beginning.
    pub grace_months: u32,
    /// The bank's fee, due at disbursement, in fen.
    pub service_fee_fen: Fen,
    /// Guarantee, appraisal and insurance, due at disbursement, in fen.
    pub guarantee_fen: Fen,
}

/// The costs of a loan that is disbursed on a given day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoanCosts {
    /// The instalments.
    pub schedule: Schedule,
    /// The all-in annual cost, before any subsidy.
    pub cost: AnnualCost,
    /// Interest and fees, in fen.
    pub total_cost_fen: Fen,
}

/// Why the costs cannot be calculated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsFault {
    /// There is no schedule.
    #[error(transparent)]
    Loan(#[from] LoanFault),
    /// There is no annual cost.
    #[error(transparent)]
    Cost(#[from] CostFault),
}

impl Terms {
    /// The loan, disbursed on this day.
    #[must_use]
    pub const fn loan(&self, start: Date) -> Loan {
        Loan {
            principal_fen: self.amount_fen,
            annual_rate: self.annual_rate,
            periods: self.months,
            method: self.method,
            start,
            day_count: self.day_count,
            grace_periods: self.grace_months,
        }
    }

    /// The instalments and costs if the loan is disbursed on this day.
    ///
    /// # Errors
    /// [`TermsFault`].
    pub fn costs(&self, start: Date) -> Result<LoanCosts, TermsFault> {
        let schedule = self.loan(start).schedule()?;
        let fees = self.service_fee_fen + self.guarantee_fen;
        let mut flows = vec![CashFlow { date: start, fen: self.amount_fen - fees }];
        flows.extend(schedule.instalments.iter().map(|i| CashFlow { date: i.due, fen: -i.payment_fen }));
        let cost = AnnualCost::of(&flows)?;
        Ok(LoanCosts { cost, total_cost_fen: schedule.total_interest_fen + fees, schedule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn fees_make_the_same_rate_dearer() {
        let terms = Terms {
            amount_fen: 100_000_000,
            months: 12,
            method: Method::EqualInstalment,
            annual_rate: Rate::parse("0.0345").unwrap(),
            day_count: DayCount::Thirty360,
            grace_months: 0,
            service_fee_fen: 600_000,
            guarantee_fen: 400_000,
        };
        let costs = terms.costs(date(2026, 1, 15)).unwrap();
        assert_eq!(costs.total_cost_fen, 2_878_585);
        assert_eq!(AnnualCost::percent(costs.cost.xirr), "5.48");
        assert_eq!(AnnualCost::percent(costs.cost.nominal), "5.32");
        let free = Terms { service_fee_fen: 0, guarantee_fen: 0, ..terms };
        assert!(free.costs(date(2026, 1, 15)).unwrap().cost.xirr < costs.cost.xirr);
    }
}
