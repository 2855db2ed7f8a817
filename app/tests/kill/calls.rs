//! Tests a stream of emergency calls under repeated kills: each acknowledged press is stored exactly once, no escalation step is
//! later than allowed, and the audit record verifies.

use crate::test_server::{FIRST_START, RESTART, TestServer, address, kills_and_seed};
use cluster::{DATABASE, Role};
use load::{
    applicant::RequestError,
    browser::Browser,
    caller::{Caller, Press, Way},
    program::signal,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use server::{Actor, Store, Vault, care::intake::devices};
use shared::{account::demo, ids::PressId};
use sqlx::{Connection, PgConnection, Row};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

const CLIENTS: u8 = 50;
/// How long one press may be repeated, and how long the stream may make no progress.
const TIMEOUT: Duration = Duration::from_secs(600);
/// How late an escalation step may be, in seconds, while the server responds and after it responds again (care.md).
const MAX_DELAY: f64 = 5.0;
/// The times within which work resumes after a kill of the program and of Postgres (care.md), in seconds.
const RECOVERY_LIMITS: (f64, f64) = (5.0, 10.0);
/// The tolerance beyond that, in seconds: the build is not optimised, and fifty clients share its two cores.
const TOLERANCE: f64 = 5.0;
/// How many times longer a start may take under this load than without it. Where that exceeds [`TOLERANCE`], the machine is
/// slower than the guaranteed times assume, and the difference is added to them.
const LOAD_FACTOR: f64 = 2.0;
/// The tolerance for reading two clocks one after the other, in seconds.
const CLOCK_TOLERANCE: f64 = 0.2;

/// The acknowledgement of a press.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Acknowledgement {
    number: String,
    /// Whether its cancellation was acknowledged, too.
    cancelled: bool,
}

/// The acknowledgements of all clients, by the ids of their presses.
type Log = BTreeMap<PressId, Acknowledgement>;

struct Stream {
    stop: AtomicBool,
    acknowledged: AtomicUsize,
    repeated: AtomicUsize,
    log: Mutex<Log>,
}

impl Stream {
    /// Repeats a request until it is answered.
    fn retry<T>(&self, mut send: impl FnMut() -> Result<T, RequestError>) -> Result<T, RequestError> {
        let begun = Instant::now();
        loop {
            match send() {
                Err(RequestError::Retry(_)) if begun.elapsed() < TIMEOUT => {
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(50));
                }
                other => return other,
            }
        }
    }

    /// Raises one call after the other with pauses until the test stops.
    fn raise_repeatedly(&self, caller: &mut Caller, client: u8, seed: u64) -> Result<(), String> {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(u64::from(client)).wrapping_mul(37));
        let mut serial = 0_u32;
        while !self.stop.load(Ordering::Relaxed) {
            // Sometimes the same phone calls again, which joins its call while that is open.
            serial += u32::from(rng.random_ratio(3, 4));
            let callback = demo::phone(80_000_000 + u32::from(client) * 100_000 + serial).map_err(|e| format!("{e:?}"))?;
            let press = Press::new(callback.as_str().to_owned());
            let number = self.retry(|| caller.send(&press))?;
            self.log.lock().unwrap().insert(press.id, Acknowledgement { number: number.clone(), cancelled: false });
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
            if rng.random_ratio(1, 4) {
                let repeated = self.retry(|| caller.send(&press))?;
                if repeated != number {
                    return Err(format!("one press made {number} and then {repeated}"));
                }
            }
            // Most calls are cancelled, so that open calls do not accumulate.
            if !matches!(caller.way(), Way::Button(_)) && rng.random_ratio(4, 5) && self.retry(|| caller.cancel(&press))? {
                self.log.lock().unwrap().entry(press.id).and_modify(|ack| ack.cancelled = true);
            }
            std::thread::sleep(Duration::from_millis(rng.random_range(200..1_500)));
        }
        Ok(())
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

