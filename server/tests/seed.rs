//! Tests the demo city: deterministic, repeatable, complete, and with reserved demo identifiers only.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use cluster::Role;
use server::{
    AppState, Config, Store, Vault,
    account::{
        mandates,
        session::presence,
        sign_in::{SignInOutcome, second_factor, sign_in},
    },
    care::intake::credential,
    cases::audit,
    registry::read::{index_of, row_of},
    seed,
    services::{
        draft, eligibility,
        import::{embedded, import},
    },
};
use shared::{
    account::{Email, Phone, ResidentId, demo},
    care::profile::Contact,
    cases::WorkCalendar,
    ids::PersonId,
    services::{Verdict, life::APPLICATION},
};
use sqlx::{AssertSqlSafe, Row};
use std::{net::IpAddr, path::PathBuf};
use testing::TestDb;
use totp_rs::{Builder, Secret};
use uuid::Uuid;

const PEOPLE: u32 = 1000;

struct SeedFixture {
    db: TestDb,
    state: AppState,
}

/// A folder for the keys, which the databases of a test may share; removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("seed-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn fixture(Folder(folder): &Folder) -> SeedFixture {
    let db = TestDb::new().await;
    import(&db.owner, &embedded().unwrap()).await.unwrap();
    let keys = folder.join("keys.json");
    Vault::init(&keys).unwrap();
    let store = Store::connect(db.options(Role::App), 4, Vault::open_keyring(&keys).unwrap())
        .await
        .unwrap()
        .with(testing::test_flow::LIVES);
    SeedFixture { state: AppState::new(store, Config::demo(folder.clone())), db }
}

impl SeedFixture {
    async fn seed(&self, people: u32) -> seed::DemoCity {
        seed::seed(&self.db.owner, &self.state, people).await.unwrap()
    }

    async fn count(&self, from: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {from}"))).fetch_one(&self.db.owner).await.unwrap()
    }

    /// A hash over all rows of a query.
    async fn digest(&self, query: &str) -> String {
        let sql = format!("SELECT coalesce(md5(string_agg(r::text, ';' ORDER BY r::text)), '') FROM ({query}) r");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&self.db.owner).await.unwrap()
    }
}

/// Queries with equal results for two seedings with the same keys: everything except sealed values, salted hashes and
/// values that depend on the current time or day.
const DETERMINISTIC: &[&str] = &[
    "SELECT * FROM district",
    "SELECT * FROM organisation",
    "SELECT resident_id_index, name, sex, born_on, district, street, address, household, household_role, phone_sealed IS NULL, \
        status, agency_zh, agency_en FROM register.person",
    "SELECT * FROM register.kinship",
    "SELECT id, resident_id_index FROM person",
    "SELECT id, phone_index, email_index, person_id, staff_name, elder, demo FROM account",
    "SELECT id, account_id, organisation_id, role FROM membership",
    "SELECT id, person_id, account_id, relation, scope FROM mandate",
    "SELECT kind, title_zh, subject_id, applicant_id, organisation_id, state, version, assignee_id, events FROM cases",
    "SELECT organisation_id, neighbour_id, latitude, longitude FROM care_centre",
    "SELECT id, organisation_id, version, steps, progress_seconds FROM care_policy",
    "SELECT * FROM care_rota",
    "SELECT account_id, organisation_id, skills, languages, mode, latitude, longitude FROM care_responder",
    "SELECT person_id, centre_id FROM care_profile",
    "SELECT id, person_id, place, account_id, key_holder FROM care_contact",
    "SELECT id, person_id, account_id, kind, label FROM care_device",
    "SELECT case_id IS NULL, source, device_id, account_id FROM care_press",
    "SELECT c.subject_id, p.round, p.step, p.target, p.account_id, p.contact_id FROM care_alert p JOIN cases c ON c.id = p.case_id",
    "SELECT c.subject_id, o.responder_id, o.wave FROM care_offer o JOIN cases c ON c.id = o.case_id",
];

/// Queries with equal results for two seedings on the same day.
const DETERMINISTIC_ON_ONE_DAY: &[&str] = &[
    "SELECT resident_id_index, as_of FROM register.person",
    "SELECT id, ends_on FROM mandate",
    "SELECT clock, started_on, counted_days, running_since, stopped_on, legal_due, promised_due FROM case_clock",
];

#[tokio::test]
async fn seeding_with_the_same_keys_gives_the_same_city() {
    let folder = Folder::new("same");
    let (one, other) = (fixture(&folder).await, fixture(&folder).await);
    let today = async || one.digest("SELECT huimin_today()").await;
    let day = today().await;
    // Seeding in one step or in two steps gives the same result.
    one.seed(3 * PEOPLE).await;
    other.seed(PEOPLE).await;
    other.seed(3 * PEOPLE).await;
    // If midnight passed during the test, the two cities are seeded on different days.
    let same_day = if today().await == day { DETERMINISTIC_ON_ONE_DAY } else { &[] };
    for query in DETERMINISTIC.iter().chain(same_day) {
        assert_eq!(one.digest(query).await, other.digest(query).await, "{query}");
    }
}

