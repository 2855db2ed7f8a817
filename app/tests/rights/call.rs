//! Creates the owner's emergency call with its canaries, in a dispatch centre of its own, and the roles around it.

use serde_json::json;
use server::{
    Actor, Task,
    access::actor::Membership,
    care::intake::raise::{Caller, Press, raise},
    store::new_id,
};
use shared::{
    account::Role,
    care::{
        geo::Fix,
        press::PressBody,
        profile::{Contact, Profile},
    },
    ids::{AccountId, OrganisationId},
};
use testing::test_city::TestCity;
use uuid::Uuid;

/// The actors around the call, those without a part in it, and values for the placeholders.
pub struct Planted {
    pub dispatcher: Actor,
    pub other_dispatcher: Actor,
    pub responder: Actor,
    pub other_responder: Actor,
    pub family: Actor,
    pub placeholders: Vec<(&'static str, String)>,
}

async fn exec(fixture: &TestCity, sql: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&fixture.db.owner).await.unwrap();
}

async fn account(fixture: &TestCity, name: Option<&str>) -> AccountId {
    let id = Uuid::now_v7();
    let email = fixture.store().vault.seal("account.email", id, format!("{id}@demo.huimin.example").as_bytes()).unwrap();
    sqlx::query("INSERT INTO account (id, email_index, email_sealed, password_hash, staff_name) VALUES ($1, $2, $3, '', $4)")
        .bind(id)
        .bind(id.as_bytes().to_vec())
        .bind(email)
        .bind(name)
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    id.into()
}

async fn staff(fixture: &TestCity, name: &str, organisation: OrganisationId, role: Role) -> Actor {
    let id = account(fixture, Some(name)).await;
    let code = role.code();
    exec(
        fixture,
        format!("INSERT INTO membership (id, account_id, organisation_id, role) VALUES (gen_random_uuid(), '{id}', '{organisation}', '{code}')"),
    )
    .await;
    Actor { account: Some(id), memberships: vec![Membership { organisation, role }], second_factor: true, ..Actor::default() }
}

impl Planted {
    pub async fn new(fixture: &TestCity, owner: &Actor) -> Self {
        let (centre, other) = (new_id::<OrganisationId>(), new_id::<OrganisationId>());
        for (id, code) in [(centre, "matrix-a"), (other, "matrix-b")] {
            exec(
                fixture,
                format!(
                    "INSERT INTO organisation (id, code, kind, name_zh, name_en) VALUES ('{id}', '{code}', 'centre', '{code}', '{code}');
                     INSERT INTO care_centre (organisation_id, latitude, longitude) VALUES ('{id}', 30.5, 114.3);
                     INSERT INTO care_policy (id, organisation_id, version, steps)
                     SELECT gen_random_uuid(), '{id}', 1, steps FROM care_policy WHERE id = '00000000-0000-8000-8000-000000000121'"
                ),
            )
            .await;
        }
        let mut planted = Self {
            dispatcher: staff(fixture, "值班长", centre, Role::ChiefDispatcher).await,
            other_dispatcher: staff(fixture, "别处调度", other, Role::Dispatcher).await,
            responder: staff(fixture, "救援甲", centre, Role::Responder).await,
            other_responder: staff(fixture, "救援乙", centre, Role::Responder).await,
            family: Actor { account: Some(account(fixture, None).await), ..Actor::default() },
            placeholders: Vec::new(),
        };
        planted.store_profile(fixture, owner, centre).await;
        planted.raise_call(fixture, owner, centre).await;
        planted
    }

