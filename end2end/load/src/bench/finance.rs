//! Measures finance: the page that compares offers, with 100,000 demands in the table, concurrent acceptance of offers, and
//! the calculations alone.

use super::{
    bench_city::{BenchCity, CLIENTS, address, error_text},
    measure::{Measured, Step, closed_loop},
    report::{ensure_running, machine, revision},
};
use jiff::civil::date;
use load::browser::Browser;
use serde_json::{Value, json};
use server::seed::PASSWORD;
use shared::{
    account::demo,
    finance::{AnnualCost, CashFlow, DayCount, Loan, Method, Rate},
};
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Demands in the table.
const DEMANDS: i32 = 100_000;
/// Demands whose offers are accepted concurrently.
const CONTENDED: i32 = 400;
/// Offers on the measured page.
const OFFERS: i32 = 5;
/// The firm's representative.
const OWNER: &str = "liu.yang";
/// The duration of each measurement of a calculation.
const CALCULATING: Duration = Duration::from_secs(3);

/// The duration of each other measurement.
const MEASURING: Duration = Duration::from_secs(10);
const WARM_UP: Duration = Duration::from_secs(2);

pub(super) fn measure_all(bench_city: &mut BenchCity) -> Result<Value, String> {
    let mut served = bench_city.serve()?;
    let mut figures = measure(bench_city, bench_city.program.address)?;
    ensure_running(&mut served)?;
    served.end().map_err(error_text)?;
    if let Some(fields) = figures.as_object_mut() {
        fields.insert("seconds_each".to_owned(), json!(MEASURING.as_secs()));
        fields.insert("revision".to_owned(), json!(revision()));
        fields.insert("machine".to_owned(), machine(bench_city));
    }
    Ok(figures)
}

fn measure(bench_city: &BenchCity, to: SocketAddr) -> Result<Value, String> {
    let code = demo::uscc(1).map_err(error_text)?;
    let mut owners: Vec<Browser> = (0..CLIENTS).map(|n| Browser::new(to, address(n))).collect();
    let contact = format!("{OWNER}@{}", demo::EMAIL_DOMAIN);
    let mut firm = String::new();
    for owner in &mut owners {
        post_form(owner, "/api/account/sign-in", &[("contact", &contact), ("password", PASSWORD)])?;
        // Registered once, because registrations are limited per person and day.
        if firm.is_empty() {
            post_form(owner, "/api/finance/claim", &[("code", code.as_str())])?;
            firm = bench_city.query_text(&format!("SELECT id::text FROM enterprise WHERE code = '{}'", code.as_str()))?;
        } else {
            post_form(owner, "/api/finance/act-for", &[("firm", &firm)])?;
        }
    }
    bench_city.execute_as_superuser(&setup(code.as_str()))?;
    let page = bench_city.query_text("SELECT number FROM cases WHERE number LIKE 'RT-BENCHPAGE-%'")?;
    let path = format!("/finance/demands/{page}");
    let offers = closed_loop(&mut owners, WARM_UP, MEASURING, |owner| {
        let answer = owner.get(&path, &[("accept", "text/html")]).map_err(error_text)?;
        if answer.status == 200 { Ok(Step::Done) } else { Err(format!("{path}: {}", answer.status)) }
    })?;
    let alone = closed_loop(owners.get_mut(..1).unwrap_or_default(), WARM_UP, MEASURING, |owner| {
        owner.get(&path, &[("accept", "text/html")]).map(|_| Step::Done).map_err(error_text)
    })?;
    let (accepted, attempts, seconds) = measure_acceptances(bench_city, &mut owners)?;
    let (year, long) = (flows(12), flows(360));
    Ok(json!({
        "offers_page_ms": { "p50": alone.percentile_ms(50), "p99": alone.percentile_ms(99) },
        "offers_page_c32": { "rps": offers.per_second(), "p50_ms": offers.percentile_ms(50), "p99_ms": offers.percentile_ms(99) },
        "demands_in_table": DEMANDS,
        "offers_on_page": OFFERS,
        "acceptances_per_s": accepted / seconds,
        "acceptances": { "accepted": accepted, "tries": attempts, "clients": CLIENTS, "seconds": seconds },
        "apr_per_s": executions_per_second(|| AnnualCost::of(&year).is_ok())?,
        "apr_per_s_360_payments": executions_per_second(|| AnnualCost::of(&long).is_ok())?,
        "schedules_per_s": executions_per_second(|| loan(360).schedule().is_ok())?,
    }))
}

