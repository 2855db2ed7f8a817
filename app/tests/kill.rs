//! The program and its Postgres are killed at random moments under a stream of applications, and started again: what
//! was acknowledged is there once, nothing is there twice, and the record verifies.
//!
//! `HUIMIN_KILLS` says how often (6 unless set; `make kill KILLS=30`), `HUIMIN_SEED` repeats the choice of moments.

#![cfg(feature = "ssr")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop at once")]

use load::{
    applicant::{Applicant, ITEM, Trouble},
    browser::Browser,
    people,
    program::{Program, Served, free_address, signal},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::{
    Vault,
    cluster::{Cluster, DATABASE, Role, Status},
};
use sqlx::{Connection, PgConnection};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

const CLIENTS: u8 = 20;
/// The first start makes the database and the demo city.
const FIRST_START: Duration = Duration::from_secs(300);
/// A start after a kill, with the recovery of Postgres.
const RESTART: Duration = Duration::from_secs(90);
/// How long one request may be repeated, and how long the stream may stand still.
const PATIENCE: Duration = Duration::from_secs(120);

/// The data folder with what runs in it; dropped, nothing is left, whatever happened.
struct House {
    program: Program,
    served: Option<Served>,
    cluster: Cluster,
    runtime: tokio::runtime::Runtime,
}

impl House {
    fn new() -> Self {
        let data_dir: PathBuf = std::env::temp_dir().join(format!("huimin-kill-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&data_dir).unwrap();
        let program = Program {
            binary: env!("CARGO_BIN_EXE_huimin").into(),
            data_dir: data_dir.clone(),
            address: free_address().unwrap(),
            arguments: vec!["--demo".to_owned()],
            variables: vec![
                ("RUST_LOG".to_owned(), "warn".to_owned()),
                // Every client has an address of its own, but the stream may be a long one.
                ("HUIMIN_GATEWAYS".to_owned(), (0..CLIENTS).map(|n| address(n).to_string()).collect::<Vec<_>>().join(",")),
            ],
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { program, served: None, cluster: Cluster::at(&data_dir).unwrap(), runtime }
    }

    fn start(&mut self) {
        self.served = Some(self.program.serve().unwrap());
    }

    fn served(&mut self) -> &mut Served {
        self.served.as_mut().expect("it is served")
    }

    fn wait_for(&mut self, path: &str, patience: Duration) {
        let waited = self.served().wait_for(path, patience);
        waited.unwrap_or_else(|e| panic!("{e}\n{}", self.log()));
    }

    /// The end of what the program said.
    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.program.data_dir.join("serve.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n")
    }

    fn superuser(&self) -> PgConnection {
        self.runtime.block_on(PgConnection::connect_with(&self.cluster.options(Role::Superuser, DATABASE))).unwrap()
    }

    fn postmaster(&self) -> Option<u32> {
        match self.cluster.status().unwrap() {
            Status::Running { pid, .. } => Some(pid),
            _ => None,
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.served.take());
        let _ = self.runtime.block_on(self.cluster.stop());
        let home = self.cluster.home().to_owned();
        let _ = std::fs::remove_dir_all(self.cluster.socket_dir());
        let _ = std::fs::remove_dir_all(home);
        let _ = std::fs::remove_dir_all(&self.program.data_dir);
    }
}

/// The address of a client.
fn address(client: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, client + 1)
}

/// What a client knows at the end: the number that was acknowledged for each key it made.
type Acknowledged = BTreeMap<String, String>;

struct Stream {
    over: AtomicBool,
    acknowledged: AtomicUsize,
    repeated: AtomicUsize,
}

impl Stream {
    /// Sends the same again until it is answered.
    fn insist<T>(&self, mut send: impl FnMut() -> Result<T, Trouble>) -> Result<T, String> {
        let begun = Instant::now();
        loop {
            match send() {
                Err(Trouble::Again(why)) if begun.elapsed() < PATIENCE => {
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                    assert!(!why.is_empty());
                    // Somebody who got no answer takes a breath before they try again.
                    std::thread::sleep(Duration::from_millis(25));
                }
                other => return other.map_err(|t| t.to_string()),
            }
        }
    }

    fn apply_and_apply(&self, applicant: &mut Applicant, client: u8, seed: u64) -> Result<Acknowledged, String> {
        let mut dice = StdRng::seed_from_u64(seed.wrapping_add(u64::from(client)).wrapping_mul(31));
        let mut acknowledged = Acknowledged::new();
        self.insist(|| applicant.sign_in())?;
        while !self.over.load(Ordering::Relaxed) {
            let draft = self.insist(|| applicant.begin())?;
            // A page whose answer was lost may be there already, with its files: then there are too many of them.
            if self.insist(|| applicant.fill(&draft)).is_err() {
                let _ = self.insist(|| applicant.discard(&draft));
                continue;
            }
            let key = format!("kill-{seed:x}-{client}-{}", acknowledged.len());
            let number = self.insist(|| applicant.submit(&draft, &key))?;
            if dice.random_ratio(1, 4) {
                let again = self.insist(|| applicant.submit(&draft, &key))?;
                if again != number {
                    return Err(format!("{key} made {number} and then {again}"));
                }
            }
            acknowledged.insert(key, number);
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        Ok(acknowledged)
    }

    /// Waits until so many more were acknowledged.
    fn flows(&self, more: usize, house: &mut House) {
        let (from, begun) = (self.acknowledged.load(Ordering::Relaxed), Instant::now());
        while self.acknowledged.load(Ordering::Relaxed) < from + more {
            let ended = house.served().ended().unwrap();
            assert!(ended.is_none(), "huimin serve ended by itself: {ended:?}\n{}", house.log());
            assert!(begun.elapsed() < PATIENCE, "the stream stands still\n{}", house.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn kill_and_start_again(house: &mut House, stream: &Stream, dice: &mut StdRng, kills: usize) {
    for n in 0..kills {
        stream.flows(dice.random_range(1..=30), house);
        std::thread::sleep(Duration::from_millis(dice.random_range(0..250)));
        if n % 2 == 0 {
            house.served.take().unwrap().kill().unwrap();
            house.start();
            // Now and then it is killed once more before it has quite begun.
            if dice.random_ratio(1, 4) {
                std::thread::sleep(Duration::from_millis(dice.random_range(0..800)));
                house.served.take().unwrap().kill().unwrap();
                house.start();
            }
            house.wait_for("/healthz", RESTART);
        } else {
            let pid = house.postmaster().expect("Postgres runs");
            signal(pid, "KILL").unwrap();
        }
    }
    stream.flows(usize::from(CLIENTS), house);
}

/// Every number of a case for the item, and the outcome kept under each key.
fn stored(house: &House) -> (BTreeSet<String>, Vec<(String, Option<String>)>) {
    let mut superuser = house.superuser();
    house.runtime.block_on(async {
        let numbers: Vec<String> =
            sqlx::query_scalar("SELECT number FROM cases JOIN application ON case_id = id WHERE item_code = $1")
                .bind(ITEM)
                .fetch_all(&mut superuser)
                .await
                .unwrap();
        let keys = sqlx::query_as("SELECT key, outcome->>'number' FROM idempotency WHERE route = 'submit' AND key LIKE 'kill-%'")
            .fetch_all(&mut superuser)
            .await
            .unwrap();
        let set: BTreeSet<String> = numbers.iter().cloned().collect();
        assert_eq!(set.len(), numbers.len());
        (set, keys)
    })
}

#[test]
fn what_was_acknowledged_is_there_once_however_often_it_is_killed() {
    let number = |name: &str| std::env::var(name).ok().map(|v| v.parse::<u64>().expect("a number"));
    let kills = usize::try_from(number("HUIMIN_KILLS").unwrap_or(6)).unwrap();
    let seed = number("HUIMIN_SEED").unwrap_or_else(|| u64::from(rand::random::<u32>()));
    println!("{kills} kills, HUIMIN_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);

    let mut house = House::new();
    house.start();
    house.wait_for("/readyz", FIRST_START);
    let vault = Vault::open_keyring(&house.program.data_dir.join("keys.json")).unwrap();
    let contacts = house.runtime.block_on(people::residents(&mut house.superuser(), &vault)).unwrap();
    assert!(contacts.len() >= usize::from(CLIENTS), "{} residents", contacts.len());
    let (seeded, _) = stored(&house);

    let stream = Stream { over: AtomicBool::new(false), acknowledged: AtomicUsize::new(0), repeated: AtomicUsize::new(0) };
    let to = house.program.address;
    let acknowledged: Vec<Result<Acknowledged, String>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .zip(contacts)
            .map(|(client, contact)| {
                let stream = &stream;
                scope.spawn(move || {
                    let mut applicant = Applicant::new(Browser::new(to, address(client)), contact, u16::from(client));
                    stream.apply_and_apply(&mut applicant, client, seed)
                })
            })
            .collect();
        // Whatever happens here, the clients must end, or nothing would.
        let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            kill_and_start_again(&mut house, &stream, &mut dice, kills);
        }));
        stream.over.store(true, Ordering::Relaxed);
        let ended = clients.into_iter().map(|c| c.join().expect("a client ends")).collect();
        killed.unwrap_or_else(|cause| {
            let ended: &Vec<Result<Acknowledged, String>> = &ended;
            for trouble in ended.iter().filter_map(|e| e.as_ref().err()) {
                println!("a client ended with: {trouble}");
            }
            std::panic::resume_unwind(cause)
        });
        ended
    });
    let mut log = Acknowledged::new();
    for client in acknowledged {
        log.extend(client.unwrap());
    }
    println!("{} acknowledged, {} requests repeated", log.len(), stream.repeated.load(Ordering::Relaxed));

    house.served.take().unwrap().end().unwrap();
    let lease = house.runtime.block_on(house.cluster.start()).unwrap();
    let (there, keys) = stored(&house);
    let made: BTreeSet<String> = there.difference(&seeded).cloned().collect();
    let told: BTreeSet<String> = log.values().cloned().collect();
    assert_eq!(told.len(), log.len(), "two keys were told one case");
    assert_eq!(made, told, "acknowledged and stored cases differ");
    let kept: Acknowledged = keys.into_iter().map(|(key, number)| (key, number.expect("an outcome"))).collect();
    assert_eq!(kept, log, "a key does not lead to its case");
    house.runtime.block_on(lease.release()).unwrap();

    let verified = house.program.run(&["audit", "verify"]).unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    println!("{said}");
    assert!(verified.status.success(), "{said}\n{}", String::from_utf8_lossy(&verified.stderr));
    assert_eq!(house.postmaster(), None, "the last to leave has stopped Postgres");
}