    /// Stores the care profile and the emergency contact of the owner.
    async fn store_profile(&self, fixture: &TestCity, owner: &Actor, centre: OrganisationId) {
        let (person, id) = (owner.person.unwrap(), Uuid::now_v7());
        let profile = Profile { conditions: "金丝雀病史".into(), address: "金丝雀路1号".into(), ..Profile::default() };
        let contact = Contact { name: "王小妹".into(), phone: "13812340009".into(), relation: "侄女".into() };
        let tx = fixture.store().write(&Actor::system(Task::Operation)).await.unwrap();
        let key = tx.person_key(person).await.unwrap();
        tx.run("DELETE FROM care_contact WHERE person_id = $1", [person.into()]).await.unwrap();
        tx.run(
            "INSERT INTO care_profile (person_id, centre_id, sealed) VALUES ($1, $2, $3)
             ON CONFLICT (person_id) DO UPDATE SET centre_id = excluded.centre_id, sealed = excluded.sealed",
            [person.into(), centre.into(), key.seal_json("care_profile", person, &profile).unwrap().into()],
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO care_contact (id, person_id, place, account_id, sealed) VALUES ($1, $2, 1, $3, $4)",
            [id.into(), person.into(), self.family.account.into(), key.seal_json("care_contact", id, &contact).unwrap().into()],
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// Raises the call: pressed by the owner, the family alerted, answered, with a note and a responder who goes.
    async fn raise_call(&mut self, fixture: &TestCity, owner: &Actor, centre: OrganisationId) {
        let body = PressBody {
            id: Uuid::new_v4().into(),
            secret: Uuid::new_v4().simple().to_string(),
            callback: Some("13812340008".to_owned()),
            words: Some("金丝雀呼救".to_owned()),
            fix: Fix::new(30.55, 114.31, None, jiff::Timestamp::from_second(1_700_000_000).unwrap()),
            for_person: None,
        };
        let raised = raise(&fixture.state, Press { body, who: Caller::Signed(owner.clone()) }).await.unwrap();
        let (number, case, person) = (raised.number, raised.case, owner.person.unwrap());
        fixture.act(&self.dispatcher, &number, "answer", json!({})).await.unwrap();
        fixture.act(&self.dispatcher, &number, "note", json!({ "note": "金丝雀调度备注" })).await.unwrap();
        let [dispatcher, responder, family] =
            [&self.dispatcher, &self.responder, &self.family].map(|who| who.account.unwrap().to_string());
        exec(
            fixture,
            format!(
                "UPDATE cases SET helpers = ARRAY['{family}', '{responder}']::uuid[], state = 'dispatched' WHERE id = '{case}';
                 UPDATE care_call SET next_step_at = NULL, dispatched_at = huimin_now() WHERE case_id = '{case}';
                 INSERT INTO care_alert (id, case_id, round, step, target, account_id, due_at)
                 VALUES (gen_random_uuid(), '{case}', 0, 1, 'family', '{family}', huimin_now());
                 INSERT INTO care_responder (account_id, organisation_id, mode) VALUES ('{responder}', '{centre}', 'moped');
                 INSERT INTO care_offer (id, case_id, responder_id, accepted_at) VALUES (gen_random_uuid(), '{case}', '{responder}', huimin_now());
                 INSERT INTO care_duty (account_id, on_duty) VALUES ('{dispatcher}', true);
                 INSERT INTO care_rota (id, organisation_id, account_id, weekday, from_minute, to_minute)
                 VALUES (gen_random_uuid(), '{centre}', '{dispatcher}', 1, 0, 60);
                 INSERT INTO care_device (id, person_id, kind, label, secret_hash, expires_at)
                 VALUES (gen_random_uuid(), '{person}', 'button', 'x', '\\x01', huimin_now() + interval '1 year');"
            ),
        )
        .await;
        self.placeholders = vec![
            ("$call_id", case.to_string()),
            ("$call", number),
            ("$centre", centre.to_string()),
            ("$contact", fixture.ask(&format!("SELECT id::text FROM care_contact WHERE person_id = '{person}'")).await),
            ("$device", fixture.ask(&format!("SELECT id::text FROM care_device WHERE person_id = '{person}' LIMIT 1")).await),
            ("$dispatcher", dispatcher),
            ("$responder", responder),
        ];
    }
}
