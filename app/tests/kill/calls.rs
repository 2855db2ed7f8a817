//! Under a stream of calls for help: every call that was acknowledged is there, once; none waits for its next step longer
//! than it may; and the record verifies.

use crate::test_server::{FIRST_START, RESTART, TestServer, address, measure};
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
/// How long one press may be repeated, and how long the stream may stand still.
const PATIENCE: Duration = Duration::from_secs(600);
/// How late a step may be while the city answers, and after it answers again (care.md), in seconds.
const LATE: f64 = 5.0;
/// In how long work resumes after the program was killed, and after Postgres was (care.md), in seconds.
const RESUMES: (f64, f64) = (5.0, 10.0);
/// What is granted beyond that: this is not an optimised build, and fifty clients that press again and again have the same
/// two cores.
const GENEROUS: f64 = 5.0;
/// How much longer a start may take among these clients than undisturbed. Where that is more than [`GENEROUS`] allows, the
/// machine is slower than the promises assume, and they are stretched by the difference.
const CROWDED: f64 = 2.0;
/// A little for reading two clocks one after the other.
const READING: f64 = 0.2;

/// What was acknowledged of a press.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    number: String,
    /// Whether it was acknowledged, too, that it was taken back.
    cancelled: bool,
}

/// What all clients were told, by the keys of their presses.
type Log = BTreeMap<PressId, Told>;

struct Stream {
    over: AtomicBool,
    acknowledged: AtomicUsize,
    repeated: AtomicUsize,
    log: Mutex<Log>,
}

impl Stream {
    /// Sends the same again until it is answered.
    fn insist<T>(&self, mut send: impl FnMut() -> Result<T, RequestError>) -> Result<T, RequestError> {
        let begun = Instant::now();
        loop {
            match send() {
                Err(RequestError::Retry(_)) if begun.elapsed() < PATIENCE => {
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(50));
                }
                other => return other,
            }
        }
    }

    /// Calls for help again and again, each time with a pause as people have it.
    fn call_and_call(&self, caller: &mut Caller, client: u8, seed: u64) -> Result<(), String> {
        let mut dice = StdRng::seed_from_u64(seed.wrapping_add(u64::from(client)).wrapping_mul(37));
        let mut serial = 0_u32;
        while !self.over.load(Ordering::Relaxed) {
            // Now and then the same phone calls again; then it is the same call as long as that is open.
            serial += u32::from(dice.random_ratio(3, 4));
            let callback = demo::phone(80_000_000 + u32::from(client) * 100_000 + serial).map_err(|e| format!("{e:?}"))?;
            let press = Press::new(callback.as_str().to_owned());
            let number = self.insist(|| caller.send(&press))?;
            self.log.lock().unwrap().insert(press.id, Told { number: number.clone(), cancelled: false });
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
            if dice.random_ratio(1, 4) {
                let again = self.insist(|| caller.send(&press))?;
                if again != number {
                    return Err(format!("one press made {number} and then {again}"));
                }
            }
            // Most were pressed by mistake, so that thousands of open calls do not pile up.
            if !matches!(caller.way(), Way::Button(_)) && dice.random_ratio(4, 5) && self.insist(|| caller.cancel(&press))? {
                self.log.lock().unwrap().entry(press.id).and_modify(|told| told.cancelled = true);
            }
            std::thread::sleep(Duration::from_millis(dice.random_range(200..1_500)));
        }
        Ok(())
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

/// Seconds since 1970, by the clock that Postgres reads, too.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// When the city did not answer, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Outage {
    from: f64,
    /// When what was killed could begin again: the program was started; or Postgres was killed, which it starts itself.
    begun: f64,
    to: f64,
    /// Whether it was Postgres.
    postgres: bool,
}

impl Outage {
    /// In how long it answered again, and in how long it must have, in seconds.
    fn resumed(self, slack: f64) -> (f64, f64) {
        (self.to - self.begun, slack + GENEROUS + if self.postgres { RESUMES.1 } else { RESUMES.0 })
    }
}

