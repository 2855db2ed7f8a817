//! Test fixture for escalation: a district centre with a neighbour, the city's duty desk, staff on duty, and an elder with contacts.

use cluster::Role as DbRole;
use server::{
    Actor, AppState, Config, Store, Task,
    care::{
        CITY_DESK,
        escalation::{engine, policy, timer},
        response::duty,
        test_support,
    },
};
use shared::{
    account::Role,
    care::{
        duty::DutyStatement,
        escalation::{PolicyStep, Target},
    },
    ids::{AccountId, CaseId, ContactId, OrganisationId, PersonId},
};
use sqlx::AssertSqlSafe;
use testing::TestDb;
use testing::edge_fixture::Folder;
use testing::small_city::person;
use testing::small_city::staff;
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) struct EscalationFixture {
    pub(crate) db: TestDb,
    pub(crate) state: AppState,
    pub(crate) centre: OrganisationId,
    pub(crate) neighbour: OrganisationId,
    pub(crate) dispatcher: Actor,
    pub(crate) chief: Actor,
    pub(crate) next_door: Actor,
    pub(crate) desk: Actor,
    pub(crate) medic: Actor,
    pub(crate) elder: PersonId,
    /// An emergency contact with an account.
    pub(crate) daughter: AccountId,
    /// The start of the test's seconds: the moment at which the city clock is stopped, if it is.
    zero: OffsetDateTime,
    _folder: Folder,
}

/// A recipient of a step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alerted {
    pub(crate) round: i32,
    pub(crate) step: i32,
    pub(crate) target: String,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) contact: bool,
    /// The due time in seconds after zero.
    pub(crate) due: i64,
}

pub(crate) fn step(targets: &[Target], delay_seconds: u32) -> PolicyStep {
    PolicyStep { targets: targets.to_vec(), delay_seconds }
}

