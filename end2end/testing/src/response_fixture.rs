//! Test fixture for responses: a centre with its dispatcher and responders, an elder with a care profile, and their calls.
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
    reason = "a test fixture may panic"
)]

use crate::{
    act,
    small_city::{self, SmallCity},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use server::{
    Actor, AppState, Store, Task,
    care::{
        dispatch::suggest::{Suggestions, suggest_for},
        response::responders,
    },
    cases::{self, ActionResult, CaseRow},
    store::new_id,
};
use shared::{
    Problem,
    account::Role,
    care::{geo::Fix, profile::Profile, ranking::RankingRequest, respond::RespondPage},
    ids::{AccountId, OrganisationId, PersonId},
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const HOME: (f64, f64) = (30.5560, 114.3160);

pub struct Staff {
    pub actor: Actor,
}

impl Staff {
    pub fn id(&self) -> AccountId {
        self.actor.account.unwrap()
    }
}

pub struct ResponseFixture {
    pub city: SmallCity,
    pub centre: OrganisationId,
    pub neighbour_centre: OrganisationId,
    pub elder: PersonId,
    pub dispatcher: Staff,
}

pub fn names(found: &Suggestions) -> Vec<&str> {
    found.ranking.picks.iter().map(|p| p.name.as_str()).collect()
}

/// A position `metres` north of the elder's home, taken `seconds` from now.
pub fn north(metres: f64, seconds: i64) -> Fix {
    let now = Timestamp::from_second(time::OffsetDateTime::now_utc().unix_timestamp()).unwrap();
    let taken = now + SignedDuration::from_secs(seconds);
    Fix::new(HOME.0 + metres / 111_195.08, HOME.1, Some(20.0), taken).unwrap()
}

impl ResponseFixture {
    pub async fn new() -> Self {
        let city = SmallCity::new().await;
        let elder = city.resident.person.unwrap();
        let (centre, neighbour_centre) = (new_id::<OrganisationId>(), new_id::<OrganisationId>());
        let owner = &city.db.owner;
        sqlx::query("INSERT INTO district (code, name_zh, name_en) VALUES ('420106', '武昌区', 'Wuchang')")
            .execute(owner)
            .await
            .unwrap();
        // Both centres are stored in the same district: the fixture has only one.
        for (id, code) in [(centre, "dispatch-420106"), (neighbour_centre, "dispatch-420111")] {
            sqlx::query("INSERT INTO organisation (id, code, kind, district, name_zh, name_en) VALUES ($1, $2, 'centre', '420106', $2, $2)")
                .bind(id.uuid())
                .bind(code)
                .execute(owner)
                .await
                .unwrap();
            sqlx::query("INSERT INTO care_centre (organisation_id, latitude, longitude) VALUES ($1, 30.55, 114.3)")
                .bind(id.uuid())
                .execute(owner)
                .await
                .unwrap();
        }
        let dispatcher = Staff { actor: small_city::staff(&city.db, "调度", centre, Role::Dispatcher).await };
        let fixture = Self { city, centre, neighbour_centre, elder, dispatcher };
        fixture.store_profile().await;
        fixture
    }

    async fn store_profile(&self) {
        let store = self.city.store();
        let tx = store.write(&Actor::system(Task::Operation)).await.unwrap();
        let home = Some(north(0.0, 0));
        let languages = vec!["zh-x-wuhan".to_owned()];
        // "金丝雀" means canary: tests check that this text appears only where it may be seen.
        let profile =
            Profile {
                key_place: "金丝雀钥匙".into(), address: "洪山路 1 号".into(), languages, home, ..Profile::default()
            };
        let sealed = tx.person_key(self.elder).await.unwrap().seal_json("care_profile", self.elder, &profile).unwrap();
        let insert = "INSERT INTO care_profile (person_id, centre_id, sealed) VALUES ($1, $2, $3)";
        tx.run(insert, [self.elder.into(), self.centre.into(), sealed.into()]).await.unwrap();
        let name = store.vault.seal("person.name", self.elder, "陈桂英".as_bytes()).unwrap();
        tx.run("UPDATE person SET name_sealed = $2 WHERE id = $1", [self.elder.into(), name.into()]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Creates a call in this state, assigned to the dispatcher.
    pub async fn call(&self, state: &str) -> String {
        let store = self.city.store();
        let case = Uuid::now_v7();
        let number = format!("HJ-{}", case.simple()).to_uppercase();
        let tx = store.write(&Actor::system(Task::Emergency)).await.unwrap();
        tx.run(
            "INSERT INTO cases (id, number, kind, title_zh, title_en, subject_id, organisation_id, state, assignee_id, opened_at, changed_at)
             VALUES ($1, $2, 'sos', '紧急呼救', 'Emergency call', $3, $4, $5, $6, huimin_now(), huimin_now())",
            [case.into(), number.clone().into(), self.elder.into(), self.centre.into(), state.into(), self.dispatcher.id().into()],
        )
        .await
        .unwrap();
        let key = tx.person_key(self.elder).await.unwrap();
        tx.run(
            "INSERT INTO care_call (case_id, known, raised_at, policy_id, next_step_at, words, callback)
             VALUES ($1, true, huimin_now(), '00000000-0000-8000-8000-000000000121', huimin_now() + interval '90 seconds', $2, $3)",
            [
                case.into(),
                key.seal("care_call.words", case, "摔倒了".as_bytes()).unwrap().into(),
                key.seal("care_call.callback", case, b"13800001234").unwrap().into(),
            ],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        number
    }

    /// Creates a member of the centre with the responder role but without a responder profile.
    pub async fn member(&self, name: &str) -> Staff {
        Staff { actor: small_city::staff(&self.city.db, name, self.centre, Role::Responder).await }
    }

    /// Creates a responder on duty, `metres` from the elder's home.
    pub async fn responder(&self, name: &str, metres: f64) -> Staff {
        self.responder_of(self.centre, name, metres).await
    }

    pub async fn responder_of(&self, centre: OrganisationId, name: &str, metres: f64) -> Staff {
        let responder = Staff { actor: small_city::staff(&self.city.db, name, centre, Role::Responder).await };
        let position = north(metres, 0);
        sqlx::query(
            "INSERT INTO care_responder (account_id, organisation_id, skills, languages, mode, latitude, longitude, located_at)
             VALUES ($1, $2, '{first_aid}', '{}', 'moped', $3, $4, huimin_now() - interval '1 minute')",
        )
        .bind(responder.id().uuid())
        .bind(centre.uuid())
        .bind(position.lat)
        .bind(position.lon)
        .execute(&self.city.db.owner)
        .await
        .unwrap();
        self.set_duty(&responder, true).await;
        responder
    }

    pub async fn set_duty(&self, who: &Staff, on: bool) {
        sqlx::query(
            "INSERT INTO care_duty (account_id, on_duty) VALUES ($1, $2) ON CONFLICT (account_id) DO UPDATE SET on_duty = excluded.on_duty",
        )
        .bind(who.id().uuid())
        .bind(on)
        .execute(&self.city.db.owner)
        .await
        .unwrap();
    }

    pub async fn exec(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.city.db.owner).await.unwrap();
    }

    pub async fn query_text(&self, sql: &str) -> String {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.city.db.owner).await.unwrap()
    }

    pub fn with_clock_offset(&self, interval: &str) -> AppState {
        AppState::new(self.city.store().with_clock_offset(interval), (*self.city.state.config).clone())
    }

    pub async fn act(&self, who: &Staff, number: &str, action: &str, input: Value) -> Result<ActionResult, Problem> {
        self.act_in(self.city.store(), who, number, action, input).await
    }

    pub async fn act_in(
        &self,
        store: &Store,
        who: &Staff,
        number: &str,
        action: &str,
        input: Value,
    ) -> Result<ActionResult, Problem> {
        let key = self.city.key();
        act::or_problem(
            act::perform(store, &who.actor, act::ActRequest { number, action, version: None, key: &key, input }).await,
        )
    }

    /// Asks this responder, who accepts, sets out and arrives.
    pub async fn bring_on_scene(&self, number: &str, who: &Staff) {
        let input = serde_json::json!({ "responders": [who.id()] });
        self.act(&self.dispatcher, number, "dispatch", input).await.unwrap();
        for action in ["accept_offer", "set_out", "arrive"] {
            self.act(who, number, action, Value::Null).await.unwrap();
        }
    }

    /// The seconds until the next automatic step of the call, as text.
    pub async fn seconds_to_next_step(&self, number: &str) -> String {
        let remaining =
            "SELECT round(extract(epoch FROM next_step_at - huimin_now()))::text FROM care_call JOIN cases ON id = case_id";
        self.query_text(&format!("{remaining} WHERE number = '{number}'")).await
    }

    pub async fn case(&self, number: &str) -> CaseRow {
        let tx = self.city.store().read(&self.dispatcher.actor).await.unwrap();
        cases::find(&tx, &self.dispatcher.actor, number).await.unwrap()
    }

    /// The suggestions for the dispatcher, and the number of statements they needed.
    pub async fn suggest(&self, number: &str, request: RankingRequest) -> (Suggestions, usize) {
        let case = self.case(number).await;
        let tx = self.city.store().read(&self.dispatcher.actor).await.unwrap();
        let before = self.city.store().statements();
        let suggestions = suggest_for(&tx, &self.dispatcher.actor, &case, request).await.unwrap();
        (suggestions, self.city.store().statements() - before)
    }

    pub async fn page(&self, who: &Staff) -> RespondPage {
        responders::page(self.city.store(), &who.actor).await.unwrap()
    }
}