/// All clients try to accept an offer of the same demand until one succeeds, then continue with the next demand.
fn measure_acceptances(bench_city: &BenchCity, owners: &mut [Browser]) -> Result<(f64, usize, f64), String> {
    let rows = bench_city.query_text(
        "SELECT string_agg(c.number || ' ' || o.ids, ',') FROM cases c
           JOIN LATERAL (SELECT string_agg(id::text, ' ') AS ids FROM offer WHERE case_id = c.id) o ON true
          WHERE c.number LIKE 'RT-BENCHTAKE-%'",
    )?;
    let demands: Vec<Vec<String>> = rows.split(',').map(|row| row.split(' ').map(str::to_owned).collect()).collect();
    let (current, key, succeeded) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let begun = Instant::now();
    let measured: Measured = closed_loop(owners, Duration::ZERO, Duration::from_secs(120), |owner| {
        let index = current.load(Ordering::Relaxed);
        let Some(demand) = demands.get(index) else { return Ok(Step::NothingLeft) };
        let serial = key.fetch_add(1, Ordering::Relaxed);
        let (number, offer) =
            (demand.first().cloned().unwrap_or_default(), demand.get(1 + serial % 2).cloned().unwrap_or_default());
        let form =
            [("number", number.as_str()), ("key", &format!("bench-take-{serial}")), ("version", "1"), ("offer", offer.as_str())];
        let answer = owner.post("/api/finance/take", &form).map_err(error_text)?;
        // The other clients get a conflict.
        match answer.status {
            200 => {
                succeeded.fetch_add(1, Ordering::Relaxed);
                let _ = current.compare_exchange(index, index + 1, Ordering::Relaxed, Ordering::Relaxed);
                Ok(Step::Done)
            }
            409 => Ok(Step::Done),
            status => Err(format!("accepting {number}: {status} {}", answer.text())),
        }
    })?;
    let seconds = begun.elapsed().as_secs_f64();
    let accepted: i64 =
        bench_city.query_text("SELECT count(*)::text FROM offer WHERE outcome = 'accepted'")?.parse().map_err(error_text)?;
    let reported = i64::try_from(succeeded.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
    if accepted != reported || accepted > i64::from(CONTENDED) {
        return Err(format!("{reported} acceptances succeeded, but {accepted} offers of {CONTENDED} demands are accepted"));
    }
    Ok((f64::from(i32::try_from(accepted).unwrap_or(i32::MAX)), measured.count(), seconds))
}

/// Posts a form and checks that it succeeds.
fn post_form(browser: &mut Browser, path: &str, form: &[(&str, &str)]) -> Result<(), String> {
    let answer = browser.post(path, form).map_err(error_text)?;
    if answer.status == 200 { Ok(()) } else { Err(format!("{path}: {} {}", answer.status, answer.text())) }
}

/// Inserts firms for all residents with their demands; those of the owner are read and accepted. Inserted as the owner of
/// the tables, because only reading and accepting is measured.
fn setup(code: &str) -> String {
    format!(
        "UPDATE bank_product SET quota_fen = 900000000000000;
         INSERT INTO enterprise (id, code, name, district, industry, registered_on, representative_id, claimed_by)
             SELECT gen_random_uuid(), 'BENCH' || row_number() OVER (), 'bench', '420106', 'C', '2020-01-01', a.person_id, a.id
               FROM account a WHERE a.person_id IS NOT NULL;
         CREATE TEMP TABLE made AS
             SELECT gen_random_uuid() AS id, n, e.id AS firm, e.representative_id AS person, e.claimed_by AS account,
                    CASE WHEN n = 0 THEN 'RT-BENCHPAGE-0' WHEN n <= {CONTENDED} THEN 'RT-BENCHTAKE-' || n ELSE 'RT-BENCH-' || n END AS number
               FROM generate_series(0, {DEMANDS} - 1) n
               JOIN LATERAL (SELECT * FROM enterprise WHERE CASE WHEN n <= {CONTENDED} THEN code = '{code}' ELSE code LIKE 'BENCH%' END
                              ORDER BY code OFFSET CASE WHEN n <= {CONTENDED} THEN 0
                                  ELSE n % (SELECT count(*) FROM enterprise WHERE code LIKE 'BENCH%') END LIMIT 1) e ON true;
         INSERT INTO cases (id, number, kind, title_zh, title_en, subject_id, applicant_id, organisation_id, state, opened_at, changed_at, joined)
             SELECT m.id, m.number, 'demand', '融资需求', 'Financing demand', m.person, m.account, o.id, 'published', now(), now(),
                    CASE WHEN m.n <= {CONTENDED} THEN ARRAY(SELECT b.id FROM organisation b WHERE b.kind = 'bank') ELSE '{{}}' END
               FROM made m, organisation o WHERE o.code = 'financing-centre';
         INSERT INTO demand (case_id, enterprise_id, amount_fen, months, purpose, collateral, district, industry, registered_on)
             SELECT id, firm, 100000000, 12, 'orders', 'none', '420106', 'C', '2020-01-01' FROM made;
         INSERT INTO demand_detail (case_id, story) SELECT id, 'bench' FROM made;
         INSERT INTO finance_consent (id, case_id, organisation_id, category, purpose, text_hash, lang, given_by, expires_on)
             SELECT gen_random_uuid(), m.id, b.id, 'firm', 'assess_demand', '', 'zh', m.account, current_date + 90
               FROM made m CROSS JOIN organisation b WHERE m.n <= {CONTENDED} AND b.kind = 'bank';
         INSERT INTO offer (id, case_id, organisation_id, product_id, amount_fen, months, method, annual_rate, day_count, grace_months,
                 service_fee_fen, guarantee_fen, conditions, valid_until, made_by)
             SELECT gen_random_uuid(), m.id, p.organisation_id, p.id, 100000000, 12, 'equal_instalment', 4200000, '30/360', 0, 300000, 0, '',
                    current_date + 30, s.account_id
               FROM made m CROSS JOIN (SELECT p.*, row_number() OVER (ORDER BY p.organisation_id) AS nth FROM bank_product p
                                        WHERE p.name_en = 'Small-firm credit') p
               JOIN LATERAL (SELECT account_id FROM membership WHERE organisation_id = p.organisation_id LIMIT 1) s ON true
              WHERE p.nth <= CASE WHEN m.n = 0 THEN {OFFERS} WHEN m.n <= {CONTENDED} THEN 2 ELSE 0 END;
         UPDATE bank_product p SET reserved_fen = (SELECT coalesce(sum(amount_fen), 0) FROM offer o WHERE o.product_id = p.id);
         ANALYZE cases; ANALYZE demand; ANALYZE offer; ANALYZE finance_consent; ANALYZE enterprise;"
    )
}

fn loan(periods: u32) -> Loan {
    Loan {
        principal_fen: 100_000_000,
        annual_rate: Rate::parse("0.0345").unwrap_or_default(),
        periods,
        method: Method::EqualInstalment,
        start: date(2026, 1, 15),
        day_count: DayCount::Thirty360,
        grace_periods: 0,
    }
}

/// The cash flows of a loan with a fee of 1 %.
fn flows(periods: u32) -> Vec<CashFlow> {
    let loan = loan(periods);
    let mut all = vec![CashFlow { date: loan.start, fen: loan.principal_fen - loan.principal_fen / 100 }];
    let schedule = loan.schedule().map(|s| s.instalments).unwrap_or_default();
    all.extend(schedule.iter().map(|i| CashFlow { date: i.due, fen: -i.payment_fen }));
    all
}

/// Executions per second on one thread.
fn executions_per_second(work: impl Fn() -> bool) -> Result<f64, String> {
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < CALCULATING {
        if !std::hint::black_box(work()) {
            return Err("a calculation failed".to_owned());
        }
        count += 1;
    }
    Ok(f64::from(count) / begun.elapsed().as_secs_f64())
}
