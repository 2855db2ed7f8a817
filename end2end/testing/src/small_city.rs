//! Test fixture for `server::cases`: a city with one department, its staff, some residents, and trial cases.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "a test fixture may panic, and its names are self-explanatory"
)]

use crate::TestDb;
use crate::test_flow::open_trial;
use serde_json::{Value, json};
use server::{Actor, AppState, Config, Error, Store, Vault, access::actor::Membership, cases::ActionResult};
use shared::{
    Problem,
    account::Role,
    ids::{AccountId, OrganisationId, PersonId},
};
use sqlx::{Connection, PgConnection};
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

/// A city with its database and people. Its clock is stopped.
pub struct SmallCity {
    pub db: TestDb,
    pub state: AppState,
    pub organisation: OrganisationId,
    pub elsewhere: OrganisationId,
    pub resident: Actor,
    pub neighbour: Actor,
    pub caseworker: Actor,
    pub colleague: Actor,
    pub supervisor: Actor,
    pub chief: Actor,
    pub auditor: Actor,
    keys: AtomicU32,
}

/// A Monday of a month without holidays: the current day in tests of deadlines, so that their results depend neither on the
/// real day nor on the published calendars.
pub const IN_MARCH: &str = "2026-03-02";

/// The clock offset that makes it noon of a day.
async fn offset_to_noon(db: &TestDb, day: &str) -> String {
    sqlx::query_scalar(
        "SELECT extract(epoch FROM ($1::text::timestamp AT TIME ZONE 'Asia/Shanghai') - huimin_now())::bigint || ' seconds'",
    )
    .bind(format!("{day} 12:00"))
    .fetch_one(&db.owner)
    .await
    .unwrap()
}

impl SmallCity {
    pub async fn new() -> Self {
        let db = TestDb::new().await;
        db.stop_clock().await;
        let folder = std::env::temp_dir().join(format!("huimin-test-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let keyring = folder.join("keys.json");
        Vault::init(&keyring).unwrap();
        let store = Store::from_pool(db.app(16), Vault::open_keyring(&keyring).unwrap()).with(crate::test_flow::LIVES);
        let city = AppState::new(store, Config::demo(folder));
        let (organisation, elsewhere, city_office) = (
            office(&db, "civil", "department").await,
            office(&db, "labour", "department").await,
            office(&db, "city", "city").await,
        );
        Self {
            resident: person(&db).await,
            neighbour: person(&db).await,
            caseworker: staff(&db, "王经办", organisation, Role::Caseworker).await,
            colleague: staff(&db, "李经办", organisation, Role::Caseworker).await,
            supervisor: staff(&db, "赵审批", organisation, Role::Supervisor).await,
            chief: staff(&db, "陈审批", organisation, Role::Supervisor).await,
            auditor: staff(&db, "周审计", city_office, Role::Auditor).await,
            db,
            state: city,
            organisation,
            elsewhere,
            keys: AtomicU32::new(0),
        }
    }

    /// The fixture at noon of [`IN_MARCH`].
    pub async fn in_march() -> Self {
        let mut fixture = Self::new().await;
        fixture.state = fixture.on(IN_MARCH).await;
        fixture
    }

    pub fn store(&self) -> &Store {
        &self.state.store
    }

    /// The city at noon of a day, independent of the real day.
    pub async fn on(&self, day: &str) -> AppState {
        AppState::new(self.store().with_clock_offset(&offset_to_noon(&self.db, day).await), (*self.state.config).clone())
    }

    pub fn key(&self) -> String {
        format!("key-{:08}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Opens a case of the resident.
    pub async fn case(&self) -> String {
        self.case_in(self.store()).await
    }

    pub async fn case_in(&self, store: &Store) -> String {
        open_trial(store, &self.resident, self.resident.person.unwrap(), self.organisation).await.unwrap()
    }

    /// Performs an action with a new idempotency key and the current version of the case.
    pub async fn act(&self, actor: &Actor, number: &str, action: &str) -> Result<ActionResult, Problem> {
        self.act_in(self.store(), actor, number, action).await
    }

    pub async fn act_in(&self, store: &Store, actor: &Actor, number: &str, action: &str) -> Result<ActionResult, Problem> {
        let version = self.version(number).await;
        self.with(store, actor, number, action, Some(version), &self.key(), json!({})).await
    }

    #[expect(clippy::too_many_arguments, reason = "a test passes every parameter explicitly")]
    pub async fn with(
        &self,
        store: &Store,
        actor: &Actor,
        number: &str,
        action: &str,
        version: Option<i32>,
        key: &str,
        input: Value,
    ) -> Result<ActionResult, Problem> {
        match crate::act::perform(store, actor, crate::act::ActRequest { number, action, version, key, input }).await {
            Ok(done) => Ok(done),
            Err(Error::Problem(problem)) => Err(problem),
            Err(other) => panic!("{other}"),
        }
    }

    pub async fn version(&self, number: &str) -> i32 {
        sqlx::query_scalar("SELECT version FROM cases WHERE number = $1").bind(number).fetch_one(&self.db.owner).await.unwrap()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.db.owner).await.unwrap()
    }

    /// The actions of the case's events, in order.
    pub async fn record(&self, number: &str) -> Vec<String> {
        sqlx::query_scalar("SELECT e.action FROM event e JOIN cases c ON c.id = e.case_id WHERE c.number = $1 ORDER BY e.seq")
            .bind(number.to_owned())
            .fetch_all(&self.db.owner)
            .await
            .unwrap()
    }

    /// Executes statements as the database superuser, to whom no permissions apply.
    pub async fn superuser(&self, statements: &'static str) {
        let mut connection = PgConnection::connect(&self.db.superuser_url).await.unwrap();
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    }
}

impl Drop for SmallCity {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.state.config.data_dir);
    }
}

async fn office(db: &TestDb, code: &str, kind: &str) -> OrganisationId {
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO organisation (id, code, kind, name_zh, name_en) VALUES ($1, $2, $3, $2, $2)")
        .bind(id)
        .bind(code)
        .bind(kind)
        .execute(&db.owner)
        .await
        .unwrap();
    id.into()
}

async fn account(db: &TestDb, person: Option<PersonId>, staff_name: Option<&str>) -> AccountId {
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO account (id, email_index, password_hash, person_id, staff_name) VALUES ($1, $2, '', $3, $4)")
        .bind(id)
        .bind(id.as_bytes().to_vec())
        .bind(person.map(PersonId::uuid))
        .bind(staff_name)
        .execute(&db.owner)
        .await
        .unwrap();
    id.into()
}

pub async fn person(db: &TestDb) -> Actor {
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index) VALUES ($1, '', '', $2)")
        .bind(id)
        .bind(id.as_bytes().to_vec())
        .execute(&db.owner)
        .await
        .unwrap();
    Actor { account: Some(account(db, Some(id.into()), None).await), person: Some(id.into()), ..Actor::default() }
}

pub async fn staff(db: &TestDb, name: &str, organisation: OrganisationId, role: Role) -> Actor {
    let id = account(db, None, Some(name)).await;
    sqlx::query("INSERT INTO membership (id, account_id, organisation_id, role) VALUES ($1, $2, $3, $4)")
        .bind(Uuid::now_v7())
        .bind(id.uuid())
        .bind(organisation.uuid())
        .bind(role.code())
        .execute(&db.owner)
        .await
        .unwrap();
    Actor { account: Some(id), memberships: vec![Membership { organisation, role }], second_factor: true, ..Actor::default() }
}
