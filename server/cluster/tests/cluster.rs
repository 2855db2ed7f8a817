//! Tests the private Postgres cluster: creation, adoption, release, kill, recovery, TCP and error messages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

use cluster::{Binaries, Cluster, ClusterError, DATABASE, Lease, Options, Role, Search, Status};
use sqlx::{Connection, PgConnection, Row};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// An empty data folder; it and its cluster are removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cluster-{}", std::process::id())).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn cluster(&self) -> Cluster {
        Cluster::at(&self.0).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Ok(home) = self.0.join("postgres").canonicalize() {
            if let Ok(pid) = std::fs::read_to_string(home.join("data/postmaster.pid")) {
                kill("QUIT", pid.lines().next().unwrap().parse().unwrap());
            }
            let _ = std::fs::remove_dir_all(home);
        }
        let _ = std::fs::remove_dir_all(&self.0);
        // The common parent folder; removal succeeds only when this was the last one.
        let _ = self.0.parent().map(std::fs::remove_dir);
    }
}

fn kill(signal: &str, pid: u32) {
    let done = Command::new("sh").args(["-c", &format!("kill -{signal} {pid}")]).status().unwrap();
    assert!(done.success());
}

fn pid(cluster: &Cluster) -> u32 {
    match cluster.status().unwrap() {
        Status::Running { pid, .. } => pid,
        other => panic!("{other:?}"),
    }
}

/// Queries one value in a new connection.
async fn ask(url: &str, sql: &'static str) -> Result<String, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let row = sqlx::query(sql).fetch_one(&mut connection).await?;
    connection.close().await?;
    row.try_get(0)
}

async fn run(url: &str, sql: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Starts another process with its own lease: this test program, running only the test below.
fn start_helper_process(folder: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "helper_process_holds_a_lease", "--nocapture"])
        .env("HELPER_PROCESS_DATA_DIR", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.ends_with("here")), "the helper process did not get a lease");
    child
}

#[tokio::test]
#[ignore = "not a test: the body of the helper process"]
async fn helper_process_holds_a_lease() {
    let folder = std::env::var_os("HELPER_PROCESS_DATA_DIR").unwrap();
    let lease = Cluster::at(Path::new(&folder)).unwrap().start().await.unwrap();
    println!("here");
    // Runs until the end of its standard input, then releases the lease.
    std::io::stdin().lines().for_each(drop);
    lease.release().await.unwrap();
}

#[tokio::test]
async fn start_creates_a_database_with_two_unprivileged_roles() {
    let folder = Folder::new("made");
    let cluster = folder.cluster();
    assert_eq!(cluster.status().unwrap(), Status::Absent);
    let lease = cluster.start().await.unwrap();

    assert_eq!(ask(&cluster.app_url(), "SELECT current_user || ' ' || current_database()").await.unwrap(), "huimin_app huimin");
    assert_eq!(
        ask(&cluster.owner_url(), "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'huimin'")
            .await
            .unwrap(),
        "huimin_owner"
    );
    let powers = "SELECT string_agg(concat_ws(' ', rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls), ',' ORDER BY rolname) \
                  FROM pg_roles WHERE rolname LIKE 'huimin%'";
    assert_eq!(ask(&cluster.app_url(), powers).await.unwrap(), "huimin_app f f f f f,huimin_owner f f f f f");
    let settings = "SELECT concat_ws(' ', current_setting('server_encoding'), datcollate, datctype, current_setting('timezone'), \
                    current_setting('fsync'), current_setting('max_connections')) FROM pg_database WHERE datname = 'huimin'";
    assert_eq!(ask(&cluster.app_url(), settings).await.unwrap(), "UTF8 C.UTF-8 C.UTF-8 UTC on 100");
    let mut app = PgConnection::connect_with(&cluster.options(Role::App, DATABASE)).await.unwrap();
    assert!(sqlx::query("CREATE TABLE mine (id int)").execute(&mut app).await.is_err());
    assert!(sqlx::query("SET ROLE huimin_owner").execute(&mut app).await.is_err());
    drop(app);

    let socket_dir = cluster.socket_dir().metadata().unwrap();
    assert_eq!((socket_dir.mode() & 0o777, socket_dir.uid()), (0o700, cluster.home().join("data").metadata().unwrap().uid()));
    assert_eq!(cluster.password_file().metadata().unwrap().mode() & 0o777, 0o600);
    assert!(cluster.tcp_url(Role::App).unwrap().is_none());
    assert!(lease.release().await.unwrap());
    assert_eq!(cluster.status().unwrap(), Status::Stopped);
}