/// Seconds since 1970, by the clock that Postgres uses as well.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// A period without responses, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Outage {
    from: f64,
    /// When recovery could begin: the start of the program, or the kill of Postgres, which the program restarts itself.
    begun: f64,
    to: f64,
    /// Whether Postgres was killed.
    postgres: bool,
}

impl Outage {
    /// The recovery time and its limit, in seconds.
    fn resumed(self, slack: f64) -> (f64, f64) {
        (self.to - self.begun, slack + TOLERANCE + if self.postgres { RECOVERY_LIMITS.1 } else { RECOVERY_LIMITS.0 })
    }
}

/// The latest time at which a step that was due at `due` may be taken: some seconds later, or after the end of an outage.
fn deadline(due: f64, outages: &[Outage], slack: f64) -> f64 {
    let max_delay = MAX_DELAY + slack;
    let mut until = due + max_delay;
    for outage in outages {
        if outage.from <= until && outage.to > due {
            until = until.max(outage.to + max_delay);
        }
    }
    until + CLOCK_TOLERANCE
}

/// The extra seconds for a machine on which a start without load takes this long; 0 on a usual one.
fn slack(unloaded_start: Duration) -> f64 {
    (unloaded_start.as_secs_f64() * LOAD_FACTOR - TOLERANCE).max(0.0)
}

/// Kills the program and Postgres in turn this many times; after each, checks that every acknowledged press is stored.
fn kill_and_restart(test_server: &mut TestServer, stream: &Stream, rng: &mut StdRng, kills: usize) -> Vec<Outage> {
    let mut outages = Vec::new();
    for n in 0..kills {
        stream.wait_for_acknowledgements(rng.random_range(1..=60), test_server);
        std::thread::sleep(Duration::from_millis(rng.random_range(0..250)));
        let from = now();
        let (mut begun, postgres) = (from, n % 2 != 0);
        if !postgres {
            test_server.served.take().unwrap().kill().unwrap();
            begun = now();
            test_server.start();
            // Sometimes it is killed again while it starts.
            if rng.random_ratio(1, 4) {
                std::thread::sleep(Duration::from_millis(rng.random_range(0..800)));
                test_server.served.take().unwrap().kill().unwrap();
                begun = now();
                test_server.start();
            }
        } else {
            let pid = test_server.postmaster().expect("Postgres runs");
            signal(pid, "KILL").unwrap();
            // Wait until the old process is gone: until then `/readyz` may still report success.
            stream
                .retry(|| if test_server.postmaster() == Some(pid) { Err(RequestError::Retry("dead".into())) } else { Ok(()) })
                .unwrap();
        }
        test_server.wait_for("/readyz", RESTART);
        outages.push(Outage { from, begun, to: now(), postgres });
        // Everything acknowledged so far is stored.
        let log = stream.log.lock().unwrap().clone();
        let stored = stored(test_server);
        for (press, ack) in &log {
            let row = stored.get(press).unwrap_or_else(|| panic!("{} was acknowledged and is lost", ack.number));
            assert_eq!(row.number, ack.number);
        }
    }
    stream.wait_for_acknowledgements(usize::from(CLIENTS), test_server);
    outages
}

/// A press as it is stored.
#[derive(Debug)]
struct Stored {
    number: String,
    state: String,
}

/// All presses except those of the demo city's seed.
fn stored(test_server: &TestServer) -> BTreeMap<PressId, Stored> {
    let mut superuser = test_server.superuser();
    let rows = test_server.runtime.block_on(
        sqlx::query(
            "SELECT p.id, c.number, c.state FROM care_press p JOIN cases c ON c.id = p.case_id
             WHERE p.at > (SELECT began FROM kill_test)",
        )
        .fetch_all(&mut superuser),
    );
    rows.unwrap().iter().map(|r| (PressId(r.get(0)), Stored { number: r.get(1), state: r.get(2) })).collect()
}

/// How many residents have a button.
const BUTTONS: i64 = 12;

