//! `huimin db`: the private Postgres.

use super::{DataLocation, Outcome};
use clap::Subcommand;
use cluster::{Cluster, Options, Status};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Start it and keep it running until `stop`.
    Start {
        /// Listen on this port of 127.0.0.1 too, for tools such as pgbench.
        #[arg(long)]
        tcp_port: Option<u16>,
    },
    /// Stop it.
    Stop,
    /// Print its status.
    Status,
}

pub(super) async fn run(what: What, location: DataLocation) -> Outcome {
    if location.database_url.is_some() {
        return Err("DATABASE_URL is set, so the private Postgres is not used; unset it to manage the private one".to_owned());
    }
    std::fs::create_dir_all(&location.data_dir).map_err(|e| format!("{}: {e}", location.data_dir.display()))?;
    let cluster = Cluster::at(&location.data_dir).map_err(|e| e.to_string())?;
    match what {
        What::Start { tcp_port } => cluster.keep(Options { tcp_port, ..Options::default() }).await.map_err(|e| e.to_string())?,
        What::Stop => {
            cluster.stop().await.map_err(|e| e.to_string())?;
        }
        What::Status => {}
    }
    println!("{}", error_message(&cluster.status().map_err(|e| e.to_string())?, &cluster));
    Ok(())
}

fn error_message(status: &Status, cluster: &Cluster) -> String {
    match status {
        Status::Absent => "not made yet; `huimin serve` or `huimin db start` makes it".to_owned(),
        Status::Stopped => format!("stopped; its data is in {}", cluster.home().display()),
        Status::Running { pid, socket_dir, port, tcp, kept, in_use } => {
            let also = if *tcp { " and on 127.0.0.1" } else { "" };
            let why = match (kept, in_use) {
                (true, _) => "kept running until `huimin db stop`",
                (false, true) => "running while a process uses it",
                (false, false) => "running, used by nobody",
            };
            format!(
                "running: process {pid}, socket {} port {port}{also}; {why}\nowner: {}",
                socket_dir.display(),
                cluster.owner_url()
            )
        }
    }
}
