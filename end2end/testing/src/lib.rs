//! Provides databases for tests: one real Postgres for all test programs of a run, and a fresh database for every test.
//!
//! The cluster is in the target folder, is adopted by each test program, and stops some seconds after the last one has
//! ended. Migrations run once per version, in a template database from which the database of each test is copied.
//! The cluster does not survive a power failure: tests of durability use [`cluster::Cluster`] directly.
#![allow(clippy::expect_used, reason = "a test without a database can only fail")]

pub mod act;
pub mod dispatch_fixture;
pub mod edge_fixture;
pub mod response_fixture;
pub mod small_city;
pub mod test_city;
pub mod test_flow;

use cluster::{Cluster, Lease, Options, Role};
use server::{AppState, Config, Store, Vault};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// Further sources that the schema depends on: the installation of the job queue, and its version.
const SCHEMA_SOURCES: [&str; 2] = [include_str!("../../../server/src/jobs.rs"), include_str!("../../../Cargo.lock")];

/// Takes the lock under which one program at a time creates the template and drops stale databases.
const LOCK: &str = "SELECT pg_advisory_lock(7305)";

/// The lease on the cluster and the name of the template; the lease ends with the program.
static CLUSTER: OnceCell<(Lease, String)> = OnceCell::const_new();

/// The serial number of the next database of this program.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A migrated database for one test; the database is dropped with this value.
#[derive(Debug)]
pub struct TestDb {
    /// A small pool of the owning role, for the setup of a test; row-level policies of the tables do not apply to it.
    pub owner: PgPool,
    /// The name of the database.
    pub name: String,
    /// URL of the owning role.
    pub owner_url: String,
    /// URL of the app role.
    pub app_url: String,
    /// URL of the superuser, for tests that manipulate the database.
    pub superuser_url: String,
    cluster: Cluster,
}

impl TestDb {
    /// A new database with every migration applied and the job queue installed.
    ///
    /// # Panics
    /// When there is no Postgres; the message says how to install one.
    pub async fn new() -> Self {
        let (lease, template) = CLUSTER.get_or_init(start_cluster).await;
        Self::create_from(lease, template).await
    }

    /// A new, empty database.
    ///
    /// # Panics
    /// As [`TestDb::new`].
    pub async fn empty() -> Self {
        let (lease, _) = CLUSTER.get_or_init(start_cluster).await;
        Self::create_from(lease, "template1").await
    }

    /// A database with the people of the demo city but without cases, and the path of the keyring for its sealed values.
    pub async fn seeded() -> (Self, PathBuf) {
        static SEEDED: OnceCell<(String, PathBuf)> = OnceCell::const_new();
        let (lease, base) = CLUSTER.get_or_init(start_cluster).await;
        let (template, keys) = SEEDED.get_or_init(|| demo_city(lease, base)).await;
        (Self::create_from(lease, template).await, keys.clone())
    }

    /// Stops the city clock of this database at the current second. Returns it in seconds since 1970.
    ///
    /// From then on `huimin_now()` is the same moment in every session and transaction, plus the offset of
    /// [`Store::with_clock_offset`]. Remaining times in tests are then exact, however slow the machine is.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn stop_clock(&self) -> i64 {
        let now = sqlx::query_scalar("SELECT floor(extract(epoch FROM now()))::bigint").fetch_one(&self.owner).await;
        let now = now.expect("the database tells the time");
        self.stop_clock_at(now).await;
        now
    }

    /// As [`TestDb::stop_clock`], at a given moment in seconds since 1970.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn stop_clock_at(&self, seconds: i64) {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION huimin_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
             $$ SELECT to_timestamp({seconds})
                     + coalesce(nullif(current_setting('huimin.clock_offset', true), '')::interval, interval '0') $$"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.owner).await.expect("the clock is stopped");
    }

    async fn create_from(lease: &Lease, template: &str) -> Self {
        let cluster = lease.cluster().clone();
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut superuser = superuser(&cluster).await;
        create(&mut superuser, &name, template).await;
        superuser.close().await.expect("the superuser's connection closes");
        let url = |role| cluster.url(role, &name);
        let owner = PgPoolOptions::new().max_connections(4).connect_lazy_with(cluster.options(Role::Owner, &name));
        Self { owner, owner_url: url(Role::Owner), app_url: url(Role::App), superuser_url: url(Role::Superuser), name, cluster }
    }

    /// Connection options of a role for this database.
    pub fn options(&self, role: Role) -> PgConnectOptions {
        self.cluster.options(role, &self.name)
    }

    /// A pool of the app role.
    pub fn app(&self, connections: u32) -> PgPool {
        PgPoolOptions::new().max_connections(connections).connect_lazy_with(self.options(Role::App))
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (cluster, name) = (self.cluster.clone(), std::mem::take(&mut self.name));
        // In a thread, because a runtime cannot be started within another. If this fails, the next test program drops the
        // database.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut superuser = PgConnection::connect_with(&cluster.options(Role::Superuser, "postgres")).await.ok()?;
                run(&mut superuser, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.ok()
            })
        });
        let _ = dropping.join();
    }
}