#[tokio::test]
async fn concurrent_starts_share_one_postmaster_and_the_last_release_stops_it() {
    let folder = Folder::new("shared");
    let leases = futures::future::join_all((0..4).map(|_| async { folder.cluster().start().await.unwrap() })).await;
    let cluster = folder.cluster();
    let first = pid(&cluster);
    let helper = start_helper_process(&folder.0);
    assert_eq!(pid(&cluster), first);

    for lease in leases {
        assert!(!lease.release().await.unwrap());
    }
    assert!(matches!(cluster.status().unwrap(), Status::Running { pid, in_use: true, kept: false, .. } if pid == first));
    // Closes the standard input of the helper, which then releases its lease.
    assert!(helper.wait_with_output().unwrap().status.success());
    assert_eq!(cluster.status().unwrap(), Status::Stopped);
}

#[tokio::test]
async fn lease_of_a_killed_process_is_released() {
    let folder = Folder::new("killed-user");
    let mut helper = start_helper_process(&folder.0);
    let cluster = folder.cluster();
    let first = pid(&cluster);
    helper.kill().unwrap();
    helper.wait().unwrap();
    assert!(matches!(cluster.status().unwrap(), Status::Running { in_use: false, .. }));

    let lease = cluster.start().await.unwrap();
    assert_eq!(pid(&cluster), first, "adopted");
    assert!(lease.release().await.unwrap(), "the killed process no longer counts");
}

#[tokio::test]
async fn kept_cluster_runs_until_stopped() {
    let folder = Folder::new("kept");
    let cluster = folder.cluster();
    cluster.keep(Options::default()).await.unwrap();
    assert!(!cluster.start().await.unwrap().release().await.unwrap());
    assert!(matches!(cluster.status().unwrap(), Status::Running { kept: true, in_use: false, .. }));
    assert!(cluster.stop().await.unwrap());
    assert_eq!(cluster.status().unwrap(), Status::Stopped);
    assert!(!cluster.stop().await.unwrap(), "nothing left to stop");
    assert!(cluster.start().await.unwrap().release().await.unwrap(), "no longer kept");
}

/// Kills the postmaster and waits until its connections have ended.
async fn kill_postmaster(cluster: &Cluster) {
    let url = cluster.app_url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    kill("KILL", pid(cluster));
    // The backend of this connection ends when it notices the death of the postmaster, and closes the connection.
    while sqlx::query("SELECT pg_sleep(60)").execute(&mut connection).await.is_ok() {}
}

#[tokio::test]
async fn data_survives_a_kill_of_the_postmaster() {
    let folder = Folder::new("killed");
    let cluster = folder.cluster();
    let lease = cluster.start().await.unwrap();
    run(&cluster.owner_url(), "CREATE TABLE kept (word text); INSERT INTO kept VALUES ('惠民')").await;
    assert!(!lease.revive().await.unwrap(), "alive");

    kill_postmaster(&cluster).await;
    assert_eq!(cluster.status().unwrap(), Status::Stopped);
    assert!(lease.revive().await.unwrap());
    assert_eq!(ask(&cluster.owner_url(), "SELECT word FROM kept").await.unwrap(), "惠民");

    kill_postmaster(&cluster).await;
    let second_lease = folder.cluster().start().await.unwrap();
    assert_eq!(ask(&cluster.owner_url(), "SELECT word FROM kept").await.unwrap(), "惠民");
    drop::<[Lease; 2]>([lease, second_lease]);
    assert_eq!(cluster.status().unwrap(), Status::Stopped);
}

#[tokio::test]
async fn stale_pid_file_with_a_reused_pid_is_ignored() {
    let folder = Folder::new("reused");
    let cluster = folder.cluster();
    let lease = cluster.start().await.unwrap();
    let data = cluster.home().join("data");
    let file = data.join("postmaster.pid");
    let text = std::fs::read_to_string(&file).unwrap();
    lease.release().await.unwrap();

    let owner = data.metadata().unwrap();
    let (uid, gid) = (owner.uid(), owner.gid());
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).unwrap();
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
    };
    // A process of the same user: Postgres itself would mistake it for a postmaster.
    let mut bystander = Command::new("cat").stdin(Stdio::piped()).uid(uid).spawn().unwrap();
    let rest = text.split_once('\n').unwrap().1;
    for stale_pid in [bystander.id(), 4_194_304 + 1] {
        write(&file, &format!("{stale_pid}\n{rest}"));
        std::fs::DirBuilder::new().mode(0o700).create(cluster.socket_dir()).unwrap();
        std::os::unix::fs::chown(cluster.socket_dir(), Some(uid), Some(gid)).unwrap();
        write(&cluster.socket_dir().join(".s.PGSQL.5432.lock"), &format!("{stale_pid}\n{rest}"));
        assert_eq!(cluster.status().unwrap(), Status::Stopped);
        assert!(!cluster.stop().await.unwrap());
        let lease = cluster.start().await.unwrap();
        assert_ne!(pid(&cluster), stale_pid);
        lease.release().await.unwrap();
    }
    assert!(bystander.try_wait().unwrap().is_none(), "untouched");
    drop(bystander.stdin.take());
    bystander.wait().unwrap();
}