/// Registers a call button for some residents; returns the credentials.
fn buttons(test_server: &TestServer) -> Vec<String> {
    let vault = Vault::open_keyring(&test_server.program.data_dir.join("keys.json")).unwrap();
    test_server.runtime.block_on(async {
        let mut superuser = test_server.connect_superuser().await;
        let residents: Vec<(Uuid, Uuid)> =
            sqlx::query_as("SELECT id, person_id FROM account WHERE demo AND person_id IS NOT NULL ORDER BY id LIMIT $1")
                .bind(BUTTONS)
                .fetch_all(&mut superuser)
                .await
                .unwrap();
        let store = Store::connect(test_server.cluster.options(Role::App, DATABASE), 1, vault)
            .await
            .unwrap()
            .with(testing::test_flow::LIVES);
        let mut tokens = Vec::new();
        for (account, person) in residents {
            let actor = Actor { account: Some(account.into()), person: Some(person.into()), ..Actor::default() };
            tokens.push(devices::register_button(&store, &actor, "呼叫按钮").await.unwrap().1);
        }
        store.pool().close().await;
        tokens
    })
}

async fn scalar(superuser: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(superuser).await.unwrap()
}

/// Makes Postgres record commit timestamps, which show when a step was really taken, and stores the start of the test. Returns
/// the duration of a start without load.
fn prepare(test_server: &mut TestServer) -> Duration {
    test_server.start();
    test_server.wait_for("/readyz", FIRST_START);
    let mut superuser = test_server.superuser();
    test_server.runtime.block_on(async {
        for sql in ["ALTER SYSTEM SET track_commit_timestamp = on", "CREATE TABLE kill_test AS SELECT clock_timestamp() AS began"]
        {
            sqlx::raw_sql(sql).execute(&mut superuser).await.unwrap();
        }
        superuser.close().await.unwrap();
    });
    test_server.served.take().unwrap().end().unwrap();
    test_server.start();
    test_server.wait_for("/readyz", RESTART)
}

/// Asserts that every step was taken in time, including those that are due now. Returns the greatest delay after the due time and
/// after the time at which the step could be taken (both in seconds), and the number of steps.
fn check_step_deadlines(test_server: &TestServer, outages: &[Outage], slack: f64) -> (f64, f64, usize) {
    let mut superuser = test_server.superuser();
    let steps: Vec<(f64, f64)> = test_server.runtime.block_on(async {
        // Steps that are due but not taken yet, perhaps because of the last outage, are counted as taken now.
        sqlx::query_as(
            "SELECT extract(epoch FROM min(p.due_at))::float8, extract(epoch FROM min(pg_xact_commit_timestamp(p.xmin)))::float8
               FROM care_alert p WHERE p.at > (SELECT began FROM kill_test) GROUP BY p.case_id, p.round, p.step
             UNION ALL
             SELECT extract(epoch FROM next_step_at)::float8, extract(epoch FROM clock_timestamp())::float8
               FROM care_call JOIN cases ON id = case_id WHERE state = 'ringing' AND next_step_at < clock_timestamp()",
        )
        .fetch_all(&mut superuser)
        .await
        .unwrap()
    });
    let (mut max_delay_after_due, mut max_delay_after_possible) = (0.0_f64, 0.0_f64);
    for (due, taken) in &steps {
        let until = deadline(*due, outages, slack);
        assert!(*taken <= until, "a step due at {due} was taken {:.2} s later, {:.2} s too late", taken - due, taken - until);
        max_delay_after_due = max_delay_after_due.max(taken - due);
        max_delay_after_possible = max_delay_after_possible.max(taken - until + MAX_DELAY + slack + CLOCK_TOLERANCE);
    }
    (max_delay_after_due, max_delay_after_possible, steps.len())
}

