//! The postmaster: is it there, is it ours, start it, stop it.

use super::place::Place;
use super::{Binaries, ClusterError, Options, SOCKET_PORT, Search, at};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a start or stop may take; recovery of a large database after a crash is the longest.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long the processes of a killed postmaster may take to notice.
const PATIENCE_WITH_LEFTOVERS: Duration = Duration::from_secs(30);

/// How often a process is looked at while waiting for it.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A log larger than this is put aside at the next start, in bytes.
const LARGEST_LOG: u64 = 16 * 1024 * 1024;

/// Seconds a disposable cluster waits for its next user.
const LINGER_SECONDS: &str = "5";

/// Settings of every cluster; the log says what failed, but never with which values (they may be personal).
const SETTINGS: &[&str] = &[
    "timezone=UTC",
    "log_timezone=UTC",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "unix_socket_permissions=0700",
    "shared_buffers=128MB",
    // The statements here are short: compiling them costs more than it brings.
    "jit=off",
];

/// Settings of a cluster that people rely on.
const DURABLE: &[&str] = &["max_connections=100", "fsync=on", "full_page_writes=on", "synchronous_commit=on"];

/// Settings of a cluster for tests.
const DISPOSABLE: &[&str] = &["max_connections=400", "fsync=off", "full_page_writes=off", "synchronous_commit=off"];

/// A postmaster, as its PID file tells.
#[derive(Clone, Debug)]
pub(super) struct Postmaster {
    pub(super) pid: u32,
    pub(super) port: u16,
    pub(super) tcp: bool,
    ready: bool,
}

/// What is behind the PID file.
pub(super) enum Found {
    /// There is no PID file: never started, or stopped in order.
    Nothing,
    /// The PID file was left by a postmaster that was killed.
    Stale {
        /// Whether some other process has that PID now (or the dead one was not buried yet).
        reused: bool,
    },
    /// A postmaster of this cluster.
    Live(Postmaster),
}

/// Looks who runs the cluster. The format of the PID file is that of Postgres' `miscadmin.h` (LOCK_FILE_LINE_*).
pub(super) fn look(place: &Place) -> Result<Found, ClusterError> {
    let path = place.data().join("postmaster.pid");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(at(&path)(e)),
    };
    let line = |n: usize| text.lines().nth(n).unwrap_or_default().trim();
    // A standalone backend writes its PID as a negative number.
    let Ok(pid) = line(0).trim_start_matches('-').parse::<u32>() else { return Ok(Found::Stale { reused: false }) };
    if !is_postgres_of(pid, &place.data()) {
        return Ok(Found::Stale { reused: Path::new(&format!("/proc/{pid}")).exists() });
    }
    Ok(Found::Live(Postmaster {
        pid,
        port: line(3).parse().unwrap_or(SOCKET_PORT),
        tcp: !line(5).is_empty(),
        ready: line(7) == "ready",
    }))
}

/// The running postmaster, after waiting for one that is just starting or stopping.
pub(super) fn settled(place: &Place) -> Result<Option<Postmaster>, ClusterError> {
    let begun = Instant::now();
    loop {
        match look(place)? {
            Found::Live(p) if p.ready => return Ok(Some(p)),
            Found::Live(_) if begun.elapsed() < PATIENCE => std::thread::sleep(LOOK_AGAIN),
            Found::Live(_) => return Err(not_started(place)),
            Found::Stale { .. } | Found::Nothing => return Ok(None),
        }
    }
}

/// After a kill: waits for the orphans of the postmaster, then takes away what would keep a new one from starting.
pub(super) fn clear_leftovers(place: &Place) -> Result<(), ClusterError> {
    let data = place.data();
    let begun = Instant::now();
    loop {
        let pids = processes_of(&data);
        if pids.is_empty() {
            break;
        }
        if begun.elapsed() > PATIENCE_WITH_LEFTOVERS {
            return Err(ClusterError::Leftovers { data, pids });
        }
        std::thread::sleep(LOOK_AGAIN);
    }
    // Postgres takes a PID file for stale only when no process has that PID. Where another process has it, the file goes;
    // otherwise Postgres needs it to find the shared memory of the dead one.
    if let Found::Stale { reused: true } = look(place)? {
        let path = data.join("postmaster.pid");
        std::fs::remove_file(&path).map_err(at(&path))?;
    }
    // The folder is private and nothing runs: sockets and their lock files in it (which hold a PID, too) are dead.
    for entry in std::fs::read_dir(&place.socket_dir).map_err(at(&place.socket_dir))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(".s.PGSQL.") {
            std::fs::remove_file(entry.path()).map_err(at(&entry.path()))?;
        }
    }
    Ok(())
}

