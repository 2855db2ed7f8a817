//! Measures the SQL query behind the list of services, without the web server: pgbench over TCP, prepared, with
//! as many connections as the server.

use super::bench_city::{BenchCity, POOL, error_text};
use cluster::{Binaries, DATABASE, Role, Search};
use server::services::catalogue::LIST;
use shared::services::item_summary::PAGE;
use std::{path::Path, process::Command};

/// The parameters of the list without a search: no start code, no filter by audience, theme or text. They are written into
/// the script, because pgbench has no empty variables. The query reads one row more than a page.
const PARAMETERS: [(&str, &str); 4] = [("$1", "''"), ("$2", "''"), ("$3", "''"), ("$4", "'{}'")];

/// Transactions per second.
pub(super) fn per_second(bench_city: &BenchCity, seconds: u64) -> Result<f64, String> {
    let mut script = LIST.to_owned();
    for (parameter, value) in PARAMETERS {
        script = script.replace(parameter, value);
    }
    script = script.replace("$5", ":most");
    let data_dir = &bench_city.program.data_dir;
    let path = data_dir.join("list.sql");
    std::fs::write(&path, format!("{script};\n")).map_err(error_text)?;
    let url = bench_city.cluster.tcp_url(Role::App).map_err(error_text)?.ok_or("Postgres does not listen on TCP")?;
    let port = url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).ok_or("no port")?;
    // `Search::machine()` looks for the Postgres programs of this machine.
    let pgbench = Binaries::find(&Search::machine(), None, data_dir).map_err(error_text)?.program("pgbench");
    let mut command = Command::new(if pgbench.exists() { pgbench.as_path() } else { Path::new("pgbench") });
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.args([format!("--client={POOL}"), format!("--time={seconds}"), format!("--define=most={}", PAGE + 1)]);
    command.arg("--file").arg(&path);
    command.args(["--host=127.0.0.1", "--port", port, "--username", Role::App.name(), DATABASE]);
    command.env("PGPASSFILE", bench_city.cluster.password_file());
    let out = command.output().map_err(|e| format!("pgbench: {e}"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let tps = text.lines().find_map(|l| l.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    match tps {
        Some(tps) if out.status.success() => Ok(tps),
        _ => Err(format!("pgbench: {text}{}", String::from_utf8_lossy(&out.stderr))),
    }
}