/// Starts or adopts the cluster, drops databases of ended programs, and creates the template if it is missing.
async fn start_cluster() -> (Lease, String) {
    let cluster = Cluster::at(&folder()).unwrap_or_else(|e| fail(&e));
    let lease = cluster.start_with(Options { disposable: true, ..Options::default() }).await.unwrap_or_else(|e| fail(&e));
    let template = template();
    let mut superuser = superuser(&cluster).await;
    run(&mut superuser, LOCK.to_owned()).await.expect("the lock is taken");
    let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut superuser)
        .await
        .expect("databases are listed");
    for name in &names {
        let creator = name.strip_prefix("test_").and_then(|rest| rest.split('_').next());
        if creator.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            run(&mut superuser, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await
                .expect("a stale database is dropped");
        }
    }
    if !names.contains(&template) {
        // Created under a temporary name and closed to connections when complete: a database in use cannot be copied.
        let unfinished = format!("{template}_new");
        run(&mut superuser, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"))
            .await
            .expect("a half-made template is dropped");
        create(&mut superuser, &unfinished, "template1").await;
        server::migrate::migrate(&cluster.url(Role::Owner, &unfinished)).await.expect("the template is migrated");
        run(&mut superuser, format!("ALTER DATABASE {unfinished} RENAME TO {template}"))
            .await
            .expect("the template gets its name");
        run(&mut superuser, format!("ALTER DATABASE {template} ALLOW_CONNECTIONS false")).await.expect("the template is closed");
    }
    superuser.close().await.expect("the superuser's connection closes");
    (lease, template)
}

/// Creates the template with the demo city, once per version of the sources: seeding takes longer than any test.
async fn demo_city(lease: &Lease, base: &str) -> (String, PathBuf) {
    let cluster = lease.cluster();
    let keys = folder().with_file_name("test-keys.json");
    Vault::init(&keys).expect("the keyring is made");
    let template = format!("city_{}", sources());
    let mut superuser = superuser(cluster).await;
    run(&mut superuser, LOCK.to_owned()).await.expect("the lock is taken");
    let existing: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&template)
        .fetch_optional(&mut superuser)
        .await
        .expect("databases are listed");
    if existing.is_none() {
        let unfinished = format!("{template}_new");
        run(&mut superuser, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"))
            .await
            .expect("a half-made city is dropped");
        create(&mut superuser, &unfinished, base).await;
        seed(cluster, &unfinished, &keys).await;
        run(&mut superuser, format!("ALTER DATABASE {unfinished} RENAME TO {template}")).await.expect("the city gets its name");
        run(&mut superuser, format!("ALTER DATABASE {template} ALLOW_CONNECTIONS false")).await.expect("the city is closed");
    }
    superuser.close().await.expect("the superuser's connection closes");
    (template, keys)
}

async fn seed(cluster: &Cluster, name: &str, keys: &Path) {
    let owner = PgPoolOptions::new().max_connections(4).connect_lazy_with(cluster.options(Role::Owner, name));
    let vault = Vault::open_keyring(keys).expect("the keyring opens");
    let store =
        Store::connect(cluster.options(Role::App, name), 8, vault).await.expect("the city answers").with(test_flow::LIVES);
    let data = std::env::temp_dir().join(format!("huimin-seed-{}", std::process::id()));
    let city = AppState::new(store, Config::demo(data.clone()));
    server::services::catalogue::import_embedded(&owner).await.expect("the catalogue is published");
    server::seed::seed_people(&owner, &city, 1000).await.expect("the city is seeded");
    city.store.pool().close().await;
    owner.close().await;
    // Uploaded files of the seed are not kept: only the database is copied.
    let _ = std::fs::remove_dir_all(data);
}

/// A hash of every source that the seeded city may depend on.
fn sources() -> String {
    fn walk(folder: &Path, hash: &mut Sha256) {
        let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, hash);
            } else if let Ok(text) = std::fs::read(&path) {
                hash.update(path.to_string_lossy().as_bytes());
                hash.update(text);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut hash = Sha256::new();
    for directory in ["shared", "server/src", "server/catalogue", "migrations"] {
        walk(&root.join(directory), &mut hash);
    }
    // The seed dates its records relative to the day of seeding.
    let day = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() / 86_400);
    hash.update(day.to_be_bytes());
    hex::encode(hash.finalize()).chars().take(16).collect()
}

/// The name of the template, with a hash of its sources.
fn template() -> String {
    let mut hash = Sha256::new();
    for text in migrations::sources().chain(SCHEMA_SOURCES) {
        hash.update(text);
        hash.update([0]);
    }
    format!("template_{}", hex::encode(hash.finalize()).chars().take(16).collect::<String>())
}

/// Creates a database with the same rights as the city's own in the private cluster.
async fn create(superuser: &mut PgConnection, name: &str, template: &str) {
    for sql in [
        format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {}", Role::Owner.name()),
        format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"),
        format!("GRANT CONNECT ON DATABASE {name} TO {}", Role::App.name()),
    ] {
        run(superuser, sql).await.expect("a test database is made");
    }
}

async fn superuser(cluster: &Cluster) -> PgConnection {
    PgConnection::connect_with(&cluster.options(Role::Superuser, "postgres")).await.expect("the test cluster answers")
}

/// Runs a statement without parameters; all names in it are generated here.
async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// The data folder of the test cluster: beside the programs of this build, which are in `<target folder>/<profile>/deps`.
fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(2).map_or_else(std::env::temp_dir, Path::to_owned).join("test-database")
}

#[expect(clippy::panic, reason = "a test without a database can only fail")]
fn fail(error: &cluster::ClusterError) -> ! {
    panic!("{error}")
}