#[tokio::test]
async fn seeding_requires_the_demo_flag() {
    let folder = Folder::new("refused");
    let fixture = fixture(&folder).await;
    let city = AppState::new(fixture.state.store.clone(), Config { demo: false, ..Config::demo(folder.0.clone()) });
    seed::seed(&fixture.db.owner, &city, PEOPLE).await.unwrap_err();
    assert_eq!(fixture.count("register.person").await + fixture.count("account").await, 0);
}

#[tokio::test]
async fn seeded_city_is_complete_and_repeatable() {
    let folder = Folder::new("one");
    let fixture = fixture(&folder).await;
    let demo = fixture.seed(PEOPLE).await;
    check_second_run_changes_nothing(&fixture, &demo, fixture.state.store.statements()).await;
    check_accounts_can_sign_in(&fixture, &demo).await;
    check_identifiers_are_demo_ones(&fixture).await;
    check_cases_in_every_state(&fixture, demo.counts.cases).await;
    check_clocks_in_every_phase(&fixture).await;
    check_past_calls(&fixture, demo.counts.calls).await;
    check_centres_are_set_up(&fixture).await;
}

/// Checks that a second run changes nothing and needs far fewer statements than the first (`first_statements`).
async fn check_second_run_changes_nothing(fixture: &SeedFixture, first: &seed::DemoCity, first_statements: usize) {
    let everything = "SELECT 'p', p::text FROM register.person p UNION ALL SELECT 'a', a::text FROM account a \
        UNION ALL SELECT 'm', m::text FROM membership m UNION ALL SELECT 'd', d::text FROM mandate d \
        UNION ALL SELECT 'c', c::text FROM cases c UNION ALL SELECT 'e', e::text FROM event e \
        UNION ALL SELECT 'r', r::text FROM care_rota r UNION ALL SELECT 's', s::text FROM care_responder s \
        UNION ALL SELECT 'f', f::text FROM care_profile f UNION ALL SELECT 'k', k::text FROM care_contact k \
        UNION ALL SELECT 'v', v::text FROM care_device v UNION ALL SELECT 'b', b::text FROM care_press b \
        UNION ALL SELECT 'l', l::text FROM care_call l UNION ALL SELECT 'g', g::text FROM care_alert g";
    let before = fixture.digest(everything).await;
    let second = fixture.seed(PEOPLE).await;
    let second_statements = fixture.state.store.statements() - first_statements;
    assert!(second_statements < first_statements / 20, "{second_statements} after {first_statements}");
    assert_eq!(fixture.digest(everything).await, before);
    assert_eq!((&first.accounts, first.counts), (&second.accounts, second.counts));
    assert_eq!(fixture.count("register.person").await, i64::from(PEOPLE));
}

/// Checks that the printed accounts can sign in, staff with the printed second factor, and that the demo characters can act
/// as intended.
async fn check_accounts_can_sign_in(fixture: &SeedFixture, demo: &seed::DemoCity) {
    let (city, client_ip) = (&fixture.state, IpAddr::from([127, 0, 0, 1]));
    let production = AppState::new(city.store.clone(), Config { demo: false, ..(*city.config).clone() });
    for account in &demo.accounts {
        let outcome = sign_in(city, &account.contact, account.password, client_ip).await.unwrap();
        match (&account.totp_secret, &outcome) {
            (None, SignInOutcome::SignedIn(_)) => {}
            (Some(secret), SignInOutcome::NeedsSecondFactor(known)) => {
                let secret = Secret::try_from_base32(secret).unwrap();
                let totp =
                    Builder::new().with_secret(secret).with_account_name("demo").with_issuer(Some("test")).build().unwrap();
                second_factor(city, known.account, &totp.generate_current().to_string()).await.unwrap();
            }
            other => panic!("{}: {other:?}", account.contact),
        }
    }
    sign_in(&production, &demo.accounts[0].contact, demo.accounts[0].password, client_ip).await.unwrap_err();

    let actor = async |contact: &str| {
        let outcome = sign_in(city, contact, seed::PASSWORD, client_ip).await.unwrap();
        presence(&city.store, outcome.signed_in()).await.unwrap().unwrap().actor
    };
    let elder = actor("chen.guiying@demo.huimin.example").await;
    let assessed = eligibility::check(&city.store, &elder, "old-age-allowance").await.unwrap();
    assert_eq!(assessed.verdict, Verdict::Eligible);
    let mut daughter = actor("wang.xiulan@demo.huimin.example").await;
    daughter.acting_for = mandates::act_as(city, &daughter, elder.person).await.unwrap();
    assert_eq!(daughter.subject().unwrap(), elder.person.unwrap());
    draft::start(&city.store, &daughter, "old-age-allowance").await.unwrap();
    assert_eq!(actor("zhao.xiaowen@demo.huimin.example").await.person, None);
}

