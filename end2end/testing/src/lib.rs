//! Databases for tests: a real Postgres shared by all test programs of a run, a fresh database for every test.
//!
//! The cluster lies in the target folder, is adopted by each test program, and stops some seconds after the last
//! one. Its tables are made once for each form of the migrations, in a template that every test's database is copied
//! from. It does not survive a power cut: tests of durability use [`cluster::Cluster`] themselves.
#![allow(clippy::expect_used, reason = "a test that gets no database can only stop")]

pub mod act;
pub mod dispatch_fixture;
pub mod edge_fixture;
pub mod response_fixture;
pub mod small_city;
pub mod test_city;
pub mod trial;

use cluster::{Cluster, Lease, Options, Role};
use server::{AppState, Config, Store, Vault};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::OnceCell;

/// What else the tables of a database depend on, beside the migrations: how the job queue is installed, and which
/// version of it.
const ALSO: [&str; 2] = [include_str!("../../../server/src/jobs.rs"), include_str!("../../../Cargo.lock")];

/// Under which the template is made and stale databases are dropped, one program at a time.
const LOCK: &str = "SELECT pg_advisory_lock(7305)";

/// The cluster of this program and the name of its template; the lease ends with the program.
static GROUND: OnceCell<(Lease, String)> = OnceCell::const_new();

/// Numbers the databases of this program.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A migrated database of one test alone, dropped with this value.
#[derive(Debug)]
pub struct TestDb {
    /// A small pool of the owning role, for arranging what a test needs; it is not bound by the row-level policies of
    /// the tables it owns.
    pub owner: PgPool,
    /// The name of the database.
    pub name: String,
    /// URL of the owning role.
    pub owner_url: String,
    /// URL of the serving role.
    pub app_url: String,
    /// URL of the superuser, for tests of what even a superuser cannot do unseen.
    pub superuser_url: String,
    cluster: Cluster,
}

impl TestDb {
    /// A new database with every migration applied and the job queue installed.
    ///
    /// # Panics
    /// When there is no Postgres, with its sentence on how to get one.
    pub async fn new() -> Self {
        let (lease, template) = GROUND.get_or_init(ground).await;
        Self::made(lease, template).await
    }

    /// A new database with nothing in it.
    ///
    /// # Panics
    /// As [`TestDb::new`].
    pub async fn empty() -> Self {
        let (lease, _) = GROUND.get_or_init(ground).await;
        Self::made(lease, "template1").await
    }

    /// A database with the people of the demo city in it, but none of their cases, and the keyring that opens what is sealed there.
    pub async fn seeded() -> (Self, PathBuf) {
        static SEEDED: OnceCell<(String, PathBuf)> = OnceCell::const_new();
        let (lease, base) = GROUND.get_or_init(ground).await;
        let (template, keys) = SEEDED.get_or_init(|| demo_city(lease, base)).await;
        (Self::made(lease, template).await, keys.clone())
    }

    /// Stops the city's clock of this database at the present second, and returns it in seconds since 1970.
    ///
    /// From then on `huimin_now()` is the same moment in every session and transaction, plus the offset of
    /// [`Store::with_clock_offset`]. What a test says about remaining time is then exact, however slow the machine is.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn stop_clock(&self) -> i64 {
        let now = sqlx::query_scalar("SELECT floor(extract(epoch FROM now()))::bigint").fetch_one(&self.owner).await;
        let now = now.expect("the database tells the time");
        self.stop_clock_at(now).await;
        now
    }

    /// Stops the city's clock of this database at a moment, in seconds since 1970: as [`TestDb::stop_clock`].
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn stop_clock_at(&self, seconds: i64) {
        let stopped = format!(
            "CREATE OR REPLACE FUNCTION huimin_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
             $$ SELECT to_timestamp({seconds})
                     + coalesce(nullif(current_setting('huimin.clock_offset', true), '')::interval, interval '0') $$"
        );
        sqlx::raw_sql(AssertSqlSafe(stopped)).execute(&self.owner).await.expect("the clock is stopped");
    }

    async fn made(lease: &Lease, template: &str) -> Self {
        let cluster = lease.cluster().clone();
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut superuser = superuser(&cluster).await;
        create(&mut superuser, &name, template).await;
        superuser.close().await.expect("the superuser's connection closes");
        let url = |role| cluster.url(role, &name);
        let owner = PgPoolOptions::new().max_connections(4).connect_lazy_with(cluster.options(Role::Owner, &name));
        Self { owner, owner_url: url(Role::Owner), app_url: url(Role::App), superuser_url: url(Role::Superuser), name, cluster }
    }

    /// How a role connects to this database.
    pub fn options(&self, role: Role) -> PgConnectOptions {
        self.cluster.options(role, &self.name)
    }

    /// A pool of the serving role.
    pub fn app(&self, connections: u32) -> PgPool {
        PgPoolOptions::new().max_connections(connections).connect_lazy_with(self.options(Role::App))
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (cluster, name) = (self.cluster.clone(), std::mem::take(&mut self.name));
        // In a thread, because a runtime cannot be entered from within another. What fails here is made good by the next
        // program, which drops the databases of dead ones.
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

/// Starts or adopts the cluster, drops what dead programs left, and makes the template unless it is there.
async fn ground() -> (Lease, String) {
    let cluster = Cluster::at(&folder()).unwrap_or_else(|e| stop(&e));
    let lease = cluster.start_with(Options { disposable: true, ..Options::default() }).await.unwrap_or_else(|e| stop(&e));
    let template = template();
    let mut superuser = superuser(&cluster).await;
    run(&mut superuser, LOCK.to_owned()).await.expect("the lock is taken");
    let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut superuser)
        .await
        .expect("databases are listed");
    for name in &names {
        let maker = name.strip_prefix("test_").and_then(|rest| rest.split('_').next());
        if maker.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            run(&mut superuser, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await
                .expect("a stale database is dropped");
        }
    }
    if !names.contains(&template) {
        // Under another name until it is whole, and closed to connections then: a database in use cannot be copied.
        let fresh = format!("{template}_new");
        run(&mut superuser, format!("DROP DATABASE IF EXISTS {fresh} WITH (FORCE)"))
            .await
            .expect("a half-made template is dropped");
        create(&mut superuser, &fresh, "template1").await;
        server::migrate::migrate(&cluster.url(Role::Owner, &fresh)).await.expect("the template is migrated");
        run(&mut superuser, format!("ALTER DATABASE {fresh} RENAME TO {template}")).await.expect("the template gets its name");
        run(&mut superuser, format!("ALTER DATABASE {template} ALLOW_CONNECTIONS false")).await.expect("the template is closed");
    }
    superuser.close().await.expect("the superuser's connection closes");
    (lease, template)
}

