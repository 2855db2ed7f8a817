//! Tests repayment schedules and annual costs: the examples of the design, edge cases, and properties of all loans.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "helper functions of tests may panic, too; floats are compared on purpose"
)]

use jiff::civil::{Date, date};
use proptest::prelude::*;
use shared::finance::{
    AnnualCost, CashFlow, CostFault, DayCount, Instalment, Loan, LoanFault, Method, Rate, Schedule, money::MAX_FEN,
    schedule::MAX_PERIODS,
};

fn million(method: Method) -> Loan {
    Loan {
        principal_fen: 100_000_000,
        annual_rate: Rate::parse("0.0345").unwrap(),
        periods: 12,
        method,
        start: date(2026, 1, 15),
        day_count: DayCount::Thirty360,
        grace_periods: 0,
    }
}

fn payments(schedule: &Schedule) -> Vec<i64> {
    schedule.instalments.iter().map(|i| i.payment_fen).collect()
}

/// The cash flows of the firm, with a fee that is deducted from the principal.
fn flows(loan: &Loan, fee: i64) -> Vec<CashFlow> {
    let mut flows = vec![CashFlow { date: loan.start, fen: loan.principal_fen - fee }];
    flows.extend(loan.schedule().unwrap().instalments.iter().map(|i| CashFlow { date: i.due, fen: -i.payment_fen }));
    flows
}

#[test]
fn schedules_match_the_example_of_the_design() {
    let equal = million(Method::EqualInstalment).schedule().unwrap();
    assert_eq!(payments(&equal), [vec![8_489_882; 11], vec![8_489_883]].concat());
    assert_eq!(equal.total_interest_fen, 1_878_585);
    assert_eq!(
        equal.instalments[0],
        Instalment {
            n: 1,
            due: date(2026, 2, 15),
            principal_fen: 8_202_382,
            interest_fen: 287_500,
            payment_fen: 8_489_882,
            balance_fen: 91_797_618
        }
    );
    let principal = million(Method::EqualPrincipal).schedule().unwrap();
    assert_eq!((payments(&principal)[0], payments(&principal)[11]), (8_620_833, 8_357_295));
    assert_eq!(principal.total_interest_fen, 1_868_750);
}

#[test]
fn interest_only_and_bullet_loans_repay_the_principal_at_the_end() {
    let interest = million(Method::InterestOnly).schedule().unwrap();
    assert_eq!(payments(&interest), [vec![287_500; 11], vec![100_287_500]].concat());
    let bullet = million(Method::Bullet).schedule().unwrap();
    assert_eq!(payments(&bullet), [103_450_000]);
    assert_eq!(bullet.instalments[0].due, date(2027, 1, 15));
    // 365 days over 360.
    let actual = Loan { day_count: DayCount::Actual360, ..million(Method::Bullet) }.schedule().unwrap();
    assert_eq!(actual.total_interest_fen, 3_497_917);
}

#[test]
fn actual_day_counts_charge_interest_for_the_days_of_each_month() {
    let loan = Loan { day_count: DayCount::Actual365, ..million(Method::EqualInstalment) }.schedule().unwrap();
    // 31 days from 15 January, 28 from 15 February.
    assert_eq!(loan.instalments[0].interest_fen, 293_014);
    let balance = loan.instalments[0].balance_fen;
    assert_eq!(loan.instalments[1].interest_fen, (balance * 345 * 28 * 2 + 3_650_000) / (2 * 3_650_000));
    // The level instalment is computed from these days, so the last one differs only by rounding.
    let level = loan.instalments[0].payment_fen;
    assert!(loan.instalments.iter().all(|i| (i.payment_fen - level).abs() <= 6), "{:?}", payments(&loan));
}

#[test]
fn grace_periods_are_part_of_the_term() {
    for method in Method::ALL.iter().copied() {
        let loan = Loan { grace_periods: 3, ..million(method) }.schedule().unwrap();
        if method == Method::Bullet {
            assert_eq!(loan, million(method).schedule().unwrap());
            continue;
        }
        assert_eq!(loan.instalments.len(), 12);
        assert!(loan.instalments[..3].iter().all(|i| i.principal_fen == 0 && i.payment_fen == 287_500));
    }
    let nine = Loan { periods: 9, start: date(2026, 4, 15), ..million(Method::EqualInstalment) }.schedule().unwrap();
    let graced = Loan { grace_periods: 3, ..million(Method::EqualInstalment) }.schedule().unwrap();
    assert_eq!(payments(&graced)[3..], payments(&nine));
}

