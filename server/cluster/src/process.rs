//! The postmaster process: finding, starting and stopping it.

use crate::{
    binaries::{Binaries, Search},
    error::{ClusterError, at},
    layout::ClusterPaths,
    options::{Options, SOCKET_PORT},
};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Limit for a start or stop; the longest is the recovery of a large database after a crash.
const START_STOP_TIMEOUT: Duration = Duration::from_secs(600);

/// Limit for the backends of a killed postmaster to end by themselves.
const LEFTOVERS_TIMEOUT: Duration = Duration::from_secs(30);

/// Interval of checks while waiting for a process.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A log of more bytes is rotated at the next start.
const MAX_LOG_BYTES: u64 = 16 * 1024 * 1024;

/// Seconds a disposable cluster waits for its next user.
const LINGER_SECONDS: &str = "5";

/// Settings of every cluster; the log contains errors but no values of statements (they may be personal data).
const SETTINGS: &[&str] = &[
    "timezone=UTC",
    "log_timezone=UTC",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "unix_socket_permissions=0700",
    "shared_buffers=128MB",
    // Statements are short: just-in-time compilation costs more than it saves.
    "jit=off",
];

/// Settings of a cluster with data to keep.
const DURABLE: &[&str] = &["max_connections=100", "fsync=on", "full_page_writes=on", "synchronous_commit=on"];

/// Settings of a cluster for tests.
const DISPOSABLE: &[&str] = &["max_connections=400", "fsync=off", "full_page_writes=off", "synchronous_commit=off"];

/// A postmaster, as described by its PID file.
#[derive(Clone, Debug)]
pub(crate) struct Postmaster {
    pub(crate) pid: u32,
    pub(crate) port: u16,
    pub(crate) tcp: bool,
    ready: bool,
}

/// What the PID file refers to.
pub(crate) enum PidFile {
    /// There is no PID file: never started, or stopped properly.
    Absent,
    /// The PID file was left by a postmaster that was killed.
    Stale {
        /// Whether another process has that PID now (or the dead one is still a zombie).
        reused: bool,
    },
    /// A postmaster of this cluster.
    Live(Postmaster),
}

/// Reads the PID file and checks its process. The format is that of Postgres' `miscadmin.h` (LOCK_FILE_LINE_*).
pub(crate) fn read_pid_file(paths: &ClusterPaths) -> Result<PidFile, ClusterError> {
    let path = paths.data().join("postmaster.pid");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(PidFile::Absent),
        Err(e) => return Err(at(&path)(e)),
    };
    let line = |n: usize| text.lines().nth(n).unwrap_or_default().trim();
    // A standalone backend writes its PID as a negative number.
    let Ok(pid) = line(0).trim_start_matches('-').parse::<u32>() else { return Ok(PidFile::Stale { reused: false }) };
    if !is_postgres_of(pid, &paths.data()) {
        return Ok(PidFile::Stale { reused: Path::new(&format!("/proc/{pid}")).exists() });
    }
    Ok(PidFile::Live(Postmaster {
        pid,
        port: line(3).parse().unwrap_or(SOCKET_PORT),
        tcp: !line(5).is_empty(),
        ready: line(7) == "ready",
    }))
}

/// The running postmaster; waits while it is starting or stopping.
pub(crate) fn wait_until_settled(paths: &ClusterPaths) -> Result<Option<Postmaster>, ClusterError> {
    let begun = Instant::now();
    loop {
        match read_pid_file(paths)? {
            PidFile::Live(p) if p.ready => return Ok(Some(p)),
            PidFile::Live(_) if begun.elapsed() < START_STOP_TIMEOUT => std::thread::sleep(POLL_INTERVAL),
            PidFile::Live(_) => return Err(not_started(paths)),
            PidFile::Stale { .. } | PidFile::Absent => return Ok(None),
        }
    }
}

/// After a kill: waits for the backends of the old postmaster, then removes files that would prevent a new start.
pub(crate) fn clear_leftovers(paths: &ClusterPaths) -> Result<(), ClusterError> {
    let data = paths.data();
    let begun = Instant::now();
    loop {
        let pids = processes_of(&data);
        if pids.is_empty() {
            break;
        }
        if begun.elapsed() > LEFTOVERS_TIMEOUT {
            return Err(ClusterError::Leftovers { data, pids });
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    // Postgres considers a PID file stale only when no process has that PID. If another process has it, the file must be
    // removed; otherwise Postgres needs it to find the shared memory of the dead postmaster.
    if let PidFile::Stale { reused: true } = read_pid_file(paths)? {
        let path = data.join("postmaster.pid");
        std::fs::remove_file(&path).map_err(at(&path))?;
    }
    // The folder is private and no postmaster runs: remaining sockets and their lock files (which hold a PID too) are stale.
    for entry in std::fs::read_dir(&paths.socket_dir).map_err(at(&paths.socket_dir))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
            std::fs::remove_file(entry.path()).map_err(at(&entry.path()))?;
        }
    }
    Ok(())
}

