//! Tests a stream of applications under repeated kills: each acknowledged one is stored exactly once, and the audit
//! record verifies.

use crate::test_server::{FIRST_START, RESTART, TestServer, address, kills_and_seed};
use load::{
    applicant::{Applicant, ITEM, RequestError},
    browser::Browser,
    people,
    program::signal,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::Vault;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

const CLIENTS: u8 = 20;
/// How long one request may be repeated, and how long the stream may make no progress.
const TIMEOUT: Duration = Duration::from_secs(600);

/// The acknowledged case number of each idempotency key.
type Acknowledged = BTreeMap<String, String>;

struct Stream {
    stop: AtomicBool,
    acknowledged: AtomicUsize,
    repeated: AtomicUsize,
}

impl Stream {
    /// Repeats a request until it is answered.
    fn retry<T>(&self, mut send: impl FnMut() -> Result<T, RequestError>) -> Result<T, String> {
        let begun = Instant::now();
        loop {
            match send() {
                Err(RequestError::Retry(why)) if begun.elapsed() < TIMEOUT => {
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                    assert!(!why.is_empty());
                    // A client without an answer waits briefly before it tries again.
                    std::thread::sleep(Duration::from_millis(25));
                }
                other => return other.map_err(|t| t.to_string()),
            }
        }
    }

    /// Files one application after the other until the test stops; returns those that were acknowledged.
    fn apply_repeatedly(&self, applicant: &mut Applicant, client: u8, seed: u64) -> Result<Acknowledged, String> {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(u64::from(client)).wrapping_mul(31));
        let mut acknowledged = Acknowledged::new();
        self.retry(|| applicant.sign_in())?;
        while !self.stop.load(Ordering::Relaxed) {
            let draft = self.retry(|| applicant.begin())?;
            // If the answer to a page was lost, the page may be stored already; then its files are one too many.
            if self.retry(|| applicant.fill(&draft)).is_err() {
                let _ = self.retry(|| applicant.discard(&draft));
                continue;
            }
            let key = format!("kill-{seed:x}-{client}-{}", acknowledged.len());
            let number = self.retry(|| applicant.submit(&draft, &key))?;
            if rng.random_ratio(1, 4) {
                let repeated = self.retry(|| applicant.submit(&draft, &key))?;
                if repeated != number {
                    return Err(format!("{key} made {number} and then {repeated}"));
                }
            }
            acknowledged.insert(key, number);
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        Ok(acknowledged)
    }

    /// Waits until this many more requests are acknowledged.
    fn wait_for_acknowledgements(&self, more: usize, test_server: &mut TestServer) {
        let (from, begun) = (self.acknowledged.load(Ordering::Relaxed), Instant::now());
        while self.acknowledged.load(Ordering::Relaxed) < from + more {
            let ended = test_server.served().ended().unwrap();
            assert!(ended.is_none(), "huimin serve ended by itself: {ended:?}\n{}", test_server.log());
            assert!(begun.elapsed() < TIMEOUT, "the stream has stalled\n{}", test_server.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Kills the program and Postgres in turn this many times, while the stream goes on.
fn kill_and_restart(test_server: &mut TestServer, stream: &Stream, rng: &mut StdRng, kills: usize) {
    for n in 0..kills {
        stream.wait_for_acknowledgements(rng.random_range(1..=30), test_server);
        std::thread::sleep(Duration::from_millis(rng.random_range(0..250)));
        if n % 2 == 0 {
            test_server.served.take().unwrap().kill().unwrap();
            test_server.start();
            // Sometimes it is killed again while it starts.
            if rng.random_ratio(1, 4) {
                std::thread::sleep(Duration::from_millis(rng.random_range(0..800)));
                test_server.served.take().unwrap().kill().unwrap();
                test_server.start();
            }
            test_server.wait_for("/healthz", RESTART);
        } else {
            let pid = test_server.postmaster().expect("Postgres runs");
            signal(pid, "KILL").unwrap();
        }
    }
    stream.wait_for_acknowledgements(usize::from(CLIENTS), test_server);
}

/// The numbers of all cases of the item, and the stored outcome of each idempotency key.
fn stored(test_server: &TestServer) -> (BTreeSet<String>, Vec<(String, Option<String>)>) {
    let mut superuser = test_server.superuser();
    test_server.runtime.block_on(async {
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
fn every_acknowledged_application_is_stored_once_after_repeated_kills() {
    let _guard = crate::run_exclusively();
    let (kills, seed) = kills_and_seed();
    println!("{kills} kills, HUIMIN_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);

    let mut test_server = TestServer::new(CLIENTS);
    test_server.start();
    test_server.wait_for("/readyz", FIRST_START);
    let vault = Vault::open_keyring(&test_server.program.data_dir.join("keys.json")).unwrap();
    let contacts = test_server.runtime.block_on(people::residents(&mut test_server.superuser(), &vault)).unwrap();
    assert!(contacts.len() >= usize::from(CLIENTS), "{} residents", contacts.len());
    let (seeded, _) = stored(&test_server);

    let stream = Stream { stop: AtomicBool::new(false), acknowledged: AtomicUsize::new(0), repeated: AtomicUsize::new(0) };
    let target = test_server.program.address;
    let acknowledged: Vec<Result<Acknowledged, String>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .zip(contacts)
            .map(|(client, contact)| {
                let stream = &stream;
                scope.spawn(move || {
                    let mut applicant = Applicant::new(Browser::new(target, address(client)), contact, u16::from(client));
                    stream.apply_repeatedly(&mut applicant, client, seed)
                })
            })
            .collect();
        // The clients must be stopped after a panic, too: otherwise the scope would never end.
        let kill_result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            kill_and_restart(&mut test_server, &stream, &mut rng, kills);
        }));
        stream.stop.store(true, Ordering::Relaxed);
        let client_results = clients.into_iter().map(|c| c.join().expect("a client ends")).collect();
        kill_result.unwrap_or_else(|payload| {
            let client_results: &Vec<Result<Acknowledged, String>> = &client_results;
            for error in client_results.iter().filter_map(|e| e.as_ref().err()) {
                println!("a client ended with: {error}");
            }
            std::panic::resume_unwind(payload)
        });
        client_results
    });
    let mut log = Acknowledged::new();
    for client in acknowledged {
        log.extend(client.unwrap());
    }
    println!("{} acknowledged, {} requests repeated", log.len(), stream.repeated.load(Ordering::Relaxed));

    test_server.served.take().unwrap().end().unwrap();
    let lease = test_server.runtime.block_on(test_server.cluster.start()).unwrap();
    let (numbers, keys) = stored(&test_server);
    let created: BTreeSet<String> = numbers.difference(&seeded).cloned().collect();
    let acknowledged_numbers: BTreeSet<String> = log.values().cloned().collect();
    assert_eq!(acknowledged_numbers.len(), log.len(), "two keys got the same case");
    assert_eq!(created, acknowledged_numbers, "acknowledged and stored cases differ");
    let stored_outcomes: Acknowledged = keys.into_iter().map(|(key, number)| (key, number.expect("an outcome"))).collect();
    assert_eq!(stored_outcomes, log, "a key does not lead to its case");
    test_server.runtime.block_on(lease.release()).unwrap();

    let verified = test_server.program.run(&["audit", "verify"]).unwrap();
    let output = String::from_utf8_lossy(&verified.stdout).into_owned();
    println!("{output}");
    assert!(verified.status.success(), "{output}\n{}", String::from_utf8_lossy(&verified.stderr));
    assert_eq!(test_server.postmaster(), None, "the last process has stopped Postgres");
}
