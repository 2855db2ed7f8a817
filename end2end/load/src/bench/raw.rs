//! The query of the list by itself: pgbench over TCP, prepared, with as many connections as the server has.

use super::town::{POOL, Town, said};
use server::{
    cluster::{Binaries, DATABASE, Role, Search},
    services::catalogue::LIST,
};
use shared::services::item_summary::PAGE;
use std::{path::Path, process::Command};

/// What the list binds when nothing is searched: from the first code, for everybody, every theme, every word; one more
/// than a page shows. Written into the text where it is empty, for pgbench knows no empty variable.
const BOUND: [(&str, &str); 4] = [("$1", "''"), ("$2", "''"), ("$3", "''"), ("$4", "'{}'")];

/// Transactions a second.
pub(super) fn per_second(town: &Town, seconds: u64) -> Result<f64, String> {
    let mut script = LIST.to_owned();
    for (parameter, value) in BOUND {
        script = script.replace(parameter, value);
    }
    script = script.replace("$5", ":most");
    let data_dir = &town.program.data_dir;
    let path = data_dir.join("list.sql");
    std::fs::write(&path, format!("{script};\n")).map_err(said)?;
    let url = town.cluster.tcp_url(Role::App).map_err(said)?.ok_or("Postgres does not listen on TCP")?;
    let port = url.rsplit_once(':').and_then(|(_, rest)| rest.split('/').next()).ok_or("no port")?;
    let pgbench = Binaries::find(&Search::machine(), None, data_dir).map_err(said)?.program("pgbench");
    let mut command = Command::new(if pgbench.exists() { pgbench.as_path() } else { Path::new("pgbench") });
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.args([format!("--client={POOL}"), format!("--time={seconds}"), format!("--define=most={}", PAGE + 1)]);
    command.arg("--file").arg(&path);
    command.args(["--host=127.0.0.1", "--port", port, "--username", Role::App.name(), DATABASE]);
    command.env("PGPASSFILE", town.cluster.password_file());
    let out = command.output().map_err(|e| format!("pgbench: {e}"))?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let tps = text.lines().find_map(|l| l.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    match tps {
        Some(tps) if out.status.success() => Ok(tps),
        _ => Err(format!("pgbench: {text}{}", String::from_utf8_lossy(&out.stderr))),
    }
}
