//! Creating a cluster: its data, its roles and its database, all or nothing.

use crate::{
    binaries::Binaries,
    error::{ClusterError, at},
    layout::ClusterPaths,
    options::{DATABASE, Options, Role},
    process,
};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

/// Who may connect (`pg_hba.conf`). The socket needs no password because its folder is accessible only to the
/// cluster's own system user.
const ACCESS_RULES: &str = "\
local all postgres,huimin_owner,huimin_app trust
host huimin huimin_owner,huimin_app 127.0.0.1/32 scram-sha-256
";

/// Creates the cluster in a temporary folder and renames it at the end; the next start removes what an interrupted
/// creation left.
pub(crate) fn create_cluster(paths: &ClusterPaths, binaries: &Binaries, options: Options) -> Result<(), ClusterError> {
    paths.check_reach()?;
    let fresh = paths.home.join("data.new");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(at(&fresh))?;
    }
    paths.private_folder(&fresh)?;

    let initdb = binaries.program("initdb");
    let mut command = paths.command(&initdb);
    command
        // Relative to the working folder: initdb passes paths through a shell, and ours may contain any character.
        .args(["-D", "data.new", "-U", Role::Superuser.name(), "--encoding=UTF8", "--locale=C.UTF-8"])
        .args(["--text-search-config=simple", "--auth-local=trust", "--auth-host=scram-sha-256"]);
    if options.disposable {
        command.arg("--no-sync");
    }
    let out = command.output().map_err(at(&initdb))?;
    if !out.status.success() {
        return Err(creation_failed(paths, &out.stderr));
    }
    let hba = fresh.join("pg_hba.conf");
    std::fs::write(&hba, ACCESS_RULES).map_err(at(&hba))?;
    create_roles(paths, binaries)?;

    let data = paths.data();
    std::fs::rename(&fresh, &data).map_err(at(&data))?;
    File::open(&paths.home).and_then(|f| f.sync_all()).map_err(at(&paths.home))
}

/// Creates two roles and one database in single-user mode, before any client can connect.
fn create_roles(paths: &ClusterPaths, binaries: &Binaries) -> Result<(), ClusterError> {
    let path = paths.passwords();
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
    let mut child = paths
        .command(&postgres)
        // Without exit_on_error a failed statement would go unnoticed; the statements contain passwords and must not be logged.
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
    if out.status.success() { Ok(()) } else { Err(creation_failed(paths, &out.stderr)) }
}

fn creation_failed(paths: &ClusterPaths, stderr: &[u8]) -> ClusterError {
    ClusterError::NotMade { data: paths.data(), reason: process::error_line(&String::from_utf8_lossy(stderr)) }
}
