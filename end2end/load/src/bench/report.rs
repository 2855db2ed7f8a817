//! Describes what every report contains: the revision of the code and the machine.

use super::bench_city::{BenchCity, error_text};
use load::program::Served;
use serde_json::{Value, json};
use std::process::Command;

/// Fails when the program has exited.
pub(super) fn ensure_running(served: &mut Served) -> Result<(), String> {
    served.ended().map_err(error_text)?.map_or(Ok(()), |status| Err(format!("huimin serve ended by itself: {status}")))
}

/// Rounds to a tenth.
pub(super) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The revision of the code, with a mark for uncommitted changes.
pub(super) fn revision() -> String {
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

/// The description of the machine.
pub(super) fn machine(bench_city: &BenchCity) -> Value {
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
        "postgres": bench_city.postgres_version().unwrap_or_default(),
    })
}
