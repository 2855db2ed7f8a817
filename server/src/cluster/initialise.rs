//! Making a cluster: its data, its roles and its database, all or nothing.

use super::place::Place;
use super::{Binaries, ClusterError, DATABASE, Options, Role, at};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

/// Who may come in. Over the socket nobody but the cluster's own system user gets as far as this file, because the
/// socket's folder is closed to all others.
const WHO_MAY_COME_IN: &str = "\
local all postgres,huimin_owner,huimin_app trust
host huimin huimin_owner,huimin_app 127.0.0.1/32 scram-sha-256
";

/// Makes the cluster in a folder beside its own and moves it into place at the end: what was cut off half-way is
/// thrown away by the next start.
pub(super) fn make(place: &Place, binaries: &Binaries, options: Options) -> Result<(), ClusterError> {
    place.check_reach()?;
    let fresh = place.home.join("data.new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(at(&fresh))?;
    }
    place.private_folder(&fresh)?;

    let initdb = binaries.program("initdb");
    let mut command = place.command(&initdb);
    command
        // Relative to the working folder: pg_ctl and initdb hand paths to a shell, ours may hold anything.
        .args(["-D", "data.new", "-U", Role::Superuser.name(), "--encoding=UTF8", "--locale=C.UTF-8"])
        .args(["--text-search-config=simple", "--auth-local=trust", "--auth-host=scram-sha-256"]);
    if options.disposable {
        command.arg("--no-sync");
    }
    let out = command.output().map_err(at(&initdb))?;
    if !out.status.success() {
        return Err(not_made(place, &out.stderr));
    }
    let hba = fresh.join("pg_hba.conf");
    std::fs::write(&hba, WHO_MAY_COME_IN).map_err(at(&hba))?;
    make_roles(place, binaries)?;

    let data = place.data();
    std::fs::rename(&fresh, &data).map_err(at(&data))?;
    File::open(&place.home).and_then(|f| f.sync_all()).map_err(at(&place.home))
}

/// Two roles and one database, written in single-user mode before anybody can connect.
fn make_roles(place: &Place, binaries: &Binaries) -> Result<(), ClusterError> {
    let path = place.passwords();
    let mut passwords = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&path).map_err(at(&path))?;
    let mut sql = String::new();
    for role in [Role::Owner, Role::App] {
        let name = role.name();
        let password = hex::encode(rand::random::<[u8; 24]>());
        sql.push_str(&format!(
            "CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '{password}';\n"
        ));
        writeln!(passwords, "127.0.0.1:*:*:{name}:{password}").map_err(at(&path))?;
    }
    let (owner, app) = (Role::Owner.name(), Role::App.name());
    sql.push_str(&format!(
        "CREATE DATABASE {DATABASE} OWNER {owner};\nREVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;\nGRANT CONNECT ON DATABASE {DATABASE} TO {app};\n"
    ));

    let postgres = binaries.program("postgres");
    let mut child = place
        .command(&postgres)
        // Without exit_on_error a failed statement would be a success; the statements hold passwords, so they are not logged.
        .args(["--single", "-D", "data.new", "-c", "exit_on_error=true", "-c", "log_min_error_statement=panic", "postgres"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(at(&postgres))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(sql.as_bytes()).map_err(at(&postgres))?;
    }
    let out = child.wait_with_output().map_err(at(&postgres))?;
    if out.status.success() { Ok(()) } else { Err(not_made(place, &out.stderr)) }
}

fn not_made(place: &Place, said: &[u8]) -> ClusterError {
    ClusterError::NotMade { data: place.data(), reason: super::process::reason(&String::from_utf8_lossy(said)) }
}