/// Until when a step that was due then must have been taken: some seconds later, or after the city answered again.
fn deadline(due: f64, outages: &[Outage], slack: f64) -> f64 {
    let late = LATE + slack;
    let mut until = due + late;
    for outage in outages {
        if outage.from <= until && outage.to > due {
            until = until.max(outage.to + late);
        }
    }
    until + READING
}

/// What is granted on a machine on which an undisturbed start takes this long, in seconds; none on a usual one.
fn slack(undisturbed: Duration) -> f64 {
    (undisturbed.as_secs_f64() * CROWDED - GENEROUS).max(0.0)
}

fn kill_and_start_again(test_server: &mut TestServer, stream: &Stream, dice: &mut StdRng, kills: usize) -> Vec<Outage> {
    let mut outages = Vec::new();
    for n in 0..kills {
        stream.flows(dice.random_range(1..=60), test_server);
        std::thread::sleep(Duration::from_millis(dice.random_range(0..250)));
        let from = now();
        let (mut begun, postgres) = (from, n % 2 != 0);
        if !postgres {
            test_server.served.take().unwrap().kill().unwrap();
            begun = now();
            test_server.start();
            // Now and then it is killed once more before it has quite begun.
            if dice.random_ratio(1, 4) {
                std::thread::sleep(Duration::from_millis(dice.random_range(0..800)));
                test_server.served.take().unwrap().kill().unwrap();
                begun = now();
                test_server.start();
            }
        } else {
            let pid = test_server.postmaster().expect("Postgres runs");
            signal(pid, "KILL").unwrap();
            // Until it is noticed, the old answer would still be given.
            stream
                .insist(|| if test_server.postmaster() == Some(pid) { Err(RequestError::Retry("dead".into())) } else { Ok(()) })
                .unwrap();
        }
        test_server.wait_for("/readyz", RESTART);
        outages.push(Outage { from, begun, to: now(), postgres });
        // What was acknowledged up to now is there.
        let log = stream.log.lock().unwrap().clone();
        let stored = stored(test_server);
        for (press, told) in &log {
            let there = stored.get(press).unwrap_or_else(|| panic!("{} was acknowledged and is lost", told.number));
            assert_eq!(there.number, told.number);
        }
    }
    stream.flows(usize::from(CLIENTS), test_server);
    outages
}

/// A press as it is stored.
#[derive(Debug)]
struct Stored {
    number: String,
    state: String,
}

/// Every press that is not the demo city's own.
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