#[tokio::test]
async fn incomplete_cluster_is_created_again() {
    let folder = Folder::new("half-made");
    let cluster = folder.cluster();
    let unfinished = cluster.home().join("data.new");
    std::fs::create_dir(&unfinished).unwrap();
    std::fs::write(unfinished.join("PG_VERSION"), "15\n").unwrap();
    assert_eq!(cluster.status().unwrap(), Status::Absent);
    let lease = cluster.start().await.unwrap();
    assert!(!unfinished.exists());
    lease.release().await.unwrap();
}

#[tokio::test]
async fn start_refuses_an_unsafe_socket_folder() {
    let folder = Folder::new("squatted");
    let cluster = folder.cluster();
    let socket_dir = cluster.socket_dir().to_owned();

    std::fs::create_dir(&socket_dir).unwrap();
    std::fs::set_permissions(&socket_dir, std::fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(cluster.start().await, Err(ClusterError::SocketFolderTaken(p)) if p == socket_dir));
    std::fs::remove_dir(&socket_dir).unwrap();

    std::os::unix::fs::symlink("/tmp", &socket_dir).unwrap();
    assert!(matches!(cluster.start().await, Err(ClusterError::SocketFolderTaken(_))));
    std::fs::remove_file(&socket_dir).unwrap();

    cluster.start().await.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn unusual_paths_work_and_too_long_paths_are_rejected() {
    let folder = Folder::new("路径 with spaces, 'quotes\" and $HOME; #");
    let deep = folder.0.join("深".repeat(60)).join("x".repeat(200));
    let cluster = Cluster::at(&deep).unwrap();
    let lease = cluster.start().await.unwrap();
    assert_eq!(ask(&cluster.app_url(), "SELECT 'reached'").await.unwrap(), "reached");
    lease.release().await.unwrap();
    let _ = std::fs::remove_dir_all(cluster.home());

    let too_long = folder.0.join(["x".repeat(200), "x".repeat(200), "x".repeat(200), "x".repeat(200), "x".repeat(200)].join("/"));
    let error = Cluster::at(&too_long).unwrap_err();
    assert!(matches!(error, ClusterError::PathTooLong { .. }), "{error}");
    assert!(error.to_string().contains("--data-dir"));
}

#[tokio::test]
async fn cluster_with_a_tcp_port_listens_on_loopback() {
    let folder = Folder::new("tcp");
    let cluster = folder.cluster();
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let occupied = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let error = cluster.start_with(Options { tcp_port: Some(port(&occupied)), ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, ClusterError::PortTaken(p) if p == port(&occupied)));

    // Below the ports that the system gives to connections: one of those could be taken between two statements.
    let mut ports = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap()..30_000;
    let (free, lease) = loop {
        let free = ports.next().unwrap();
        match cluster.start_with(Options { tcp_port: Some(free), ..Options::default() }).await {
            Err(ClusterError::PortTaken(_)) => {}
            started => break (free, started.unwrap()),
        }
    };
    let url = cluster.tcp_url(Role::App).unwrap().unwrap();
    assert_eq!(ask(&url, "SELECT current_user::text").await.unwrap(), "huimin_app");
    assert_eq!(ask(&cluster.app_url(), "SELECT current_user::text").await.unwrap(), "huimin_app");
    let (before, after) = url.split_once('@').unwrap();
    let wrong_password = format!("{}x@{after}", before);
    assert!(ask(&wrong_password, "SELECT 'in'").await.is_err());
    let superuser = format!("postgres://postgres@127.0.0.1:{free}/postgres");
    assert!(ask(&superuser, "SELECT 'in'").await.is_err());

    let other = cluster.start_with(Options { tcp_port: Some(free ^ 1), ..Options::default() }).await.unwrap_err();
    assert!(matches!(other, ClusterError::OtherPort(_)));
    lease.release().await.unwrap();
}

#[test]
fn missing_binaries_are_reported_with_a_remedy() {
    let no_binaries = Search { named: None, path: "/nonexistent".into(), versions: "/nonexistent".into() };
    let error = Binaries::find(&no_binaries, None, Path::new("data")).unwrap_err();
    assert!(error.to_string().contains("apt-get install postgresql"), "{error}");
    let missing_folder = Search { named: Some("/nonexistent".into()), ..Search::machine() };
    assert!(matches!(Binaries::find(&missing_folder, None, Path::new("data")), Err(ClusterError::MissingBinaries)));
    let error = Binaries::find(&Search::machine(), Some("9"), Path::new("data")).unwrap_err();
    assert!(error.to_string().contains("postgresql-9"), "{error}");
}