#[test]
fn due_dates_after_the_31st_stay_at_the_end_of_each_month() {
    let loan = Loan { start: date(2027, 10, 31), periods: 6, ..million(Method::EqualInstalment) }.schedule().unwrap();
    let due: Vec<String> = loan.instalments.iter().map(|i| i.due.to_string()).collect();
    assert_eq!(due, ["2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]);
}

#[test]
fn a_loan_without_interest_splits_the_principal() {
    for method in [Method::EqualInstalment, Method::EqualPrincipal] {
        let loan = Loan { annual_rate: Rate::default(), principal_fen: 100, periods: 3, ..million(method) }.schedule().unwrap();
        assert_eq!((payments(&loan), loan.total_interest_fen), (vec![33, 33, 34], 0));
    }
}

#[test]
fn an_instalment_with_half_a_fen_is_rounded_up() {
    // 10,050 fen at 1 % a month over two months: 10,050 · 1.0201/2.01 = 5,100.5 exactly; a float might miss it.
    let loan =
        Loan { principal_fen: 10_050, annual_rate: Rate::parse("0.12").unwrap(), periods: 2, ..million(Method::EqualInstalment) };
    assert_eq!(loan.schedule().unwrap().instalments[0].payment_fen, 5_101);
}

#[test]
fn the_smallest_and_the_largest_loans_are_repaid_completely() {
    let one_fen = Loan { principal_fen: 1, periods: 360, ..million(Method::EqualInstalment) }.schedule().unwrap();
    assert_eq!(one_fen.instalments[359].principal_fen, 1);
    assert_eq!(one_fen.total_interest_fen, 0);
    let one_period = Loan { periods: 1, ..million(Method::EqualInstalment) }.schedule().unwrap();
    assert_eq!(payments(&one_period), [100_287_500]);
    // 10 billion yuan over 30 years; the instalment as a calculator with 50 digits gives it.
    let huge = Loan { principal_fen: 1_000_000_000_000, periods: 360, ..million(Method::EqualInstalment) };
    let huge = huge.schedule().unwrap();
    assert_eq!(huge.instalments[359].balance_fen, 0);
    assert_eq!(huge.instalments[0].payment_fen, 4_462_582_949);
    assert!((huge.instalments[0].payment_fen - huge.instalments[359].payment_fen).abs() < 400);
}

#[test]
fn an_invalid_loan_reports_the_faulty_field() {
    let loan = million(Method::EqualInstalment);
    for (loan, fault) in [
        (Loan { principal_fen: 0, ..loan }, LoanFault::Principal),
        (Loan { principal_fen: -5, ..loan }, LoanFault::Principal),
        (Loan { principal_fen: MAX_FEN + 1, ..loan }, LoanFault::Principal),
        (Loan { periods: 0, ..loan }, LoanFault::Periods),
        (Loan { periods: MAX_PERIODS + 1, ..loan }, LoanFault::Periods),
        (Loan { grace_periods: 12, ..loan }, LoanFault::Grace),
        (Loan { start: Date::MAX, ..loan }, LoanFault::Start),
    ] {
        assert_eq!(loan.schedule(), Err(fault));
    }
}

fn near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() < 0.000_005
}

#[test]
fn annual_costs_match_the_examples_of_the_design() {
    let cost = AnnualCost::of(&flows(&million(Method::EqualInstalment), 1_000_000)).unwrap();
    assert!(near(cost.nominal, 0.05325) && near(cost.effective, 0.05457) && near(cost.xirr, 0.05479), "{cost:?}");
    // "0.5 % a month": 120,000 yuan, 600 yuan of fee and 10,000 of principal each month.
    let mut flat = vec![CashFlow { date: date(2026, 1, 15), fen: 12_000_000 }];
    flat.extend(
        (1..=12)
            .map(|k| CashFlow { date: shared::finance::schedule::months_after(date(2026, 1, 15), k).unwrap(), fen: -1_060_000 }),
    );
    assert!(near(AnnualCost::of(&flat).unwrap().nominal, 0.10896));
}

#[test]
fn cash_flows_are_discounted_by_calendar_months() {
    // The missing payment in March counts: two months lie between the payments.
    let gap = [
        CashFlow { date: date(2026, 1, 31), fen: 100_000 },
        CashFlow { date: date(2026, 2, 28), fen: -50_500 },
        CashFlow { date: date(2026, 4, 30), fen: -51_510 },
    ];
    let month = AnnualCost::of(&gap).unwrap().nominal / 12.0;
    let present_value = 100_000.0 - 50_500.0 / (1.0 + month) - 51_510.0 / (1.0 + month).powi(3);
    assert!(present_value.abs() < 1e-6, "{present_value}");
}

#[test]
fn cash_flows_without_a_unique_rate_are_refused() {
    let on = |fens: &[i64]| -> Vec<CashFlow> {
        fens.iter().zip(1..).map(|(fen, day)| CashFlow { date: date(2026, day, 1), fen: *fen }).collect()
    };
    for (fens, fault) in [
        (vec![], CostFault::TooFew),
        (vec![100], CostFault::TooFew),
        (vec![100, 0], CostFault::TooFew),
        (vec![100, 100], CostFault::NeverTurns),
        (vec![100, -90], CostFault::NeverTurns),
        (vec![100, -300, 201], CostFault::TurnsOften),
        (vec![100, -300, 200], CostFault::TurnsOften),
        (vec![100, MAX_FEN + 1], CostFault::TooLarge),
    ] {
        assert_eq!(AnnualCost::of(&on(&fens)), Err(fault), "{fens:?}");
    }
    assert_eq!(AnnualCost::of(&[CashFlow { date: date(2026, 1, 1), fen: 1 }; 2001]), Err(CostFault::TooMany));
    let without_cost = AnnualCost::of(&on(&[100, -60, -40])).unwrap();
    assert_eq!((without_cost.nominal, without_cost.effective, without_cost.xirr), (0.0, 0.0, 0.0));
    // The lender's view, and any order of the flows, give the same result.
    let lender_flows = on(&[-100, 60, 50]);
    let lender_cost = AnnualCost::of(&lender_flows).unwrap();
    let borrower_flows: Vec<CashFlow> = lender_flows.iter().rev().map(|f| CashFlow { fen: -f.fen, ..*f }).collect();
    assert_eq!(lender_cost, AnnualCost::of(&borrower_flows).unwrap());
}

#[test]
fn very_large_rates_are_computed_up_to_the_float_limit() {
    let on = |day| CashFlow { date: day, fen: -350 };
    let month = AnnualCost::of(&[CashFlow { date: date(2026, 1, 15), fen: 100 }, on(date(2026, 2, 15))]).unwrap();
    assert!((month.nominal - 30.0).abs() < 1e-12 && (month.effective / (3.5f64.powi(12) - 1.0) - 1.0).abs() < 1e-12, "{month:?}");
    assert!((month.xirr / (3.5f64.powf(365.0 / 31.0) - 1.0) - 1.0).abs() < 1e-12 && month.xirr > 2e6, "{month:?}");
    // A factor of 100,000 in a day exceeds the range of a float.
    let flows = [CashFlow { date: date(2026, 1, 15), fen: 1 }, CashFlow { date: date(2026, 1, 16), fen: -100_000 }];
    assert_eq!(AnnualCost::of(&flows), Err(CostFault::NoBound));
}

fn loans() -> impl Strategy<Value = Loan> {
    (
        prop_oneof![Just(1i64), 1..100_000i64, Just(1_000_000_000_000), 1..=1_000_000_000_000i64],
        prop_oneof![Just(0i64), 0..=40_000_000i64, Just(1_000_000_000)],
        prop_oneof![Just(1u32), Just(360u32), 1..=120u32],
        prop::sample::select(Method::ALL),
        (0..20_000i64).prop_map(|days| date(2000, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap()),
        prop::sample::select(DayCount::ALL),
        0..12u32,
    )
        .prop_map(|(principal_fen, rate, periods, method, start, day_count, grace)| Loan {
            principal_fen,
            annual_rate: Rate::from_units(rate).unwrap(),
            periods,
            method,
            start,
            day_count,
            grace_periods: grace.min(periods - 1),
        })
}

proptest! {
    #[test]
    fn principals_sum_to_the_loan_and_no_amount_is_negative(loan in loans()) {
        let schedule = loan.schedule().unwrap();
        let mut balance = loan.principal_fen;
        let mut before = loan.start;
        for (at, instalment) in schedule.instalments.iter().enumerate() {
            prop_assert!(instalment.principal_fen >= 0 && instalment.interest_fen >= 0 && instalment.balance_fen >= 0);
            prop_assert_eq!(instalment.payment_fen, instalment.principal_fen + instalment.interest_fen);
            balance -= instalment.principal_fen;
            prop_assert_eq!(instalment.balance_fen, balance);
            prop_assert_eq!(instalment.n as usize, at + 1);
            prop_assert!(instalment.due > before);
            before = instalment.due;
        }
        prop_assert_eq!(balance, 0);
        let interest: i64 = schedule.instalments.iter().map(|i| i.interest_fen).sum();
        prop_assert_eq!(interest, schedule.total_interest_fen);
        let count = if loan.method == Method::Bullet { 1 } else { loan.periods as usize };
        prop_assert_eq!(schedule.instalments.len(), count);
        if loan.annual_rate.units() == 0 {
            prop_assert_eq!(interest, 0);
        }
    }

    #[test]
    fn level_instalments_differ_only_in_the_last(loan in loans()) {
        let schedule = Loan { method: Method::EqualInstalment, ..loan }.schedule().unwrap();
        let paying = &schedule.instalments[loan.grace_periods as usize..];
        // In a month of 31 days the interest alone may exceed the level instalment.
        let before_last = &paying[..paying.len() - 1];
        let level = before_last.iter().find(|i| i.principal_fen > 0).map_or(0, |i| i.payment_fen);
        for instalment in before_last {
            prop_assert!(instalment.payment_fen == level || instalment.balance_fen == 0 || instalment.principal_fen == 0);
        }
    }

    #[test]
    fn the_annual_cost_of_a_loan_without_fees_is_its_rate(principal in 100_000_000..1_000_000_000_000i64, rate in 10_000..30_000_000i64, periods in 1..=360u32) {
        let loan = Loan {
            principal_fen: principal,
            annual_rate: Rate::from_units(rate).unwrap(),
            periods,
            ..million(Method::EqualInstalment)
        };
        let cost = AnnualCost::of(&flows(&loan, 0)).unwrap();
        let wanted = rate as f64 / Rate::one() as f64;
        prop_assert!((cost.nominal - wanted).abs() < 1e-6, "{} {}", cost.nominal, wanted);
        prop_assert!(cost.effective >= cost.nominal);
        let dearer = AnnualCost::of(&flows(&loan, principal / 100)).unwrap();
        prop_assert!(dearer.nominal > cost.nominal && dearer.xirr > cost.xirr);
    }

    #[test]
    fn xirr_of_a_single_repayment_matches_its_closed_form(lent in 1..1_000_000_000i64, more in 1..1_000_000_000i64, days in 1..4000i64) {
        let start = date(2026, 1, 1);
        let end = start.checked_add(jiff::Span::new().days(days)).unwrap();
        let flows = [CashFlow { date: start, fen: lent }, CashFlow { date: end, fen: -(lent + more) }];
        // ln(1 + more/lent) stays precise where lent and lent + more are nearly equal.
        let growth = (more as f64 / lent as f64).ln_1p() * 365.0 / days as f64;
        match AnnualCost::of(&flows) {
            Ok(cost) => prop_assert!((cost.xirr.ln_1p() - growth).abs() <= 1e-9 * (1e-3 + growth), "{growth} {cost:?}"),
            Err(fault) => prop_assert!(fault == CostFault::NoBound && growth > 600.0, "{growth} {fault}"),
        }
    }

    #[test]
    fn the_net_present_value_at_xirr_is_zero(fens in prop::collection::vec((0..2000i64, -1_000_000..1_000_000i64), 0..40)) {
        let flows: Vec<CashFlow> = fens
            .iter()
            .map(|(day, fen)| CashFlow { date: date(2026, 1, 1).checked_add(jiff::Span::new().days(*day)).unwrap(), fen: *fen })
            .collect();
        if let Ok(cost) = AnnualCost::of(&flows) {
            prop_assert!(cost.xirr >= 0.0 && cost.nominal >= 0.0 && cost.effective >= cost.nominal);
            let first = flows.iter().filter(|f| f.fen != 0).map(|f| f.date).min().unwrap();
            let size: f64 = flows.iter().map(|f| f.fen.abs() as f64).sum();
            let sum: f64 = flows.iter().map(|f| f.fen as f64 * (1.0 + cost.xirr).powf(-f64::from((f.date - first).get_days()) / 365.0)).sum();
            prop_assert!(sum.abs() <= size * 1e-9, "{sum} {cost:?}");
        }
    }
}
