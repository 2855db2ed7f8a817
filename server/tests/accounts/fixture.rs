//! Test fixture for accounts: a database, a data folder, and people in the register.

use jiff::civil::{Date, date};
use server::{
    Actor, AppState, Config, Error, Store, Vault,
    account::{self, totp::Enrolment},
    registry::read,
};
use shared::{
    FieldErrorKind, Lang, Problem,
    account::{ResidentId, demo},
    ids::{AccountId, PersonId},
};
use std::{
    net::IpAddr,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};
use testing::TestDb;
use totp_rs::{Builder, Secret};

pub const PASSWORD: &str = "tulip-canal-92";

static NEXT: AtomicU32 = AtomicU32::new(0);

pub struct AccountFixture {
    pub state: AppState,
    pub db: TestDb,
    /// The moment at which the city's clock is stopped, in seconds since 1970.
    pub now: i64,
    folder: PathBuf,
}

impl Drop for AccountFixture {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A person in the register.
#[derive(Clone)]
pub struct Registered {
    pub name: &'static str,
    pub id: ResidentId,
    pub index: Vec<u8>,
    pub phone: String,
}

impl AccountFixture {
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        let now = db.stop_clock().await;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("accounts-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let keys = folder.join("keys.json");
        Vault::init(&keys).unwrap();
        let store = Store::from_pool(db.app(12), Vault::open_keyring(&keys).unwrap()).with(testing::test_flow::LIVES);
        Self { state: AppState::new(store, Config::demo(folder.clone())), db, now, folder }
    }

    /// The same city some time later.
    pub fn with_clock_offset(&self, interval: &str) -> AppState {
        AppState::new(self.state.store.with_clock_offset(interval), (*self.state.config).clone())
    }

    /// The code that an authenticator shows `seconds` later.
    pub fn code_in(&self, enrolment: &Enrolment, seconds: i64) -> String {
        let secret = Secret::try_from_base32(&enrolment.secret).unwrap();
        let at = u64::try_from(self.now + seconds).unwrap();
        Builder::new().with_secret(secret).build().unwrap().generate(at).to_string()
    }

    /// Every sent message, oldest first: recipient and text.
    pub async fn outbox(&self) -> Vec<(String, String)> {
        server::notices::background_send::wait_until_sent().await;
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.state.config.outbox())
            .map(|all| all.map(|f| f.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "txt")).collect())
            .unwrap_or_default();
        files.sort();
        files
            .iter()
            .map(|file| {
                let text = std::fs::read_to_string(file).unwrap();
                let (head, body) = text.split_once("\n\n").unwrap();
                (head.lines().next().unwrap().strip_prefix("To: ").unwrap().to_owned(), body.to_owned())
            })
            .collect()
    }

    /// The last message to a recipient; empty if there is none.
    pub async fn last_to(&self, to: &str) -> String {
        self.outbox().await.into_iter().rev().find(|(who, _)| who == to).map(|(_, text)| text).unwrap_or_default()
    }

    /// Signs up with the code from the outbox.
    pub async fn account(&self, contact: &str) -> AccountId {
        account::sign_up::request_code(&self.state, contact, Lang::Zh, client_ip()).await.unwrap();
        let code = digits(&self.last_to(contact).await);
        account::sign_up::confirm(&self.state, contact, &code, PASSWORD, Lang::Zh).await.unwrap()
    }

    /// Signs up and passes the real-name check.
    pub async fn verified(&self, person: &Registered) -> Actor {
        let account = self.account(&person.phone).await;
        account::real_name::verify(&self.state, &signed_in(account), person.name, person.id.as_str()).await.unwrap();
        self.actor(account, None).await
    }

    /// The actor as a page would see it.
    pub async fn actor(&self, account: AccountId, acting_for: Option<PersonId>) -> Actor {
        self.presence(&self.state, account, acting_for, false).await.unwrap().actor
    }

    pub async fn presence(
        &self,
        city: &AppState,
        account: AccountId,
        acting_for: Option<PersonId>,
        second_factor: bool,
    ) -> Option<account::session::Presence> {
        let session = account::session::SignedIn { acting_for, ..account::session::SignedIn::now(account, second_factor) };
        account::session::presence(&city.store, &session).await.unwrap()
    }

    /// Adds a person to the register.
    pub async fn register(&self, name: &'static str, born_on: Date, sequence: u16, household: (&str, &str)) -> Registered {
        let vault = &self.state.store.vault;
        let id = demo::resident_id(born_on, sequence).unwrap();
        let index = read::index_of(vault, &id);
        let phone = demo::phone(u32::from(sequence)).unwrap();
        sqlx::query(
            "INSERT INTO register.person (resident_id_index, resident_id_sealed, name, sex, born_on, district, street, address,
                 household, household_role, phone_sealed, agency_zh, agency_en, as_of)
             VALUES ($1, $2, $3, 'female', $4::date, '420102', '球场街道', '1 号', $5, $6, $7, '武汉市公安局', 'Police', '2026-01-01')",
        )
        .bind(&index)
        .bind(read::seal_resident_id(vault, &index, &id).unwrap())
        .bind(name)
        .bind(server::store::to_db_date(born_on))
        .bind(household.0)
        .bind(household.1)
        .bind(read::seal_phone(vault, &index, &phone).unwrap())
        .execute(&self.db.owner)
        .await
        .unwrap();
        Registered { name, id, index, phone: phone.as_str().to_owned() }
    }

    pub async fn parent_of(&self, parent: &Registered, child: &Registered) {
        sqlx::query("INSERT INTO register.kinship (parent_index, child_index) VALUES ($1, $2)")
            .bind(&parent.index)
            .bind(&child.index)
            .execute(&self.db.owner)
            .await
            .unwrap();
    }

    /// Queries one number as the owner of the tables.
    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db.owner).await.unwrap()
    }
}

pub fn birthday() -> Date {
    date(1950, 6, 1)
}

pub fn client_ip() -> IpAddr {
    "192.0.2.1".parse().unwrap()
}

/// An actor with only an account.
pub fn signed_in(account: AccountId) -> Actor {
    Actor { account: Some(account), ..Actor::default() }
}

/// The first six digits in a row.
pub fn digits(text: &str) -> String {
    let six = text.as_bytes().windows(6).find(|w| w.iter().all(u8::is_ascii_digit));
    String::from_utf8(six.expect("a code").to_vec()).unwrap()
}

/// The text after `mark`, up to the next white space.
pub fn text_after(text: &str, mark: &str) -> String {
    text.split_once(mark).expect("a link").1.split_whitespace().next().unwrap().to_owned()
}

/// The field and kind of an invalid input with exactly one error.
#[track_caller]
pub fn field_error<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, FieldErrorKind) {
    match result {
        Err(Error::Problem(Problem::Invalid { mut errors })) if errors.len() == 1 => {
            let error = errors.remove(0);
            (error.field, error.kind)
        }
        other => panic!("expected one kind: {other:?}"),
    }
}

#[track_caller]
pub fn problem<T: std::fmt::Debug>(result: Result<T, Error>) -> Problem {
    match result {
        Err(Error::Problem(problem)) => problem,
        other => panic!("expected a problem: {other:?}"),
    }
}

/// The expected result of [`field_error`].
pub fn on_field(field: &str, kind: FieldErrorKind) -> (String, FieldErrorKind) {
    (field.to_owned(), kind)
}