/// Checks that every ID number, phone and email address is in the range reserved for demos.
async fn check_identifiers_are_demo_ones(fixture: &SeedFixture) {
    let vault = &fixture.state.store.vault;
    let rows = sqlx::query("SELECT resident_id_index, resident_id_sealed, phone_sealed, born_on, sex FROM register.person")
        .fetch_all(&fixture.db.owner)
        .await
        .unwrap();
    let (mut phones, mut oldest) = (0, 0);
    for row in rows {
        let index: Vec<u8> = row.get(0);
        let id = ResidentId::parse(&vault.open_text("register.resident_id", row_of(&index), row.get(1)).unwrap()).unwrap();
        assert!(demo::is_demo_id(&id));
        assert_eq!(id, ResidentId::parse(id.as_str()).unwrap());
        assert_eq!(index_of(vault, &id), index);
        oldest += usize::from(id.born_on().year() <= 1945);
        if let Some(sealed) = row.get::<Option<Vec<u8>>, _>(2) {
            assert!(demo::is_demo_phone(
                &Phone::parse(&vault.open_text("register.phone", row_of(&index), &sealed).unwrap()).unwrap()
            ));
            phones += 1;
        }
    }
    assert!(phones > 500 && oldest > 40, "{phones} phones, {oldest} born by 1945");
    let accounts =
        sqlx::query("SELECT id, phone_sealed, email_sealed, demo FROM account").fetch_all(&fixture.db.owner).await.unwrap();
    assert!(accounts.len() > 150);
    for row in accounts {
        assert!(row.get::<bool, _>(3));
        let id: Uuid = row.get(0);
        let email = vault.open_text("account.email", id, row.get(2)).unwrap();
        assert!(demo::is_demo_email(&Email::parse(&email).unwrap()));
        if let Some(sealed) = row.get::<Option<Vec<u8>>, _>(1) {
            let phone = vault.open_text("account.phone", id, &sealed).unwrap();
            assert!(demo::is_demo_phone(&Phone::parse(&phone).unwrap()));
        }
    }
    let sql =
        "SELECT k.id, k.sealed, y.person_id, y.key_sealed FROM care_contact k JOIN person_key y ON y.person_id = k.person_id";
    for row in sqlx::query(sql).fetch_all(&fixture.db.owner).await.unwrap() {
        let key = vault.person_key(PersonId(row.get(2)), &row.get::<Vec<u8>, _>(3)).unwrap();
        let contact: Contact = key.open_json("care_contact", row.get::<Uuid, _>(0), &row.get::<Vec<u8>, _>(1)).unwrap();
        assert!(demo::is_demo_phone(&Phone::parse(&contact.phone).unwrap()));
    }
}

/// Checks the past calls: every outcome, mostly answered in time, with their data; none is open.
async fn check_past_calls(fixture: &SeedFixture, expected: usize) {
    assert_eq!(usize::try_from(fixture.count("cases WHERE kind = 'sos'").await).unwrap(), expected);
    assert!((50..=70).contains(&expected), "{expected}");
    assert_eq!(fixture.count("cases WHERE kind = 'sos' AND closed_at IS NULL").await, 0);
    assert_eq!(fixture.count("care_call WHERE next_step_at IS NOT NULL OR ended_at IS NULL").await, 0);
    for (state, minimum) in [("resolved", 30), ("false_alarm", 8), ("merged", 2)] {
        let count = fixture.count(&format!("cases WHERE kind = 'sos' AND state = '{state}'")).await;
        assert!(count >= minimum, "{state}: {count}");
    }
    for (action, minimum) in [("unanswer", 1), ("call_reopen", 2), ("decline_offer", 2), ("press_again", 2), ("cancel_press", 2)]
    {
        assert!(fixture.count(&format!("event WHERE action = '{action}'")).await >= minimum, "{action}");
    }
    let answered = "care_call WHERE first_answered_at IS NOT NULL";
    let within = |seconds: u32| format!("{answered} AND first_answered_at - raised_at <= make_interval(secs => {seconds})");
    let all = fixture.count(answered).await;
    let (fast, slow) = (fixture.count(&within(15)).await, fixture.count(&within(180)).await);
    assert!(fast * 100 / all >= 85 && fast < all && slow < all, "{fast} and {slow} of {all}");
    assert!(fixture.count("care_offer WHERE arrived_at IS NOT NULL AND done_at IS NOT NULL").await > 30);
    // The city's desk was alerted for calls that stayed unanswered.
    assert!(fixture.count("care_alert WHERE target = 'city_desk'").await >= 3);
    // The calls are spread over many districts and days.
    assert!(fixture.count("(SELECT DISTINCT organisation_id FROM cases WHERE kind = 'sos') o").await >= 10);
    assert!(fixture.count("(SELECT DISTINCT raised_at::date FROM care_call) d").await >= 20);
}