/// The credentials of buttons of some residents, registered as they would do it.
fn buttons(test_server: &TestServer) -> Vec<String> {
    let vault = Vault::open_keyring(&test_server.program.data_dir.join("keys.json")).unwrap();
    test_server.runtime.block_on(async {
        let mut superuser = test_server.superuser_now().await;
        let residents: Vec<(Uuid, Uuid)> =
            sqlx::query_as("SELECT id, person_id FROM account WHERE demo AND person_id IS NOT NULL ORDER BY id LIMIT $1")
                .bind(BUTTONS)
                .fetch_all(&mut superuser)
                .await
                .unwrap();
        let store =
            Store::connect(test_server.cluster.options(Role::App, DATABASE), 1, vault).await.unwrap().with(testing::trial::LIVES);
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

/// Lets Postgres keep when every transaction was committed, which alone says when a step was really taken, and marks
/// where the test begins. Answers how long an undisturbed start takes.
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

/// Every step that was taken was taken in time, and so it is with those that are due. Answers how late the latest was,
/// in seconds, against what was due, and against when the city answered again.
fn in_time(test_server: &TestServer, outages: &[Outage], slack: f64) -> (f64, f64, usize) {
    let mut superuser = test_server.superuser();
    let steps: Vec<(f64, f64)> = test_server.runtime.block_on(async {
        // Until it was noticed, the outage may have cost a step of the last seconds its turn: it is looked at below.
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
    let (mut latest, mut after) = (0.0_f64, 0.0_f64);
    for (due, taken) in &steps {
        let until = deadline(*due, outages, slack);
        assert!(*taken <= until, "a step due at {due} was taken {:.2} s later, {:.2} s too late", taken - due, taken - until);
        latest = latest.max(taken - due);
        after = after.max(taken - until + LATE + slack + READING);
    }
    (latest, after, steps.len())
}

#[test]
fn every_call_is_there_once_and_goes_on_in_time_however_often_it_is_killed() {
    let _alone = crate::alone();
    let (kills, seed) = measure();
    println!("{kills} kills, HUIMIN_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);

    let mut test_server = TestServer::new(CLIENTS);
    let slack = slack(prepare(&mut test_server));
    let before: i64 =
        test_server.runtime.block_on(scalar(&mut test_server.superuser(), "SELECT count(*) FROM cases WHERE kind = 'sos'"));

    let stream = Stream {
        over: AtomicBool::new(false),
        acknowledged: AtomicUsize::new(0),
        repeated: AtomicUsize::new(0),
        log: Mutex::default(),
    };
    let to = test_server.program.address;
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
                    let mut caller = Caller::new(Browser::new(to, address(client)), way);
                    stream.call_and_call(&mut caller, client, seed)
                })
            })
            .collect();
        // Whatever happens here, the clients must end, or nothing would.
        let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            kill_and_start_again(&mut test_server, &stream, &mut dice, kills)
        }));
        stream.over.store(true, Ordering::Relaxed);
        let ended: Vec<Result<(), String>> = clients.into_iter().map(|c| c.join().expect("a client ends")).collect();
        for trouble in ended.iter().filter_map(|e| e.as_ref().err()) {
            println!("a client ended with: {trouble}");
        }
        let outages = killed.unwrap_or_else(|cause| std::panic::resume_unwind(cause));
        assert!(ended.iter().all(Result::is_ok), "a client was refused");
        outages
    });
    let log = stream.log.into_inner().unwrap();
    let (latest, after, steps) = in_time(&test_server, &outages, slack);
    let down = outages.iter().map(|o| o.to - o.from).fold(0.0, f64::max);
    println!(
        "{} presses acknowledged, {} requests repeated; longest outage {down:.2} s; {steps} steps, the latest {latest:.2} s after \
         it was due, {after:.2} s after it could have been taken",
        log.len(),
        stream.repeated.load(Ordering::Relaxed),
    );
    assert!(steps > 0, "nothing escalated");
    for outage in &outages {
        let (took, within) = outage.resumed(slack);
        assert!(took <= within, "after {outage:?} work resumed after {took:.2} s, not within {within} s");
    }

    let stored = stored(&test_server);
    assert_eq!(stored.keys().collect::<Vec<_>>(), log.keys().collect::<Vec<_>>(), "acknowledged and stored presses differ");
    for (press, told) in &log {
        let there = &stored[press];
        assert_eq!(there.number, told.number, "a press does not lead to its call");
        assert!(!told.cancelled || there.state == "false_alarm", "{} was taken back and is {}", told.number, there.state);
    }
    let numbers: BTreeSet<&String> = log.values().map(|t| &t.number).collect();
    test_server.runtime.block_on(async {
        let mut superuser = test_server.superuser_now().await;
        let calls = scalar(&mut superuser, "SELECT count(*) FROM cases WHERE kind = 'sos'").await - before;
        assert_eq!(usize::try_from(calls).unwrap(), numbers.len(), "a call that nobody was told of");
        for twice in [
            "SELECT count(*) FROM (SELECT subject_id FROM cases WHERE kind = 'sos' AND closed_at IS NULL GROUP BY 1 HAVING count(*) > 1) t",
            "SELECT count(*) FROM (SELECT callback_index FROM care_call WHERE ended_at IS NULL AND callback_index IS NOT NULL
               GROUP BY 1 HAVING count(*) > 1) t",
        ] {
            assert_eq!(scalar(&mut superuser, twice).await, 0, "two calls of one caller are open: {twice}");
        }
    });

    test_server.served.take().unwrap().end().unwrap();
    let verified = test_server.program.run(&["audit", "verify"]).unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    println!("{said}");
    assert!(verified.status.success(), "{said}\n{}", String::from_utf8_lossy(&verified.stderr));
}
