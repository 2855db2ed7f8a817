//! The benchmark: `bench <huimin> <output file>` measures the release binary in one run and writes what
//! `docs/benchmarks.md` explains. Ends with an error when a page is heavier than it may be.

mod finance;
mod measure;
mod raw;
mod town;
mod weight;

use load::{browser::Browser, program::Served};
use measure::{Measured, Step, closed_loop};
use serde_json::{Value, json};
use std::{
    net::Ipv4Addr,
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};
use town::{CLIENTS, Town, address, said};

/// How long each measurement lasts.
const LASTING: Duration = Duration::from_secs(10);
const WARM: Duration = Duration::from_secs(2);
/// Drafts that each client sends at most.
const DRAFTS: usize = 60;
/// Items on the page of the list.
const ITEMS: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.as_slice() {
        [binary, output] => run(Path::new(binary), Path::new(output)),
        _ => Err("usage: bench <the program huimin> <output file>".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("bench: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(binary: &Path, output: &Path) -> Result<(), String> {
    let data_dir = std::env::temp_dir().join(format!("huimin-bench-{}", uuid::Uuid::now_v7().simple()));
    let mut town = Town::new(binary, &data_dir)?;
    let result = measure_all(&mut town);
    let log = std::fs::read_to_string(data_dir.join("serve.log")).unwrap_or_default();
    let (home, sockets) = (town.cluster.home().to_owned(), town.cluster.socket_dir().to_owned());
    let ended = town.end();
    for folder in [&home, &sockets, &data_dir] {
        let _ = std::fs::remove_dir_all(folder);
    }
    let result = result.map_err(|e| format!("{e}\n{}", log.lines().rev().take(10).collect::<Vec<_>>().join("\n")))?;
    ended?;
    let (result, road) = result;
    write(output, &result)?;
    write(&output.with_file_name("finance_road.json"), &road)?;
    let weight = result.get("wasm_js_brotli_bytes").and_then(Value::as_u64).unwrap_or(u64::MAX);
    if usize::try_from(weight).is_ok_and(|w| w <= weight::MOST) {
        Ok(())
    } else {
        Err(format!("a resident's page loads {weight} bytes of WASM and JavaScript; at most {} are allowed", weight::MOST))
    }
}

/// Prints figures and writes them to a file.
fn write(to: &Path, figures: &Value) -> Result<(), String> {
    let text = serde_json::to_string_pretty(figures).map_err(said)?;
    println!("{text}");
    std::fs::write(to, text + "\n").map_err(|e| format!("{}: {e}", to.display()))
}

/// The figures of the foundation, and those of the financing road.
fn measure_all(town: &mut Town) -> Result<(Value, Value), String> {
    let begun = Instant::now();
    let tell = |what: &str| eprintln!("{:>4} s  {what}", begun.elapsed().as_secs());
    tell("making the city; cold starts");
    let (cold, warm) = town.cold_starts()?;
    let mut served = town.serve_over_tcp()?;
    let to = town.program.address;
    let (files, weight) = weight::files(&mut Browser::new(to, Ipv4Addr::LOCALHOST))?;
    tell("the list, one client");
    let one = list(to, 1, None)?;
    tell("the list, many clients");
    let many = list(to, CLIENTS, None)?;
    tell("the list, many clients, compressed");
    let compressed = list(to, CLIENTS, Some("br"))?;
    tell("the query of the list by itself");
    let raw = raw::per_second(town, LASTING.as_secs())?;
    tell("filling in drafts");
    let mut applicants = town.applicants(DRAFTS)?;
    tell("sending them");
    let submit = closed_loop(&mut applicants, Duration::ZERO, LASTING, |(applicant, drafts)| {
        let Some(draft) = drafts.pop() else { return Ok(Step::NothingLeft) };
        applicant.submit(&draft, &format!("bench-{draft}"))?;
        Ok(Step::Done)
    })?;
    let memory = served.memory_kib().map_err(said)?;
    tell("the financing road");
    let mut road = finance::measure(town, to, WARM, LASTING)?;
    if let Some(fields) = road.as_object_mut() {
        fields.insert("revision".to_owned(), json!(revision()));
        fields.insert("machine".to_owned(), machine(town));
    }
    still_there(&mut served)?;
    served.end().map_err(said)?;
    tell("done");
    let foundation = json!({
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
        "pool": town::POOL,
        "seconds_each": LASTING.as_secs(),
        "seconds_in_all": begun.elapsed().as_secs(),
        "revision": revision(),
        "machine": machine(town),
    });
    Ok((foundation, road))
}

fn still_there(served: &mut Served) -> Result<(), String> {
    served.ended().map_err(said)?.map_or(Ok(()), |status| Err(format!("huimin serve ended by itself: {status}")))
}

/// Looks at the list again and again; the first look makes sure that it is full.
fn list(to: std::net::SocketAddr, clients: u8, encoding: Option<&str>) -> Result<Measured, String> {
    let mut browsers: Vec<Browser> = (0..clients).map(|n| Browser::new(to, address(n))).collect();
    let headers: Vec<(&str, &str)> =
        [("accept", "text/html")].into_iter().chain(encoding.map(|e| ("accept-encoding", e))).collect();
    let look = |browser: &mut Browser, headers: &[(&str, &str)]| {
        let page = browser.get("/services", headers).map_err(said)?;
        if page.status == 200 { Ok(page) } else { Err(format!("/services: {} {}", page.status, page.text())) }
    };
    let first = look(&mut Browser::new(to, Ipv4Addr::LOCALHOST), &[("accept", "text/html")])?.text();
    let shown = first.matches("href=\"/services/").count();
    if shown != ITEMS {
        return Err(format!("the list shows {shown} items"));
    }
    closed_loop(&mut browsers, WARM, LASTING, |browser| look(browser, &headers).map(|_| Step::Done))
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn round3(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The revision of the code, with a sign when it was changed since.
fn revision() -> String {
    let git = |arguments: &[&str]| {
        let out = Command::new("git").args(arguments).output().ok().filter(|o| o.status.success())?;
        Some(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    match (git(&["rev-parse", "HEAD"]), git(&["status", "--porcelain"])) {
        (Some(head), Some(changes)) if changes.is_empty() => head,
        (Some(head), _) => format!("{head} with changes"),
        _ => "unknown".to_owned(),
    }
}

fn machine(town: &Town) -> Value {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(name));
        line.and_then(|l| l.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    json!({
        "processors": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        "processor": field(&read("/proc/cpuinfo"), "model name"),
        "memory": field(&read("/proc/meminfo"), "MemTotal"),
        "kernel": read("/proc/sys/kernel/osrelease").trim(),
        "load_before_and_while": read("/proc/loadavg").trim(),
        "postgres": town.postgres_version().unwrap_or_default(),
    })
}
