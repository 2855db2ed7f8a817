//! Runs the benchmark: `bench <huimin> <folder> [foundation|sos|finance_road]...` measures the release binary and writes
//! `<folder>/foundation.json`, `<folder>/sos.json` and `<folder>/finance_road.json` (explained in `docs/benchmarks.md`). Fails
//! when a page is heavier than the limit.

mod bench_city;
mod desk;
mod finance;
mod foundation;
mod measure;
mod ranking;
mod raw;
mod report;
mod sos;
mod weight;

use bench_city::BenchCity;
use serde_json::Value;
use std::{path::Path, process::ExitCode};

/// A suite: its name, its measurement in its own city, and its check.
type Suite = (&'static str, fn(&mut BenchCity) -> Result<Value, String>, fn(&Value) -> Result<(), String>);

const SUITES: &[Suite] = &[
    ("foundation", foundation::measure_all, foundation::check),
    ("sos", sos::measure_all, |_| Ok(())),
    ("finance_road", finance::measure_all, |_| Ok(())),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [binary, folder, suites @ ..] => run(Path::new(binary), Path::new(folder), suites),
        _ => Err("usage: bench <the program huimin> <folder> [foundation|sos|finance_road]...".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(binary: &Path, folder: &Path, suites: &[String]) -> Result<(), String> {
    for (name, measure, check) in SUITES.iter().filter(|(name, ..)| suites.is_empty() || suites.iter().any(|w| w == name)) {
        let data_dir = std::env::temp_dir().join(format!("huimin-bench-{}", uuid::Uuid::now_v7().simple()));
        let mut bench_city = BenchCity::new(binary, &data_dir)?;
        let result = measure(&mut bench_city);
        let log = std::fs::read_to_string(data_dir.join("serve.log")).unwrap_or_default();
        let (home, sockets) = (bench_city.cluster.home().to_owned(), bench_city.cluster.socket_dir().to_owned());
        let ended = bench_city.end();
        for folder in [&home, &sockets, &data_dir] {
            let _ = std::fs::remove_dir_all(folder);
        }
        let result = result.map_err(|e| format!("{e}\n{}", log.lines().rev().take(10).collect::<Vec<_>>().join("\n")))?;
        ended?;
        let text = serde_json::to_string_pretty(&result).map_err(|e| e.to_string())?;
        println!("{text}");
        let output = folder.join(format!("{name}.json"));
        std::fs::write(&output, text + "\n").map_err(|e| format!("{}: {e}", output.display()))?;
        check(&result)?;
    }
    Ok(())
}
