//! Under a stream of applications: what was acknowledged is there once, nothing is there twice, and the record verifies.

use crate::test_server::{FIRST_START, RESTART, TestServer, address, measure};
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
/// How long one request may be repeated, and how long the stream may stand still.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a client knows at the end: the number that was acknowledged for each key it made.
type Acknowledged = BTreeMap<String, String>;

struct Stream {
    over: AtomicBool,
    acknowledged: AtomicUsize,
    repeated: AtomicUsize,
}

impl Stream {
    /// Sends the same again until it is answered.
    fn insist<T>(&self, mut send: impl FnMut() -> Result<T, RequestError>) -> Result<T, String> {
        let begun = Instant::now();
        loop {
            match send() {
                Err(RequestError::Retry(why)) if begun.elapsed() < PATIENCE => {
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
    fn flows(&self, more: usize, test_server: &mut TestServer) {
        let (from, begun) = (self.acknowledged.load(Ordering::Relaxed), Instant::now());
        while self.acknowledged.load(Ordering::Relaxed) < from + more {
            let ended = test_server.served().ended().unwrap();
            assert!(ended.is_none(), "huimin serve ended by itself: {ended:?}\n{}", test_server.log());
            assert!(begun.elapsed() < PATIENCE, "the stream stands still\n{}", test_server.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn kill_and_start_again(test_server: &mut TestServer, stream: &Stream, dice: &mut StdRng, kills: usize) {
    for n in 0..kills {
        stream.flows(dice.random_range(1..=30), test_server);
        std::thread::sleep(Duration::from_millis(dice.random_range(0..250)));
        if n % 2 == 0 {
            test_server.served.take().unwrap().kill().unwrap();
            test_server.start();
            // Now and then it is killed once more before it has quite begun.
            if dice.random_ratio(1, 4) {
                std::thread::sleep(Duration::from_millis(dice.random_range(0..800)));
                test_server.served.take().unwrap().kill().unwrap();
                test_server.start();
            }
            test_server.wait_for("/healthz", RESTART);
        } else {
            let pid = test_server.postmaster().expect("Postgres runs");
            signal(pid, "KILL").unwrap();
        }
    }
    stream.flows(usize::from(CLIENTS), test_server);
}

/// Every number of a case for the item, and the outcome kept under each key.
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
fn what_was_acknowledged_is_there_once_however_often_it_is_killed() {
    let _alone = crate::alone();
    let (kills, seed) = measure();
    println!("{kills} kills, HUIMIN_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);

    let mut test_server = TestServer::new(CLIENTS);
    test_server.start();
    test_server.wait_for("/readyz", FIRST_START);
    let vault = Vault::open_keyring(&test_server.program.data_dir.join("keys.json")).unwrap();
    let contacts = test_server.runtime.block_on(people::residents(&mut test_server.superuser(), &vault)).unwrap();
    assert!(contacts.len() >= usize::from(CLIENTS), "{} residents", contacts.len());
    let (seeded, _) = stored(&test_server);

    let stream = Stream { over: AtomicBool::new(false), acknowledged: AtomicUsize::new(0), repeated: AtomicUsize::new(0) };
    let to = test_server.program.address;
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
            kill_and_start_again(&mut test_server, &stream, &mut dice, kills);
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

    test_server.served.take().unwrap().end().unwrap();
    let lease = test_server.runtime.block_on(test_server.cluster.start()).unwrap();
    let (there, keys) = stored(&test_server);
    let made: BTreeSet<String> = there.difference(&seeded).cloned().collect();
    let told: BTreeSet<String> = log.values().cloned().collect();
    assert_eq!(told.len(), log.len(), "two keys were told one case");
    assert_eq!(made, told, "acknowledged and stored cases differ");
    let kept: Acknowledged = keys.into_iter().map(|(key, number)| (key, number.expect("an outcome"))).collect();
    assert_eq!(kept, log, "a key does not lead to its case");
    test_server.runtime.block_on(lease.release()).unwrap();

    let verified = test_server.program.run(&["audit", "verify"]).unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    println!("{said}");
    assert!(verified.status.success(), "{said}\n{}", String::from_utf8_lossy(&verified.stderr));
    assert_eq!(test_server.postmaster(), None, "the last to leave has stopped Postgres");
}
