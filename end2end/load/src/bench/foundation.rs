//! Measures the foundation: the list of services, submission of applications, cold starts and the weight of a page.

use super::{
    bench_city::{self, BenchCity, CLIENTS, address, error_text},
    measure::{Measured, Step, closed_loop},
    raw,
    report::{ensure_running, machine, revision, round},
    weight,
};
use load::browser::Browser;
use serde_json::{Value, json};
use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

/// The duration of each measurement.
const MEASURING: Duration = Duration::from_secs(10);
const WARM_UP: Duration = Duration::from_secs(2);
/// The number of drafts prepared for each client to submit.
const DRAFTS: usize = 60;
/// Items on a page of the list.
const ITEMS: usize = 50;

/// Fails when a page is heavier than the limit.
pub(super) fn check(result: &Value) -> Result<(), String> {
    let weight = result.get("wasm_js_brotli_bytes").and_then(Value::as_u64).unwrap_or(u64::MAX);
    if usize::try_from(weight).is_ok_and(|w| w <= weight::MAX_BYTES) {
        Ok(())
    } else {
        Err(format!("a resident's page loads {weight} bytes of WASM and JavaScript; at most {} are allowed", weight::MAX_BYTES))
    }
}

pub(super) fn measure_all(bench_city: &mut BenchCity) -> Result<Value, String> {
    let begun = Instant::now();
    let progress = |what: &str| eprintln!("{:>4} s  {what}", begun.elapsed().as_secs());
    progress("making the city; cold starts");
    let (cold, warm) = bench_city.cold_starts()?;
    let mut served = bench_city.serve_over_tcp()?;
    let to = bench_city.program.address;
    let (files, weight) = weight::files(&mut Browser::new(to, Ipv4Addr::LOCALHOST))?;
    progress("the list, one client");
    let one = list(to, 1, None)?;
    progress("the list, many clients");
    let many = list(to, CLIENTS, None)?;
    progress("the list, many clients, compressed");
    let compressed = list(to, CLIENTS, Some("br"))?;
    progress("the query of the list by itself");
    let raw = raw::per_second(bench_city, MEASURING.as_secs())?;
    progress("filling in drafts");
    let mut applicants = bench_city.applicants(DRAFTS)?;
    progress("sending them");
    let submit = closed_loop(&mut applicants, Duration::ZERO, MEASURING, |(applicant, drafts)| {
        let Some(draft) = drafts.pop() else { return Ok(Step::NothingLeft) };
        applicant.submit(&draft, &format!("bench-{draft}"))?;
        Ok(Step::Done)
    })?;
    let memory = served.memory_kib().map_err(error_text)?;
    ensure_running(&mut served)?;
    served.end().map_err(error_text)?;
    progress("done");
    Ok(json!({
        "list_page": {
            "rps_c1": round(one.per_second()),
            "rps_c32": round(many.per_second()),
            "p50_ms_c32": round(many.percentile_ms(50)),
            "p99_ms_c32": round(many.percentile_ms(99)),
            "rps_c32_brotli": round(compressed.per_second()),
        },
        "raw_query_rps": round(raw),
        "list_vs_raw_query_ratio": round3(many.per_second() / raw),
        "submit_page": {
            "rps_c32": round(submit.per_second()),
            "p99_ms_c32": round(submit.percentile_ms(99)),
            "p50_ms_c32": round(submit.percentile_ms(50)),
            "sent": submit.count(),
            "seconds": round(submit.seconds()),
        },
        "cold_start_ms": round(median(cold)),
        "start_with_running_postgres_ms": round(median(warm)),
        "rss_mb": round(f64::from(memory) / 1024.0),
        "wasm_js_brotli_bytes": weight,
        "wasm_js_files": files,
        "items_on_page": ITEMS,
        "pool": bench_city::POOL,
        "seconds_each": MEASURING.as_secs(),
        "seconds_in_all": begun.elapsed().as_secs(),
        "revision": revision(),
        "machine": machine(bench_city),
    }))
}

/// Requests the list repeatedly; the first response is checked to be full.
fn list(to: std::net::SocketAddr, clients: u8, encoding: Option<&str>) -> Result<Measured, String> {
    let mut browsers: Vec<Browser> = (0..clients).map(|n| Browser::new(to, address(n))).collect();
    let headers: Vec<(&str, &str)> =
        [("accept", "text/html")].into_iter().chain(encoding.map(|e| ("accept-encoding", e))).collect();
    let fetch_page = |browser: &mut Browser, headers: &[(&str, &str)]| {
        let page = browser.get("/services", headers).map_err(error_text)?;
        if page.status == 200 { Ok(page) } else { Err(format!("/services: {} {}", page.status, page.text())) }
    };
    let first = fetch_page(&mut Browser::new(to, Ipv4Addr::LOCALHOST), &[("accept", "text/html")])?.text();
    let shown = first.matches("href=\"/services/").count();
    if shown != ITEMS {
        return Err(format!("the list shows {shown} items"));
    }
    closed_loop(&mut browsers, WARM_UP, MEASURING, |browser| fetch_page(browser, &headers).map(|_| Step::Done))
}

fn round3(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
