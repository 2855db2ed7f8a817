//! The server that the kill tests run: the real program with its private Postgres in a new data folder.

use cluster::{Cluster, DATABASE, Role, Status};
use load::program::{Program, Served, free_address};
use sqlx::{Connection, PgConnection};
use std::{net::Ipv4Addr, path::PathBuf, time::Duration};

/// The timeout of the first start, which creates the database and the demo city. It only keeps a test from hanging; the
/// guaranteed times are asserted by the tests.
pub const FIRST_START: Duration = Duration::from_secs(1200);
/// The timeout of a start after a kill, with the recovery of Postgres.
pub const RESTART: Duration = Duration::from_secs(400);

/// The loopback address from which a client connects.
pub fn address(client: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, client + 1)
}

/// A number from the environment.
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|v| v.parse().expect("a number"))
}

/// The number of kills, and the seed of their random moments.
pub fn kills_and_seed() -> (usize, u64) {
    let kills = usize::try_from(number("HUIMIN_KILLS").unwrap_or(6)).unwrap();
    (kills, number("HUIMIN_SEED").unwrap_or_else(|| u64::from(rand::random::<u32>())))
}

/// A data folder and what runs in it. Dropping it stops the processes and removes the folder.
pub struct TestServer {
    pub program: Program,
    pub served: Option<Served>,
    pub cluster: Cluster,
    pub runtime: tokio::runtime::Runtime,
}

impl TestServer {
    /// Creates a folder in which nothing runs yet, for this number of clients with an address each.
    pub fn new(clients: u8) -> Self {
        let data_dir: PathBuf = std::env::temp_dir().join(format!("huimin-kill-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&data_dir).unwrap();
        let program = Program {
            // Another binary may be set, such as a release build.
            binary: std::env::var_os("HUIMIN_BIN").unwrap_or_else(|| env!("CARGO_BIN_EXE_huimin").into()).into(),
            data_dir: data_dir.clone(),
            address: free_address().unwrap(),
            arguments: vec!["--demo".to_owned()],
            variables: vec![
                ("RUST_LOG".to_owned(), "warn".to_owned()),
                // Each client has its own address, but in a long run it would still reach the limits of one address.
                ("HUIMIN_GATEWAYS".to_owned(), (0..clients).map(|n| address(n).to_string()).collect::<Vec<_>>().join(",")),
            ],
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { program, served: None, cluster: Cluster::at(&data_dir).unwrap(), runtime }
    }

    pub fn start(&mut self) {
        self.served = Some(self.program.serve().unwrap());
    }

    pub fn served(&mut self) -> &mut Served {
        self.served.as_mut().expect("the program runs")
    }

    /// Waits until this path responds; returns the time since the start of the program.
    pub fn wait_for(&mut self, path: &str, timeout: Duration) -> Duration {
        let elapsed = self.served().wait_for(path, timeout);
        elapsed.unwrap_or_else(|e| panic!("{e}\n{}", self.log()))
    }

    /// The last lines of the program's log.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.program.data_dir.join("serve.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n")
    }

    pub fn superuser(&self) -> PgConnection {
        self.runtime.block_on(self.connect_superuser())
    }

    /// The same for callers that already run in the runtime.
    pub async fn connect_superuser(&self) -> PgConnection {
        PgConnection::connect_with(&self.cluster.options(Role::Superuser, DATABASE)).await.unwrap()
    }

    pub fn postmaster(&self) -> Option<u32> {
        match self.cluster.status().unwrap() {
            Status::Running { pid, .. } => Some(pid),
            _ => None,
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.served.take());
        let _ = self.runtime.block_on(self.cluster.stop());
        let home = self.cluster.home().to_owned();
        let _ = std::fs::remove_dir_all(self.cluster.socket_dir());
        let _ = std::fs::remove_dir_all(home);
        let _ = std::fs::remove_dir_all(&self.program.data_dir);
    }
}