/// Checks that each district has a centre with a policy, staff on duty and responders, and that elders have care profiles
/// and contacts.
async fn check_centres_are_set_up(fixture: &SeedFixture) {
    let centres = fixture.count("care_centre").await;
    assert_eq!(centres, 14);
    assert_eq!(fixture.count("(SELECT DISTINCT organisation_id FROM care_policy) p").await, centres);
    let on_duty = |role: &str| {
        format!(
            "(SELECT DISTINCT m.organisation_id FROM membership m WHERE m.role = '{role}' AND huimin_on_duty(m.account_id)) o"
        )
    };
    assert_eq!(fixture.count(&on_duty("dispatcher")).await, centres);
    assert_eq!(fixture.count(&on_duty("responder")).await, centres - 1);
    let elders = fixture.count("care_profile").await;
    assert!((50..=100).contains(&elders), "{elders}");
    assert!(fixture.count("care_contact").await > elders);
    // The daughter of the demo elder is the first contact, with an account and a key.
    let first = "care_contact k JOIN account a ON a.id = k.account_id JOIN person p ON p.id = a.person_id WHERE k.place = 1 AND k.key_holder";
    assert!(fixture.count(first).await >= 1);
    assert!(credential::find(&fixture.state.store, &seed::button()).await.unwrap().is_some());
    assert_eq!(
        fixture.count("care_contact k WHERE NOT EXISTS (SELECT FROM person_key y WHERE y.person_id = k.person_id)").await,
        0
    );
}

/// Checks that cases exist in every state and department, in chronological order, without messages to be sent.
async fn check_cases_in_every_state(fixture: &SeedFixture, expected: usize) {
    let cases = usize::try_from(fixture.count("cases WHERE kind = 'application'").await).unwrap();
    assert_eq!(cases, expected);
    assert!((100..=130).contains(&cases), "{cases}");
    for state in APPLICATION.states() {
        let count = fixture.count(&format!("cases WHERE state = '{}'", state.0)).await;
        assert!(count >= 5, "{}: {count}", state.0);
    }
    // Spread over all departments; in chronological order; nothing in the future.
    assert!(fixture.count("(SELECT DISTINCT organisation_id FROM cases) o").await >= 25);
    assert_eq!(fixture.count("event e JOIN event f USING (case_id) WHERE f.seq > e.seq AND f.at < e.at").await, 0);
    assert_eq!(fixture.count("event WHERE at > huimin_now() + interval '1 minute'").await, 0);
    assert!(fixture.count("cases WHERE opened_at < huimin_now() - interval '20 days'").await > 20);
    let report = audit::verify(&fixture.state).await.unwrap();
    assert!(report.faults.is_empty(), "{report}");
    // No messages are queued for past events.
    let queued_messages = "graphile_worker._private_jobs j JOIN graphile_worker._private_tasks t ON t.id = j.task_id WHERE t.identifier IN ('deliver', 'alert')";
    assert!(fixture.count("notice").await > 200);
    assert_eq!(fixture.count(queued_messages).await, 0);
}

/// Checks that clocks exist that have just started, are near their end, overdue and paused; near the end of the published
/// calendar, that clocks are pending instead.
async fn check_clocks_in_every_phase(fixture: &SeedFixture) {
    let running = "case_clock WHERE running_since IS NOT NULL AND";
    let today: time::Date = sqlx::query_scalar("SELECT huimin_today()").fetch_one(&fixture.db.owner).await.unwrap();
    if WorkCalendar::PUBLISHED.due(server::store::to_civil_date(today), 7).is_err() {
        assert!(fixture.count(&format!("{running} pending_year IS NOT NULL")).await > 0);
        return;
    }
    for condition in [
        &format!("{running} warn_on > huimin_today()"),
        &format!("{running} huimin_today() BETWEEN warn_on AND promised_due"),
        &format!("{running} promised_due < huimin_today() AND legal_due >= huimin_today()"),
        &format!("{running} legal_due < huimin_today()"),
        "case_clock WHERE running_since IS NULL AND stopped_on IS NULL",
    ] {
        assert!(fixture.count(condition).await > 0, "{condition}");
    }
}