impl EscalationFixture {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A fixture with the city clock stopped, so that only [`EscalationFixture::at`] moves it.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let db = TestDb::new().await;
        db.stop_clock().await;
        Self::over(db, change).await
    }

    /// A fixture with a running clock, for tests of the engine as a process.
    pub(crate) async fn running() -> Self {
        Self::over(TestDb::new().await, |_| {}).await
    }

    async fn over(db: TestDb, change: impl FnOnce(&mut Config)) -> Self {
        let folder = Folder::new();
        let store = Store::connect(db.options(DbRole::App), 16, folder.vault()).await.unwrap().with(testing::test_flow::LIVES);
        let mut config = Config::demo(folder.0.clone());
        change(&mut config);
        let city = AppState::new(store, config);
        let (centre, neighbour) = (centre(&db, "dispatch-1", None).await, centre(&db, "dispatch-2", None).await);
        sqlx::query("UPDATE care_centre SET neighbour_id = $2 WHERE organisation_id = $1")
            .bind(centre.uuid())
            .bind(neighbour.uuid())
            .execute(&db.owner)
            .await
            .unwrap();
        let dispatcher = staff(&db, "调度一", centre, Role::Dispatcher).await;
        let chief = staff(&db, "值班长", centre, Role::ChiefDispatcher).await;
        let next_door = staff(&db, "邻区调度", neighbour, Role::Dispatcher).await;
        let desk = staff(&db, "市值班", CITY_DESK, Role::Dispatcher).await;
        let medic = staff(&db, "社区医生", centre, Role::Responder).await;
        sqlx::query(
            "INSERT INTO care_responder (account_id, organisation_id, skills, mode) VALUES ($1, $2, ARRAY['nurse'], 'walk')",
        )
        .bind(medic.account.map(AccountId::uuid))
        .bind(centre.uuid())
        .execute(&db.owner)
        .await
        .unwrap();
        let zero: OffsetDateTime = sqlx::query_scalar("SELECT huimin_now()").fetch_one(&db.owner).await.unwrap();
        let elder = elder(&db, &city).await;
        let daughter = person(&db).await.account.unwrap();
        let fixture = Self {
            db,
            state: city,
            centre,
            neighbour,
            dispatcher,
            chief,
            next_door,
            desk,
            medic,
            elder,
            daughter,
            zero,
            _folder: folder,
        };
        fixture.contact(1, Some(fixture.daughter), "13800001111").await;
        fixture.contact(2, None, "13800002222").await;
        for actor in [&fixture.dispatcher, &fixture.next_door, &fixture.desk, &fixture.medic] {
            fixture.duty(actor, DutyStatement::On).await;
        }
        fixture
    }

    pub(crate) async fn contact(&self, place: i16, account: Option<AccountId>, phone: &str) -> ContactId {
        let id = Uuid::now_v7();
        let tx = self.state.store.write(&Actor::system(Task::Emergency)).await.unwrap();
        let key = tx.person_key(self.elder).await.unwrap();
        let sealed = key
            .seal_json("care_contact", id, &serde_json::json!({ "name": "联系人", "phone": phone, "relation": "child" }))
            .unwrap();
        tx.commit().await.unwrap();
        sqlx::query("INSERT INTO care_contact (id, person_id, place, account_id, sealed) VALUES ($1, $2, $3, $4, $5)")
            .bind(id)
            .bind(self.elder.uuid())
            .bind(place)
            .bind(account.map(AccountId::uuid))
            .bind(sealed)
            .execute(&self.db.owner)
            .await
            .unwrap();
        id.into()
    }

    pub(crate) async fn duty(&self, who: &Actor, said: DutyStatement) {
        duty::set_duty(&self.state.store, who, said).await.unwrap();
    }

    /// The city `seconds` after zero.
    pub(crate) fn at(&self, seconds: f64) -> AppState {
        let mut city = self.state.clone();
        city.store = city.store.with_clock_offset(&format!("{seconds} seconds"));
        city
    }

    /// Runs the engine once at that time. Returns the number of executed steps.
    pub(crate) async fn tick(&self, seconds: f64) -> usize {
        engine::tick(&self.at(seconds)).await.unwrap()
    }

    /// Publishes a policy of the centre.
    pub(crate) async fn publish(&self, steps: &[PolicyStep]) {
        let tx = self.state.store.read(&self.chief).await.unwrap();
        let latest = policy::latest(&tx, self.centre).await.unwrap();
        let own = sqlx::query_scalar("SELECT EXISTS (SELECT FROM care_policy WHERE organisation_id = $1)")
            .bind(self.centre.uuid())
            .fetch_one(&self.db.owner)
            .await
            .unwrap();
        let seen = if own { latest.version } else { 0 };
        policy::publish(&self.state, &self.chief, self.centre, steps, 120, seen).await.unwrap();
    }

    /// Raises a call of the elder with its first step due at zero.
    pub(crate) async fn ring(&self) -> (CaseId, String) {
        let (case, number) = test_support::open_ringing_call(&self.state.store, self.elder, self.centre).await.unwrap();
        self.make_due(case).await;
        (case, number)
    }

    pub(crate) async fn make_due(&self, case: CaseId) {
        sqlx::query("UPDATE care_call SET raised_at = $2, next_step_at = $2 WHERE case_id = $1")
            .bind(case.uuid())
            .bind(self.zero)
            .execute(&self.db.owner)
            .await
            .unwrap();
    }

    /// Answers the call in the tables, as the handler of answers does.
    pub(crate) async fn answer(&self, case: CaseId, seconds: f64) {
        sqlx::query("UPDATE cases SET state = 'answered', assignee_id = $2 WHERE id = $1")
            .bind(case.uuid())
            .bind(self.dispatcher.account.map(AccountId::uuid))
            .execute(&self.db.owner)
            .await
            .unwrap();
        let tx = self.at(seconds).store.write(&self.dispatcher).await.unwrap();
        tx.run("UPDATE care_call SET answered_at = huimin_now() WHERE case_id = $1", [case.into()]).await.unwrap();
        timer::postpone(&tx, case).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn alerts(&self, case: CaseId) -> Vec<Alerted> {
        let rows: Vec<(i32, i32, String, Option<Uuid>, bool, i64)> = sqlx::query_as(
            "SELECT round, step, target, account_id, contact_id IS NOT NULL AS contact,
                    round(extract(epoch FROM due_at - $2))::bigint AS due
               FROM care_alert WHERE case_id = $1 ORDER BY id",
        )
        .bind(case.uuid())
        .bind(self.zero)
        .fetch_all(&self.db.owner)
        .await
        .unwrap();
        rows.into_iter()
            .map(|(round, step, target, account, contact, due)| Alerted {
                round,
                step,
                target,
                account_id: account.map(AccountId),
                contact,
                due,
            })
            .collect()
    }

    /// The executed steps as (round, step, due seconds); rounds and steps count from 0.
    pub(crate) async fn steps(&self, case: CaseId) -> Vec<(i32, i32, i64)> {
        let mut steps: Vec<_> = self.alerts(case).await.into_iter().map(|p| (p.round, p.step, p.due)).collect();
        steps.dedup();
        steps
    }

    /// The due time of the next step, in seconds after zero.
    pub(crate) async fn next(&self, case: CaseId) -> Option<i64> {
        sqlx::query_scalar("SELECT round(extract(epoch FROM next_step_at - $2))::bigint FROM care_call WHERE case_id = $1")
            .bind(case.uuid())
            .bind(self.zero)
            .fetch_one(&self.db.owner)
            .await
            .unwrap()
    }

    pub(crate) async fn state(&self, case: CaseId) -> String {
        self.ask(&format!("SELECT state FROM cases WHERE id = '{case}'")).await
    }

    /// The actions of the call's events, in order.
    pub(crate) async fn record(&self, case: CaseId) -> Vec<String> {
        sqlx::query_scalar("SELECT action FROM event WHERE case_id = $1 ORDER BY seq")
            .bind(case.uuid())
            .fetch_all(&self.db.owner)
            .await
            .unwrap()
    }

    /// The facts of the last event.
    pub(crate) async fn facts(&self, case: CaseId) -> serde_json::Value {
        let text = self.ask(&format!("SELECT facts FROM event WHERE case_id = '{case}' ORDER BY seq DESC LIMIT 1")).await;
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn ask(&self, sql: &str) -> String {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.db.owner).await.unwrap()
    }

    pub(crate) async fn count(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.db.owner).await.unwrap()
    }

    pub(crate) async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.db.owner).await.unwrap();
    }

    pub(crate) async fn warned(&self, code: &str) -> bool {
        self.count(&format!("SELECT count(*) FROM operator_warning WHERE code = '{code}'")).await > 0
    }
}

async fn centre(db: &TestDb, code: &str, neighbour: Option<OrganisationId>) -> OrganisationId {
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO organisation (id, code, kind, name_zh, name_en) VALUES ($1, $2, 'centre', $2, $2)")
        .bind(id)
        .bind(code)
        .execute(&db.owner)
        .await
        .unwrap();
    sqlx::query("INSERT INTO care_centre (organisation_id, neighbour_id, latitude, longitude) VALUES ($1, $2, 30.5, 114.3)")
        .bind(id)
        .bind(neighbour.map(OrganisationId::uuid))
        .execute(&db.owner)
        .await
        .unwrap();
    id.into()
}

async fn elder(db: &TestDb, city: &AppState) -> PersonId {
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO person (id, name_sealed, resident_id_sealed, resident_id_index) VALUES ($1, $2, '', $3)")
        .bind(id)
        .bind(city.store.vault.seal("person.name", id, "陈桂英".as_bytes()).unwrap())
        .bind(id.as_bytes().to_vec())
        .execute(&db.owner)
        .await
        .unwrap();
    id.into()
}
