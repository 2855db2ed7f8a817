//! `huimin calc`: reads one JSON document per line from standard input and writes one result per line.

use super::Outcome;
use shared::calc;
use std::io::{BufRead, Write};

pub fn run(name: &str) -> Outcome {
    let command = calc::command(name).ok_or_else(|| {
        let known: Vec<&str> = calc::COMMANDS.iter().map(|c| c.name).collect();
        format!("there is no calculation `{name}`; there are: {}", known.join(", "))
    })?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().split(b'\n') {
        let line = line.map_err(|e| e.to_string())?;
        let line = String::from_utf8_lossy(&line);
        if line.trim().is_empty() {
            continue;
        }
        writeln!(out, "{}", calc::answer(command, line.trim_end_matches('\r'))).map_err(|e| e.to_string())?;
    }
    out.flush().map_err(|e| e.to_string())
}
