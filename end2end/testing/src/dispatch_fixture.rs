//! Test fixture for dispatch: two centres, the city's duty desk, an elder with a care profile and contacts, a daughter, responders.
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

use crate::{
    act,
    small_city::{SmallCity, person, staff},
};
use serde_json::Value;
use server::{
    Actor, AppState, Store, Task,
    care::{
        CITY_DESK,
        dispatch::board::board,
        intake::raise::{Caller, Press, raise},
    },
    cases::ActionResult,
    store::new_id,
};
use shared::{
    Problem,
    account::{ResidentId, Role},
    care::{
        board::{Board, BoardFilter},
        geo::Fix,
        press::PressBody,
        profile::{Contact, Profile},
    },
    ids::{AccountId, OrganisationId},
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

pub struct DispatchFixture {
    pub fixture: SmallCity,
    pub centre: OrganisationId,
    pub dispatcher: Actor,
    pub colleague: Actor,
    pub chief: Actor,
    pub neighbour: Actor,
    /// A member of the city's duty desk, where calls of unknown people arrive, and of the elder's centre.
    pub duty: Actor,
    pub duty_colleague: Actor,
    /// A member of the duty desk only.
    pub duty_stranger: Actor,
    pub responder: Actor,
    pub second: Actor,
    pub elder: Actor,
    pub daughter: Actor,
}

/// Creates a member of the elder's centre and of the duty desk.
async fn staff_of_both(fixture: &SmallCity, name: &str, centre: OrganisationId) -> Actor {
    let mut actor = staff(&fixture.db, name, CITY_DESK, Role::Dispatcher).await;
    sqlx::query("INSERT INTO membership (id, account_id, organisation_id, role) VALUES ($1, $2, $3, 'dispatcher')")
        .bind(Uuid::now_v7())
        .bind(actor.account.map(AccountId::uuid))
        .bind(centre.uuid())
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    actor.memberships.push(server::access::actor::Membership { organisation: centre, role: Role::Dispatcher });
    actor
}

impl DispatchFixture {
    pub async fn new() -> Self {
        let fixture = SmallCity::new().await;
        let (centre, next) = (new_id::<OrganisationId>(), new_id::<OrganisationId>());
        for (id, code, district) in [(centre, "dispatch-a", "420106"), (next, "dispatch-b", "420111")] {
            sqlx::query("INSERT INTO district (code, name_zh, name_en) VALUES ($1, $1, $1)")
                .bind(district)
                .execute(&fixture.db.owner)
                .await
                .unwrap();
            sqlx::query(
                "INSERT INTO organisation (id, code, kind, district, name_zh, name_en) VALUES ($1, $2, 'centre', $3, $2, $2)",
            )
            .bind(id.uuid())
            .bind(code)
            .bind(district)
            .execute(&fixture.db.owner)
            .await
            .unwrap();
        }
        let sql = format!(
            "INSERT INTO care_centre (organisation_id, neighbour_id, latitude, longitude) VALUES ('{centre}', '{next}', 30.5, 114.3), ('{next}', '{centre}', 30.6, 114.3);
             INSERT INTO care_policy (id, organisation_id, version, steps)
             SELECT gen_random_uuid(), '{centre}', 1, steps FROM care_policy WHERE organisation_id = '{CITY_DESK}'"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&fixture.db.owner).await.unwrap();
        let desk = Self {
            dispatcher: staff(&fixture.db, "调度甲", centre, Role::Dispatcher).await,
            colleague: staff(&fixture.db, "调度乙", centre, Role::Dispatcher).await,
            chief: staff(&fixture.db, "值班长", centre, Role::ChiefDispatcher).await,
            neighbour: staff(&fixture.db, "邻近调度", next, Role::Dispatcher).await,
            duty: staff_of_both(&fixture, "城市甲", centre).await,
            duty_colleague: staff_of_both(&fixture, "城市乙", centre).await,
            duty_stranger: staff(&fixture.db, "城市丙", CITY_DESK, Role::Dispatcher).await,
            responder: staff(&fixture.db, "救援甲", centre, Role::Responder).await,
            second: staff(&fixture.db, "救援乙", centre, Role::Responder).await,
            elder: fixture.resident.clone(),
            daughter: person(&fixture.db).await,
            fixture,
            centre,
        };
        desk.store_profile().await;
        desk
    }

    async fn store_profile(&self) {
        let person = self.elder.person.unwrap();
        let home = Fix::new(30.55, 114.31, None, jiff::Timestamp::UNIX_EPOCH);
        let profile =
            Profile {
                conditions: "高血压".into(), address: "武汉市武昌区粮道街8号".into(), home, ..Profile::default()
            };
        let contact = Contact { name: "王秀兰".into(), phone: "13812345678".into(), relation: "女儿".into() };
        let id = Uuid::now_v7();
        let tx = self.store().write(&Actor::system(Task::Operation)).await.unwrap();
        let key = tx.person_key(person).await.unwrap();
        tx.run(
            "INSERT INTO care_profile (person_id, centre_id, sealed) VALUES ($1, $2, $3)",
            [person.into(), self.centre.into(), key.seal_json("care_profile", person, &profile).unwrap().into()],
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO care_contact (id, person_id, place, account_id, key_holder, sealed) VALUES ($1, $2, 1, $3, true, $4)",
            [id.into(), person.into(), self.daughter.account.into(), key.seal_json("care_contact", id, &contact).unwrap().into()],
        )
        .await
        .unwrap();
        let resident_id = ResidentId::compose("420106", jiff::civil::date(1943, 10, 1), 0).unwrap();
        let seal = |context: &str, text: &str| self.store().vault.seal(context, person, text.as_bytes()).unwrap();
        tx.run(
            "UPDATE person SET name_sealed = $2, resident_id_sealed = $3 WHERE id = $1",
            [person.into(), seal("person.name", "陈桂英").into(), seal("person.resident_id", resident_id.as_str()).into()],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    pub fn store(&self) -> &Store {
        &self.fixture.state.store
    }

    pub fn with_clock_offset(&self, interval: &str) -> AppState {
        AppState::new(self.store().with_clock_offset(interval), (*self.fixture.state.config).clone())
    }

    fn body() -> PressBody {
        let secret = Uuid::new_v4().simple().to_string();
        PressBody { id: Uuid::new_v4().into(), secret, callback: None, words: None, fix: None, for_person: None }
    }

    /// Raises a call of the elder.
    pub async fn raise(&self) -> String {
        self.raise_in(&self.fixture.state).await
    }

    pub async fn raise_in(&self, city: &AppState) -> String {
        let fix = Fix::new(30.56, 114.31, Some(15.0), jiff::Timestamp::from_second(1_700_000_000).unwrap());
        let body = PressBody { fix, ..Self::body() };
        raise(city, Press { body, who: Caller::Signed(self.elder.clone()) }).await.unwrap().number
    }

    /// Raises a call of an unknown person.
    pub async fn raise_anonymous(&self, callback: &str, words: &str) -> String {
        let words = Some(words.to_owned()).filter(|w| !w.is_empty());
        let body = PressBody { callback: Some(callback.to_owned()), words, ..Self::body() };
        raise(&self.fixture.state, Press { body, who: Caller::Anonymous }).await.unwrap().number
    }

    pub async fn act(&self, who: &Actor, number: &str, action: &str, input: Value) -> Result<ActionResult, Problem> {
        self.act_in(self.store(), who, number, action, input).await
    }

    pub async fn act_in(
        &self,
        store: &Store,
        who: &Actor,
        number: &str,
        action: &str,
        input: Value,
    ) -> Result<ActionResult, Problem> {
        let (version, key) = (self.fixture.version(number).await, self.fixture.key());
        act::or_problem(
            act::perform(store, who, act::ActRequest { number, action, version: Some(version), key: &key, input }).await,
        )
    }

    pub async fn board(&self, who: &Actor) -> Board {
        board(self.store(), who, &BoardFilter::default()).await.unwrap()
    }

    pub async fn exec(&self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.fixture.db.owner).await.unwrap();
    }

    pub async fn ask<T>(&self, sql: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.fixture.db.owner).await.unwrap()
    }

    pub async fn count(&self, from: &str) -> i64 {
        self.ask(&format!("SELECT count(*) FROM {from}")).await
    }

    pub async fn state(&self, number: &str) -> String {
        self.ask(&format!("SELECT state FROM cases WHERE number = '{number}'")).await
    }

    pub async fn assignee(&self, number: &str) -> Option<AccountId> {
        let assignee: Option<Uuid> = self.ask(&format!("SELECT assignee_id FROM cases WHERE number = '{number}'")).await;
        assignee.map(AccountId)
    }

    pub async fn record(&self, number: &str) -> Vec<String> {
        self.fixture.record(number).await
    }

    /// Adds the neighbouring centre and the elder's to the call.
    pub async fn join(&self, number: &str) {
        let neighbour = self.neighbour.memberships[0].organisation;
        let centre = self.centre;
        self.exec(format!("UPDATE cases SET joined = ARRAY['{neighbour}', '{centre}']::uuid[] WHERE number = '{number}'")).await;
    }

    /// Adds an account to the helpers of the call.
    pub async fn help(&self, number: &str, who: &Actor) {
        let account = who.account.unwrap();
        self.exec(format!("UPDATE cases SET helpers = helpers || '{account}'::uuid WHERE number = '{number}'")).await;
    }

    /// Alerts an account as family; it becomes a helper of the call.
    pub async fn page(&self, number: &str, who: &Actor) {
        self.help(number, who).await;
        let account = who.account.unwrap();
        self.exec(format!(
            "INSERT INTO care_alert (id, case_id, round, step, target, account_id, due_at)
             SELECT gen_random_uuid(), id, 0, 1, 'family', '{account}', huimin_now() FROM cases WHERE number = '{number}'"
        ))
        .await;
    }

    /// Adds an offer to a responder; `outcome` is a list of SQL assignments.
    pub async fn offer(&self, number: &str, who: &Actor, outcome: &str) {
        let account = who.account.unwrap();
        self.help(number, who).await;
        self.exec(format!(
            "INSERT INTO care_offer (id, case_id, responder_id) SELECT gen_random_uuid(), id, '{account}' FROM cases WHERE number = '{number}';
             UPDATE care_offer SET {outcome} WHERE responder_id = '{account}'"
        ))
        .await;
    }

    /// Sets the responder on the way, or on scene.
    pub async fn set_responding(&self, number: &str, on_scene: bool) {
        let (state, outcome) = if on_scene {
            ("on_scene", "accepted_at = huimin_now(), set_out_at = huimin_now(), arrived_at = huimin_now()")
        } else {
            ("dispatched", "accepted_at = huimin_now()")
        };
        self.offer(number, &self.responder, outcome).await;
        self.exec(format!(
            "UPDATE cases SET state = '{state}' WHERE number = '{number}';
             UPDATE care_call SET next_step_at = NULL, dispatched_at = huimin_now()"
        ))
        .await;
    }
}