/// Starts the postmaster in a session of its own (pg_ctl sees to that) and waits until it takes connections.
pub(super) fn start(place: &Place, binaries: &Binaries, options: Options) -> Result<(), ClusterError> {
    place.check_reach()?;
    let log = place.log();
    if log.metadata().is_ok_and(|m| m.len() > LARGEST_LOG) {
        std::fs::rename(&log, place.home.join("postgres.log.1")).map_err(at(&log))?;
    }
    let output = OpenOptions::new().create(true).append(true).open(&log).map_err(at(&log))?;

    // These words go through a shell: all of them are ours and plain.
    let more = if options.disposable { DISPOSABLE } else { DURABLE };
    let listen = options.tcp_port.map_or("", |_| "127.0.0.1");
    let mut words =
        format!("-k {} -p {} -c listen_addresses={listen}", place.socket_dir.display(), options.tcp_port.unwrap_or(SOCKET_PORT));
    for setting in SETTINGS.iter().chain(more) {
        words.push_str(" -c ");
        words.push_str(setting);
    }
    let pg_ctl = binaries.program("pg_ctl");
    let done = place
        .command(&pg_ctl)
        .args(["-D", "data", "-s", "-w", "-t", &PATIENCE.as_secs().to_string(), "-o", &words, "start"])
        .stdout(output.try_clone().map_err(at(&log))?)
        .stderr(output)
        .status()
        .map_err(at(&pg_ctl))?;
    if done.success() { Ok(()) } else { Err(not_started(place)) }
}

/// Stops the postmaster; connections end, open transactions are rolled back. Answers whether there was one.
pub(super) fn stop(place: &Place) -> Result<bool, ClusterError> {
    let Found::Live(_) = look(place)? else { return Ok(false) };
    let data = place.data();
    let made = std::fs::read_to_string(data.join("PG_VERSION")).ok();
    let pg_ctl = Binaries::find(&Search::machine(), made.as_deref().map(str::trim), &data)?.program("pg_ctl");
    let done = place
        .command(&pg_ctl)
        .args(["-D", "data", "-s", "-w", "-t", &PATIENCE.as_secs().to_string(), "-m", "fast", "stop"])
        .output()
        .map_err(at(&pg_ctl))?;
    if !done.status.success() {
        return Err(ClusterError::NotStopped(place.log()));
    }
    // Only tidiness: the next start makes it again, and takes it as it is when it is still there.
    let _ = std::fs::remove_dir(&place.socket_dir);
    Ok(true)
}

/// Leaves a small process behind that stops the cluster when it had no user for some seconds, because a test program
/// ends without leaving in order. It holds the lock of the users meanwhile, so nobody starts using what it stops.
pub(super) fn watch(place: &Place, binaries: &Binaries) -> Result<(), ClusterError> {
    const WATCHER: &str = r#"
        while flock -x users true; do
            sleep "$1"
            flock -n -E 75 -x users "$0" -D data -s -w -m fast stop
            [ $? = 75 ] || exit 0
        done"#;
    let setsid = Path::new("setsid");
    place
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

/// The line that says why, in what Postgres said.
pub(super) fn reason(said: &str) -> String {
    let marks = ["FATAL:", "PANIC:", "ERROR:", "error:", "could not"];
    let line = said.lines().rev().find(|l| marks.iter().any(|m| l.contains(m))).or_else(|| said.lines().last());
    line.unwrap_or("it said nothing").trim().to_owned()
}

fn not_started(place: &Place) -> ClusterError {
    let log = place.log();
    let said = std::fs::read(&log).unwrap_or_default();
    ClusterError::NotStarted { reason: reason(&String::from_utf8_lossy(&said)), log }
}

/// Whether a process is a Postgres at work in this data folder, which is then its working folder: a PID alone says
/// nothing, it may have been given to another process since.
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