#[test]
fn every_acknowledged_call_is_stored_once_and_escalates_in_time_after_repeated_kills() {
    let _guard = crate::run_exclusively();
    let (kills, seed) = kills_and_seed();
    println!("{kills} kills, HUIMIN_SEED={seed}");
    let mut rng = StdRng::seed_from_u64(seed);

    let mut test_server = TestServer::new(CLIENTS);
    let slack = slack(prepare(&mut test_server));
    let before: i64 =
        test_server.runtime.block_on(scalar(&mut test_server.superuser(), "SELECT count(*) FROM cases WHERE kind = 'sos'"));

    let stream = Stream {
        stop: AtomicBool::new(false),
        acknowledged: AtomicUsize::new(0),
        repeated: AtomicUsize::new(0),
        log: Mutex::default(),
    };
    let target = test_server.program.address;
    let buttons = buttons(&test_server);
    let outages = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let way = match client % 3 {
                    0 => Way::Phone,
                    1 => Way::Form,
                    _ => Way::Button(buttons[usize::from(client / 3) % buttons.len()].clone()),
                };
                let stream = &stream;
                scope.spawn(move || {
                    let mut caller = Caller::new(Browser::new(target, address(client)), way);
                    stream.raise_repeatedly(&mut caller, client, seed)
                })
            })
            .collect();
        // The clients must be stopped after a panic, too: otherwise the scope would never end.
        let kill_result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            kill_and_restart(&mut test_server, &stream, &mut rng, kills)
        }));
        stream.stop.store(true, Ordering::Relaxed);
        let client_results: Vec<Result<(), String>> = clients.into_iter().map(|c| c.join().expect("a client ends")).collect();
        for error in client_results.iter().filter_map(|e| e.as_ref().err()) {
            println!("a client ended with: {error}");
        }
        let outages = kill_result.unwrap_or_else(|payload| std::panic::resume_unwind(payload));
        assert!(client_results.iter().all(Result::is_ok), "a client was refused");
        outages
    });
    let log = stream.log.into_inner().unwrap();
    let (after_due, after_possible, steps) = check_step_deadlines(&test_server, &outages, slack);
    let down = outages.iter().map(|o| o.to - o.from).fold(0.0, f64::max);
    println!(
        "{} presses acknowledged, {} requests repeated; longest outage {down:.2} s; {steps} steps, the latest {after_due:.2} s after \
         it was due, {after_possible:.2} s after it could have been taken",
        log.len(),
        stream.repeated.load(Ordering::Relaxed),
    );
    assert!(steps > 0, "no step was taken");
    for outage in &outages {
        let (recovery, limit) = outage.resumed(slack);
        assert!(recovery <= limit, "after {outage:?} work resumed after {recovery:.2} s, not within {limit} s");
    }

    let stored = stored(&test_server);
    assert_eq!(stored.keys().collect::<Vec<_>>(), log.keys().collect::<Vec<_>>(), "acknowledged and stored presses differ");
    for (press, ack) in &log {
        let row = &stored[press];
        assert_eq!(row.number, ack.number, "a press does not lead to its call");
        assert!(!ack.cancelled || row.state == "false_alarm", "{} was cancelled and is {}", ack.number, row.state);
    }
    let numbers: BTreeSet<&String> = log.values().map(|t| &t.number).collect();
    test_server.runtime.block_on(async {
        let mut superuser = test_server.connect_superuser().await;
        let calls = scalar(&mut superuser, "SELECT count(*) FROM cases WHERE kind = 'sos'").await - before;
        assert_eq!(usize::try_from(calls).unwrap(), numbers.len(), "a call was stored that no client knows");
        for duplicates in [
            "SELECT count(*) FROM (SELECT subject_id FROM cases WHERE kind = 'sos' AND closed_at IS NULL GROUP BY 1 HAVING count(*) > 1) t",
            "SELECT count(*) FROM (SELECT callback_index FROM care_call WHERE ended_at IS NULL AND callback_index IS NOT NULL
               GROUP BY 1 HAVING count(*) > 1) t",
        ] {
            assert_eq!(scalar(&mut superuser, duplicates).await, 0, "two calls of one caller are open: {duplicates}");
        }
    });

    test_server.served.take().unwrap().end().unwrap();
    let verified = test_server.program.run(&["audit", "verify"]).unwrap();
    let output = String::from_utf8_lossy(&verified.stdout).into_owned();
    println!("{output}");
    assert!(verified.status.success(), "{output}\n{}", String::from_utf8_lossy(&verified.stderr));
}
