//! Starts, kills and stops the program `huimin`, as its operator would.

use crate::browser::Browser;
use std::{
    fs::File,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// The interval of readiness checks.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The timeout of a stop; the program's own limit is ten seconds.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// Environment variables that are not inherited from the process that runs the test.
const NOT_INHERITED: &[&str] = &[
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "HUIMIN_KEYS",
    "HUIMIN_ADDR",
    "HUIMIN_PEOPLE",
    "HUIMIN_PUBLIC_URL",
    "HUIMIN_PROXIES",
    "HUIMIN_GATEWAYS",
    "SMTP_URL",
    "SMS_GATEWAY_URL",
];

/// A free port on 127.0.0.1, below the ports that the system gives to connections: one of those could be taken by a client
/// before the server listens, or while it is restarted. Every call of a process begins at another port.
///
/// # Errors
/// When no port is free.
pub fn free_address() -> io::Result<SocketAddr> {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let offset = std::process::id().wrapping_add(CALLS.fetch_add(1, Ordering::Relaxed)) % 10_000;
    let first = 20_000 + u16::try_from(offset).unwrap_or_default();
    let mut addresses = (first..30_000).chain(20_000..first).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    addresses.find(is_free).ok_or_else(|| io::Error::from(io::ErrorKind::AddrInUse))
}

/// Sends a signal, e.g. `TERM` or `KILL`, to one process.
///
/// # Errors
/// When the process does not exist.
pub fn signal(pid: u32, name: &str) -> io::Result<()> {
    let status = Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &pid.to_string()]).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("process {pid} could not be signalled"))) }
}

/// How to start the program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The binary.
    pub binary: PathBuf,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The address to listen on.
    pub address: SocketAddr,
    /// Further arguments of `serve`.
    pub arguments: Vec<String>,
    /// Further variables of its environment.
    pub variables: Vec<(String, String)>,
}

impl Program {
    /// Starts `huimin serve`; its output is appended to `serve.log` in the data folder.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn serve(&self) -> io::Result<Served> {
        let log = File::options().create(true).append(true).open(self.data_dir.join("serve.log"))?;
        let mut command = self.command(&["serve"]);
        command.arg("--addr").arg(self.address.to_string()).args(&self.arguments);
        let began = Instant::now();
        let child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        Ok(Served { child, began, address: self.address })
    }

    /// Runs another subcommand until it exits.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, subcommand: &[&str]) -> io::Result<std::process::Output> {
        self.command(subcommand).output()
    }

    fn command(&self, subcommand: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command.args(subcommand).env("HUIMIN_DATA_DIR", &self.data_dir);
        command.envs(self.variables.iter().cloned()).stdin(Stdio::null());
        command
    }
}

/// A running `huimin serve`; killed when dropped.
#[derive(Debug)]
pub struct Served {
    child: Child,
    began: Instant,
    address: SocketAddr,
}

impl Served {
    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a path answers with 200. Returns the time since the start of the process.
    ///
    /// # Errors
    /// When the program exited, or did not answer in time.
    pub fn wait_for(&mut self, path: &str, timeout: Duration) -> io::Result<Duration> {
        let begun = Instant::now();
        loop {
            let response = Browser::new(self.address, Ipv4Addr::LOCALHOST).get(path, &[("connection", "close")]);
            if response.is_ok_and(|answer| answer.status == 200) {
                return Ok(self.began.elapsed());
            }
            if let Some(status) = self.ended()? {
                return Err(io::Error::other(format!("huimin serve ended by itself: {status}")));
            }
            if begun.elapsed() > timeout {
                return Err(io::Error::other(format!("{path} did not answer within {} s", timeout.as_secs())));
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// The exit status, if it has exited.
    ///
    /// # Errors
    /// When the operating system fails.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Kills it immediately (SIGKILL), as a power failure would.
    ///
    /// # Errors
    /// When the operating system fails.
    pub fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Stops it (SIGTERM) and waits for its exit.
    ///
    /// # Errors
    /// When it does not exit in time or not successfully.
    pub fn end(mut self) -> io::Result<()> {
        signal(self.pid(), "TERM")?;
        let begun = Instant::now();
        loop {
            match self.ended()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(io::Error::other(format!("huimin serve ended with {status}"))),
                None if begun.elapsed() > STOP_TIMEOUT => {
                    return Err(io::Error::other("huimin serve did not end when asked to"));
                }
                None => std::thread::sleep(POLL_INTERVAL),
            }
        }
    }

    /// Its resident memory (VmRSS, proc_pid_status(5)), in KiB.
    ///
    /// # Errors
    /// When the operating system does not report it.
    pub fn memory_kib(&self) -> io::Result<u32> {
        let status = std::fs::read_to_string(Path::new("/proc").join(self.pid().to_string()).join("status"))?;
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let number = line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok());
        number.ok_or_else(|| io::Error::other("the system does not say how much memory it has"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