/// The template with the demo city, made once for whatever the sources say: seeding takes longer than any test.
async fn demo_city(lease: &Lease, base: &str) -> (String, PathBuf) {
    let cluster = lease.cluster();
    let keys = folder().with_file_name("test-keys.json");
    Vault::init(&keys).expect("the keyring is made");
    let template = format!("city_{}", sources());
    let mut superuser = superuser(cluster).await;
    run(&mut superuser, LOCK.to_owned()).await.expect("the lock is taken");
    let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&template)
        .fetch_optional(&mut superuser)
        .await
        .expect("databases are listed");
    if there.is_none() {
        let fresh = format!("{template}_new");
        run(&mut superuser, format!("DROP DATABASE IF EXISTS {fresh} WITH (FORCE)")).await.expect("a half-made city is dropped");
        create(&mut superuser, &fresh, base).await;
        seed(cluster, &fresh, &keys).await;
        run(&mut superuser, format!("ALTER DATABASE {fresh} RENAME TO {template}")).await.expect("the city gets its name");
        run(&mut superuser, format!("ALTER DATABASE {template} ALLOW_CONNECTIONS false")).await.expect("the city is closed");
    }
    superuser.close().await.expect("the superuser's connection closes");
    (template, keys)
}

async fn seed(cluster: &Cluster, name: &str, keys: &Path) {
    let owner = PgPoolOptions::new().max_connections(4).connect_lazy_with(cluster.options(Role::Owner, name));
    let vault = Vault::open_keyring(keys).expect("the keyring opens");
    let store = Store::connect(cluster.options(Role::App, name), 8, vault).await.expect("the city answers").with(trial::LIVES);
    let data = std::env::temp_dir().join(format!("huimin-seed-{}", std::process::id()));
    let city = AppState::new(store, Config::demo(data.clone()));
    server::services::catalogue::import_embedded(&owner).await.expect("the catalogue is published");
    server::seed::seed_people(&owner, &city, 1000).await.expect("the city is seeded");
    city.store.pool().close().await;
    owner.close().await;
    // What the city's people uploaded stays with the database, not with the folder of this process.
    let _ = std::fs::remove_dir_all(data);
}

/// A hash of every source the seeded city may depend on.
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
    for floor in ["shared", "server/src", "server/catalogue", "migrations"] {
        walk(&root.join(floor), &mut hash);
    }
    // Register and cases count back from the day of seeding.
    let day = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() / 86_400);
    hash.update(day.to_be_bytes());
    hex::encode(hash.finalize()).chars().take(16).collect()
}

/// The name of the template says what it was made from.
fn template() -> String {
    let mut hash = Sha256::new();
    for text in migrations::sources().chain(ALSO) {
        hash.update(text);
        hash.update([0]);
    }
    format!("template_{}", hex::encode(hash.finalize()).chars().take(16).collect::<String>())
}

/// A database with the rights that the private cluster gives to the city's own.
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

/// Runs a statement that takes no parameters; all names in it are made here.
async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// A folder beside the programs of this build, which are in `<target folder>/<profile>/deps`.
fn folder() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(2).map_or_else(std::env::temp_dir, Path::to_owned).join("test-database")
}

#[expect(clippy::panic, reason = "a test that gets no database can only stop")]
fn stop(error: &cluster::ClusterError) -> ! {
    panic!("{error}")
}