/// Starts the postmaster in its own session (done by pg_ctl) and waits until it accepts connections.
pub(crate) fn start(paths: &ClusterPaths, binaries: &Binaries, options: Options) -> Result<(), ClusterError> {
    paths.check_reach()?;
    let log = paths.log();
    if log.metadata().is_ok_and(|m| m.len() > MAX_LOG_BYTES) {
        std::fs::rename(&log, paths.home.join("postgres.log.1")).map_err(at(&log))?;
    }
    let output = OpenOptions::new().create(true).append(true).open(&log).map_err(at(&log))?;

    // These options pass through a shell; all of them are our own and need no quoting.
    let durability = if options.disposable { DISPOSABLE } else { DURABLE };
    let listen = options.tcp_port.map_or("", |_| "127.0.0.1");
    let mut server_options =
        format!("-k {} -p {} -c listen_addresses={listen}", paths.socket_dir.display(), options.tcp_port.unwrap_or(SOCKET_PORT));
    for setting in SETTINGS.iter().chain(durability) {
        server_options.push_str(" -c ");
        server_options.push_str(setting);
    }
    let pg_ctl = binaries.program("pg_ctl");
    let status = paths
        .command(&pg_ctl)
        .args(["-D", "data", "-s", "-w", "-t", &START_STOP_TIMEOUT.as_secs().to_string(), "-o", &server_options, "start"])
        .stdout(output.try_clone().map_err(at(&log))?)
        .stderr(output)
        .status()
        .map_err(at(&pg_ctl))?;
    if status.success() { Ok(()) } else { Err(not_started(paths)) }
}

/// Stops the postmaster; connections end, open transactions are rolled back. Returns whether it was running.
pub(crate) fn stop(paths: &ClusterPaths) -> Result<bool, ClusterError> {
    let PidFile::Live(_) = read_pid_file(paths)? else { return Ok(false) };
    let pg_ctl = Binaries::find(&Search::machine(), paths.data_version().as_deref(), &paths.data())?.program("pg_ctl");
    let output = paths
        .command(&pg_ctl)
        .args(["-D", "data", "-s", "-w", "-t", &START_STOP_TIMEOUT.as_secs().to_string(), "-m", "fast", "stop"])
        .output()
        .map_err(at(&pg_ctl))?;
    if !output.status.success() {
        return Err(ClusterError::NotStopped(paths.log()));
    }
    // A failure is harmless: the next start accepts an existing folder.
    let _ = std::fs::remove_dir(&paths.socket_dir);
    Ok(true)
}

/// Starts a detached process that stops the cluster after some seconds without a user, because test programs end
/// without releasing their lease. It holds the users' lock while stopping, so that no process can become a user.
pub(crate) fn spawn_watcher(paths: &ClusterPaths, binaries: &Binaries) -> Result<(), ClusterError> {
    const WATCHER: &str = r#"
        while flock -x users true; do
            sleep "$1"
            flock -n -E 75 -x users "$0" -D data -s -w -m fast stop
            [ $? = 75 ] || exit 0
        done"#;
    let setsid = Path::new("setsid");
    paths
        .command(setsid)
        .args([Path::new("--fork"), Path::new("sh"), Path::new("-c"), Path::new(WATCHER)])
        .arg(binaries.program("pg_ctl"))
        .arg(LINGER_SECONDS)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .map_err(at(setsid))?;
    Ok(())
}

/// The line with the error in the output of a Postgres program.
pub(crate) fn error_line(output: &str) -> String {
    let marks = ["FATAL:", "PANIC:", "ERROR:", "error:", "could not"];
    let line = output.lines().rev().find(|l| marks.iter().any(|m| l.contains(m))).or_else(|| output.lines().last());
    line.unwrap_or("it said nothing").trim().to_owned()
}

fn not_started(paths: &ClusterPaths) -> ClusterError {
    let log = paths.log();
    let text = std::fs::read(&log).unwrap_or_default();
    ClusterError::NotStarted { reason: error_line(&String::from_utf8_lossy(&text)), log }
}

/// Whether a process is a Postgres whose working folder is this data folder: a PID alone proves nothing, because it may
/// have been reused by another process.
fn is_postgres_of(pid: u32, data: &Path) -> bool {
    let process = Path::new("/proc").join(pid.to_string());
    let same = |a: &std::fs::Metadata, b: &std::fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    std::fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim_end() == "postgres")
        && process.join("cwd").metadata().is_ok_and(|cwd| data.metadata().is_ok_and(|data| same(&cwd, &data)))
}

fn processes_of(data: &Path) -> Vec<u32> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| is_postgres_of(*pid, data))
        .collect()
}
