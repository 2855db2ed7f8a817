//! Tests emergency presses on a real Postgres, with the city clock moved: a press is never lost and never rejected.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

use futures::future::join_all;
use serde_json::json;
use server::{
    Actor, AppState, Store,
    care::{
        intake::{
            alarms::{AlarmOutcome, alarm},
            call_list,
            caller::{self, CallQuery},
            credential, devices, followed_call,
            raise::{Caller, Press, Raised, raise},
        },
        people::{contacts, profile},
    },
};
use shared::{
    Problem,
    care::{
        geo::Fix,
        press::{Phase, PressBody},
        profile::{Contact, Profile},
    },
    ids::PersonId,
};
use testing::test_city::{TestCity, problem};
use uuid::Uuid;

/// The demo city without care data: only the city's duty desk answers.
async fn city_without_care() -> TestCity {
    remove_care_data(TestCity::new().await).await
}

/// The same with one database connection for each concurrent press, so that none waits for the pool.
async fn city_without_care_with_connections(connections: u32) -> TestCity {
    remove_care_data(TestCity::with_connections(connections).await).await
}

async fn remove_care_data(fixture: TestCity) -> TestCity {
    sqlx::raw_sql(
        "DELETE FROM care_contact; DELETE FROM care_device; DELETE FROM care_profile;
         DELETE FROM care_policy WHERE organisation_id <> '00000000-0000-8000-8000-000000000120';
         DELETE FROM care_centre WHERE organisation_id <> '00000000-0000-8000-8000-000000000120';",
    )
    .execute(&fixture.db.owner)
    .await
    .unwrap();
    fixture
}

fn body() -> PressBody {
    let secret = Uuid::new_v4().simple().to_string();
    PressBody { id: Uuid::new_v4().into(), secret, callback: None, words: None, fix: None, for_person: None }
}

fn fix(lat: f64, lon: f64) -> Fix {
    Fix::new(lat, lon, Some(15.0), jiff::Timestamp::from_second(1_700_000_000).unwrap()).unwrap()
}

async fn press(city: &AppState, who: &Caller, body: &PressBody) -> Raised {
    raise(city, Press { body: body.clone(), who: who.clone() }).await.unwrap()
}

fn by_secret(body: &PressBody) -> CallQuery {
    CallQuery { key: Some(body.key()), number: None, who: Caller::Anonymous }
}

fn by_caller(who: &Caller) -> CallQuery {
    CallQuery { key: None, number: None, who: who.clone() }
}

/// The city some time later.
fn with_clock_offset(city: &AppState, interval: &str) -> AppState {
    let mut shifted = city.clone();
    shifted.store = city.store.with_clock_offset(interval);
    shifted
}

async fn browser(store: &Store, actor: &Actor) -> (String, Caller) {
    let token = credential::issue_to_browser(store, actor, None, "Chrome").await.unwrap().unwrap();
    let device = credential::find(store, &token).await.unwrap().unwrap();
    (token, Caller::by(device))
}

async fn state(fixture: &TestCity, number: &str) -> String {
    fixture.ask(&format!("SELECT state FROM cases WHERE number = '{number}'")).await
}

#[tokio::test]
async fn repeated_press_with_the_same_id_raises_one_call() {
    let fixture = city_without_care().await;
    let elder = Caller::Signed(fixture.elder().await);
    let pressed = body();
    let first = press(&fixture.state, &elder, &pressed).await;
    assert!(!first.again && first.press == pressed.id && first.number.starts_with("HJ-"));
    let repeated = press(&fixture.state, &elder, &pressed).await;
    assert_eq!(repeated, Raised { again: true, ..first.clone() });
    // The sender may differ: the session may have ended meanwhile.
    assert_eq!(press(&fixture.state, &Caller::Anonymous, &pressed).await, repeated);
    assert_eq!(fixture.count("care_press").await, 1);
    assert_eq!(fixture.ask("SELECT string_agg(action, ' ' ORDER BY seq) FROM event WHERE to_state = 'ringing'").await, "press");
    // The first escalation step is due immediately, under the latest policy of the answering desk.
    let due = "care_call WHERE next_step_at = raised_at AND step = 0 AND round = 0 AND known AND policy_id = '00000000-0000-8000-8000-000000000121'";
    assert_eq!(fixture.count(due).await, 1);
    let status = caller::status(&fixture.state, &by_secret(&pressed)).await.unwrap();
    assert_eq!((status.phase, status.reachable, status.placed), (Phase::Ringing, true, false));
}

#[tokio::test]
async fn same_id_with_another_secret_is_a_separate_press() {
    let fixture = city_without_care().await;
    let mine = body();
    let theirs = PressBody { secret: Uuid::new_v4().to_string(), ..mine.clone() };
    let first = press(&fixture.state, &Caller::Anonymous, &mine).await;
    let other = press(&fixture.state, &Caller::Anonymous, &theirs).await;
    assert!(other.number != first.number && other.press != mine.id && !other.again);
    assert_eq!(press(&fixture.state, &Caller::Anonymous, &theirs).await, Raised { again: true, ..other.clone() });
    for (body, number) in [(&mine, &first.number), (&theirs, &other.number)] {
        assert_eq!(&caller::status(&fixture.state, &by_secret(body)).await.unwrap().number, number);
    }
    let guessed = PressBody { secret: "0123456789abcdef".to_owned(), ..mine };
    assert_eq!(problem(caller::status(&fixture.state, &by_secret(&guessed)).await), Problem::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_presses_of_one_person_raise_one_call() {
    let fixture = city_without_care_with_connections(32).await;
    let elder = Caller::Signed(fixture.elder().await);
    let (_, device) = browser(fixture.store(), &fixture.elder().await).await;
    let presses: Vec<PressBody> = (0..16).map(|_| body()).collect();
    // Each press is sent twice, by the session and by the browser credential.
    let all = presses.iter().flat_map(|p| [(&elder, p), (&device, p)]).map(|(who, p)| press(&fixture.state, who, p));
    let raised = join_all(all).await;
    let number = &raised[0].number;
    assert!(raised.iter().all(|r| &r.number == number), "{raised:?}");
    assert_eq!(raised.iter().filter(|r| !r.again).count(), 1);
    assert_eq!(fixture.count("cases WHERE kind = 'sos'").await, 1);
    assert_eq!(fixture.count("care_press").await, 16);
    assert_eq!(fixture.count("event WHERE action = 'press_again'").await, 15);
    assert!(server::cases::audit::verify(&fixture.state).await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_presses_with_one_callback_number_raise_one_call() {
    let fixture = city_without_care_with_connections(32).await;
    let with = |number: &str| PressBody { callback: Some(number.to_owned()), ..body() };
    let presses: Vec<PressBody> = (0..32).map(|_| with("13812345678")).collect();
    let raised = join_all(presses.iter().map(|p| press(&fixture.state, &Caller::Anonymous, p))).await;
    assert!(raised.iter().all(|r| r.number == raised[0].number));
    assert_eq!(fixture.count("cases WHERE kind = 'sos'").await, 1);
    let other = press(&fixture.state, &Caller::Anonymous, &with("13987654321")).await;
    assert_ne!(other.number, raised[0].number);
    // Without a callback number, presses are not combined, but still accepted.
    let (one, two) = (body(), body());
    let (one, two) =
        (press(&fixture.state, &Caller::Anonymous, &one).await, press(&fixture.state, &Caller::Anonymous, &two).await);
    assert_ne!(one.number, two.number);
    assert_eq!(fixture.count("care_call WHERE NOT known").await, 4);
    // The callback number of a known person does not give access to their call.
    let elder = Caller::Signed(fixture.elder().await);
    let known = press(&fixture.state, &elder, &with("13700000000")).await;
    let guessed = press(&fixture.state, &Caller::Anonymous, &with("13700000000")).await;
    assert_ne!(known.number, guessed.number);
}

#[tokio::test]
async fn call_is_routed_by_profile_register_or_location() {
    let fixture = city_without_care().await;
    let centre = |district: &'static str, lat: f64, policies: &'static [i32]| {
        let of = format!("FROM organisation WHERE code = 'dispatch-{district}'");
        format!(
            "INSERT INTO organisation (id, code, kind, district, name_zh, name_en)
                 VALUES (gen_random_uuid(), 'dispatch-{district}', 'centre', '{district}', '调度中心', 'Dispatch') ON CONFLICT DO NOTHING;
             INSERT INTO care_centre (organisation_id, latitude, longitude) SELECT id, {lat}, 114.3 {of};
             INSERT INTO care_policy (id, organisation_id, version, steps)
                 SELECT gen_random_uuid(), id, version, '[]' FROM unnest(ARRAY{policies:?}::int4[]) version, (SELECT id {of}) o;"
        )
    };
    for sql in [centre("420106", 30.55, &[1, 2]), centre("420117", 30.84, &[1, 2]), centre("420102", 30.60, &[])] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&fixture.db.owner).await.unwrap();
    }
    let routed_to = async |raised: &Raised| {
        fixture
            .ask(&format!(
                "SELECT o.code || ' ' || v.version FROM cases c JOIN organisation o ON o.id = c.organisation_id
               JOIN care_call k ON k.case_id = c.id JOIN care_policy v ON v.id = k.policy_id WHERE c.number = '{}'",
                raised.number
            ))
            .await
    };
    // By the register, which is read for this purpose and logged.
    let elder = fixture.elder().await;
    let raised = press(&fixture.state, &Caller::Signed(elder.clone()), &body()).await;
    assert_eq!(routed_to(&raised).await, "dispatch-420106 2");
    assert_eq!(fixture.count("register_read WHERE purpose = 'emergency' AND fields = '{person.address.district}'").await, 1);
    caller::cancel(&fixture.state, &by_caller(&Caller::Signed(elder.clone()))).await.unwrap();
    // By the care profile, which has precedence.
    profile::save(fixture.store(), &elder, &Profile::default(), "420117").await.unwrap();
    let raised = press(&fixture.state, &Caller::Signed(elder.clone()), &body()).await;
    assert_eq!(routed_to(&raised).await, "dispatch-420117 2");
    // By the location of an unknown caller; a centre without a policy receives no calls.
    let at = |lat| PressBody { fix: Some(fix(lat, 114.3)), ..body() };
    assert_eq!(routed_to(&press(&fixture.state, &Caller::Anonymous, &at(30.56)).await).await, "dispatch-420106 2");
    assert_eq!(routed_to(&press(&fixture.state, &Caller::Anonymous, &at(30.605)).await).await, "dispatch-420106 2");
    assert_eq!(routed_to(&press(&fixture.state, &Caller::Anonymous, &at(39.9)).await).await, "dispatch-city 1");
    assert_eq!(routed_to(&press(&fixture.state, &Caller::Anonymous, &body()).await).await, "dispatch-city 1");
}

#[tokio::test]
async fn family_members_and_contacts_press_for_a_person() {
    let fixture = city_without_care().await;
    let elder = fixture.elder().await;
    let daughter = fixture.daughter().await;
    // Acting for her, naming her, or pressing herself: one call.
    let acting = press(&fixture.state, &Caller::Signed(daughter.clone()), &body()).await;
    let herself = Actor { acting_for: None, ..daughter.clone() };
    let naming = PressBody { for_person: elder.person, words: Some("妈妈摔倒了".to_owned()), ..body() };
    let (second, third) = (with_clock_offset(&fixture.state, "1 second"), with_clock_offset(&fixture.state, "2 seconds"));
    assert_eq!(press(&second, &Caller::Signed(herself.clone()), &naming).await.number, acting.number);
    assert_eq!(press(&third, &Caller::Signed(elder.clone()), &body()).await.number, acting.number);
    assert_eq!(
        fixture.ask("SELECT string_agg(source, ' ' ORDER BY at, id) FROM care_press").await,
        "family family resident",
        "each with its source"
    );
    let page = followed_call::call_page(fixture.store(), &elder, &acting.number).await.unwrap();
    assert_eq!(page.words.as_deref(), Some("妈妈摔倒了"));
    assert_eq!(page.timeline[0].actor_kind, "delegate");
    assert!(!page.may_answer && page.name == "陈桂英");

    // A press of an unrelated neighbour becomes the neighbour's own call, with a note that the person was not confirmed.
    let neighbour = fixture.resident("zhang.wei").await;
    let pressed = PressBody { for_person: elder.person, ..body() };
    let own = press(&fixture.state, &Caller::Signed(neighbour.clone()), &pressed).await;
    assert_ne!(own.number, acting.number);
    let page = followed_call::call_page(fixture.store(), &neighbour, &own.number).await.unwrap();
    assert!(page.words.unwrap().contains("未能确认"));
    // Once he is her contact, he may press for her.
    let contact = Contact::read("张伟", "13800000000", "邻居").unwrap();
    contacts::save(fixture.store(), &elder, None, &contact, true).await.unwrap();
    let account = neighbour.account.unwrap();
    sqlx::query("UPDATE care_contact SET account_id = $1").bind(account.uuid()).execute(&fixture.db.owner).await.unwrap();
    let cared = call_list::may_call_for(fixture.store(), &neighbour).await.unwrap();
    assert_eq!((cared.len(), cared[0].person, cared[0].name.as_str()), (1, elder.person.unwrap(), "陈桂英"));
    let pressed = PressBody { for_person: elder.person, ..body() };
    assert_eq!(press(&fixture.state, &Caller::Signed(neighbour.clone()), &pressed).await.number, acting.number);
    contacts::stop_following(fixture.store(), &neighbour, cared[0].contact.unwrap()).await.unwrap();
    assert!(call_list::may_call_for(fixture.store(), &neighbour).await.unwrap().is_empty());
}

#[tokio::test]
async fn browser_credential_calls_only_for_its_person_until_it_ends() {
    let fixture = city_without_care().await;
    let elder = fixture.elder().await;
    let (token, device) = browser(fixture.store(), &elder).await;
    assert_eq!(
        credential::issue_to_browser(fixture.store(), &elder, Some(&token), "Chrome").await.unwrap(),
        None,
        "the browser has a credential already"
    );
    let stranger = fixture.resident("zhang.wei").await.person;
    let pressed = PressBody { for_person: stranger, ..body() };
    let raised = press(&fixture.state, &device, &pressed).await;
    let subject = fixture.ask(&format!("SELECT subject_id::text FROM cases WHERE number = '{}'", raised.number)).await;
    assert_eq!(subject, elder.person.unwrap().to_string());
    assert_eq!(fixture.ask("SELECT source FROM care_press").await, "browser");
    assert_eq!(caller::status(&fixture.state, &by_caller(&device)).await.unwrap().number, raised.number);
    // It does not give access to calls of others, even by number.
    let other = press(&fixture.state, &Caller::Signed(fixture.resident("zhang.wei").await), &body()).await;
    let ask = CallQuery { number: Some(other.number.clone()), ..by_caller(&device) };
    for refused in [
        problem(caller::status(&fixture.state, &ask).await),
        problem(caller::cancel(&fixture.state, &ask).await),
        problem(caller::locate(&fixture.state, &ask, Some(fix(30.5, 114.3))).await),
    ] {
        assert_eq!(refused, Problem::NotFound);
    }
    // Expired, revoked or guessed credentials are not found.
    let find = async |store: &Store, token: &str| credential::find(store, token).await.unwrap();
    assert!(find(&fixture.store().with_clock_offset("364 days"), &token).await.is_some());
    assert!(find(&fixture.store().with_clock_offset("366 days"), &token).await.is_none());
    assert!(find(fixture.store(), &format!("{token}x")).await.is_none());
    let view = devices::list(fixture.store(), &elder, Some(&token)).await.unwrap();
    assert!(view.len() == 1 && view[0].current && view[0].used_at.is_some());
    assert_eq!(
        problem(devices::revoke(fixture.store(), &fixture.resident("zhang.wei").await, view[0].id).await),
        Problem::NotFound
    );
    devices::revoke(fixture.store(), &elder, view[0].id).await.unwrap();
    assert!(find(fixture.store(), &token).await.is_none());
    assert!(devices::list(fixture.store(), &elder, None).await.unwrap().is_empty());
    // A browser has a credential for one person only.
    let (first, _) = browser(fixture.store(), &elder).await;
    let neighbour = fixture.resident("zhang.wei").await;
    let second = credential::issue_to_browser(fixture.store(), &neighbour, Some(&first), "Chrome").await.unwrap().unwrap();
    assert!(find(fixture.store(), &first).await.is_none() && find(fixture.store(), &second).await.is_some());
    let staff = fixture.staff("caseworker1", testing::test_city::HERE).await;
    assert_eq!(credential::issue_to_browser(fixture.store(), &staff, None, "Chrome").await.unwrap(), None);
}

#[tokio::test]
async fn button_raises_calls_and_sends_tests() {
    let fixture = city_without_care().await;
    let elder = fixture.elder().await;
    assert!(matches!(problem(devices::register_button(fixture.store(), &elder, " ").await), Problem::Invalid { .. }));
    let (id, token) = devices::register_button(fixture.store(), &elder, "床头按钮").await.unwrap();
    let test = json!({ "id": Uuid::new_v4(), "kind": "test", "at": "2026-01-05T08:00:00Z" });
    for _ in 0..2 {
        assert!(matches!(alarm(&fixture.state, Some(&token), &test).await.unwrap(), AlarmOutcome::Tested(_)));
    }
    assert_eq!(fixture.count("care_press WHERE case_id IS NULL").await, 1);
    assert_eq!(fixture.count("cases WHERE kind = 'sos'").await, 0, "a test raises no call");
    assert!(devices::list(fixture.store(), &elder, None).await.unwrap()[0].tested_at.is_some());

    let fall = json!({ "id": Uuid::new_v4(), "kind": "fall", "location": { "lat": 30.55, "lon": 114.31, "accuracy_m": 30 } });
    let AlarmOutcome::Raised(raised) = alarm(&fixture.state, Some(&token), &fall).await.unwrap() else { panic!("tested") };
    let AlarmOutcome::Raised(again) = alarm(&fixture.state, Some(&token), &fall).await.unwrap() else { panic!("tested") };
    assert_eq!(again, Raised { again: true, ..raised.clone() });
    let page = followed_call::call_page(fixture.store(), &elder, &raised.number).await.unwrap();
    assert!(page.words.unwrap().contains("跌倒") && page.place.unwrap().accuracy_m == Some(30.0));

    // With an unknown or revoked credential, an alarm is accepted only with a callback number.
    devices::revoke(fixture.store(), &elder, id).await.unwrap();
    let anonymous = json!({ "id": Uuid::new_v4(), "kind": "press", "callback": "13812345678" });
    for token in [Some(token.as_str()), Some("nonsense"), None] {
        assert_eq!(problem(alarm(&fixture.state, token, &fall).await), Problem::SignInFirst);
        assert!(matches!(problem(alarm(&fixture.state, token, &test).await), Problem::SignInFirst));
        let AlarmOutcome::Raised(raised) = alarm(&fixture.state, token, &anonymous).await.unwrap() else { panic!("tested") };
        assert_eq!(state(&fixture, &raised.number).await, "ringing");
    }
    assert_eq!(fixture.count("care_call WHERE NOT known").await, 1);
}

#[tokio::test]
async fn press_is_cancelled_within_15_seconds_and_later_only_marked_fine() {
    let fixture = city_without_care().await;
    let elder = Caller::Signed(fixture.elder().await);
    let pressed = body();
    let first = press(&fixture.state, &elder, &pressed).await;
    let status = caller::status(&with_clock_offset(&fixture.state, "10 seconds"), &by_secret(&pressed)).await.unwrap();
    assert_eq!(status.cancel_left, 5);
    let status = caller::cancel(&with_clock_offset(&fixture.state, "14 seconds"), &by_secret(&pressed)).await.unwrap();
    assert_eq!((status.phase, status.state.as_str()), (Phase::Ended, "false_alarm"));
    assert_eq!(fixture.count("care_call WHERE ended_at IS NOT NULL AND next_step_at IS NULL").await, 1);
    assert_eq!(fixture.count("cases WHERE kind = 'sos' AND closed_at IS NOT NULL").await, 1);
    // The repeated press returns the same call; a new press raises a new one.
    assert_eq!(press(&fixture.state, &elder, &pressed).await.number, first.number);
    let pressed = body();
    let second = press(&fixture.state, &elder, &pressed).await;
    assert_ne!(second.number, first.number);
    // Too late: the call continues, and is marked as fine for the dispatcher.
    let status = caller::cancel(&with_clock_offset(&fixture.state, "16 seconds"), &by_secret(&pressed)).await.unwrap();
    assert!(status.phase == Phase::Ringing && status.fine && status.cancel_left == 0);
    assert_eq!(fixture.count("care_call WHERE fine_at IS NOT NULL AND next_step_at IS NOT NULL").await, 1);
    // A new press removes the mark.
    press(&fixture.state, &elder, &body()).await;
    assert!(!caller::status(&fixture.state, &by_secret(&pressed)).await.unwrap().fine);
    let actions = format!(
        "SELECT string_agg(e.action, ' ' ORDER BY e.seq) FROM event e JOIN cases c ON c.id = e.case_id WHERE c.number = '{}'",
        second.number
    );
    assert_eq!(fixture.ask(&actions).await, "press say_fine press_again");
}

#[tokio::test]
async fn call_pressed_by_several_people_is_cancelled_only_by_its_subject() {
    let fixture = city_without_care().await;
    let with = || PressBody { callback: Some("13812345678".to_owned()), ..body() };
    let (mine, theirs) = (with(), with());
    let raised = press(&fixture.state, &Caller::Anonymous, &mine).await;
    press(&fixture.state, &Caller::Anonymous, &theirs).await;
    let status = caller::cancel(&fixture.state, &by_secret(&theirs)).await.unwrap();
    assert!(status.phase == Phase::Ringing && status.fine);
    assert_eq!(state(&fixture, &raised.number).await, "ringing");
    // The subject of the call may cancel it, regardless of who pressed.
    let elder = fixture.elder().await;
    let for_her = body();
    press(&fixture.state, &Caller::Signed(fixture.daughter().await), &for_her).await;
    press(&fixture.state, &Caller::Signed(elder.clone()), &body()).await;
    let status = caller::cancel(&fixture.state, &by_caller(&Caller::Signed(elder))).await.unwrap();
    assert_eq!(status.phase, Phase::Ended);
}

#[tokio::test]
async fn locations_and_messages_are_added_and_never_fail() {
    let fixture = city_without_care().await;
    let pressed = PressBody { callback: Some("三楼".to_owned()), words: Some("胸口疼".to_owned()), ..body() };
    let raised = press(&fixture.state, &Caller::Anonymous, &pressed).await;
    let ask = by_secret(&pressed);
    let at = |seconds: i64, lat: f64| Fix { taken_at: jiff::Timestamp::from_second(seconds).unwrap(), ..fix(lat, 114.3) };
    assert!(caller::locate(&fixture.state, &ask, Some(at(2_000, 30.52))).await.unwrap().placed);
    caller::locate(&fixture.state, &ask, Some(at(1_000, 30.51))).await.unwrap();
    assert!(caller::locate(&fixture.state, &ask, None).await.unwrap().placed);
    caller::tell_more(&fixture.state, &ask, Some("13812345678".to_owned()), Some("在阳台".to_owned())).await.unwrap();
    // The stored values are sealed with the key of the caller's person record, although the caller is unknown.
    let case = raised.case;
    let tx = fixture.store().write(&Actor::system(server::Task::Emergency)).await.unwrap();
    let subject: PersonId = fixture.ask("SELECT subject_id::text FROM cases WHERE kind = 'sos'").await.parse().unwrap();
    let key = tx.person_key(subject).await.unwrap();
    let sealed = async |column: &str| -> Vec<u8> {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT {column} FROM care_call")))
            .fetch_one(&fixture.db.owner)
            .await
            .unwrap()
    };
    let place: Fix = key.open_json("care_call.place", case, &sealed("place").await).unwrap();
    assert!((place.lat - 30.52).abs() < 1e-9, "the newest location is kept");
    let words = key.open("care_call.words", case, &sealed("words").await).unwrap();
    assert_eq!(String::from_utf8(words).unwrap(), "胸口疼\n在阳台");
    let callback = key.open("care_call.callback", case, &sealed("callback").await).unwrap();
    assert_eq!(callback, b"13812345678");
    // After the call has ended, nothing is added, and nothing fails.
    caller::cancel(&fixture.state, &ask).await.unwrap();
    let status = caller::locate(&fixture.state, &ask, Some(at(3_000, 30.53))).await.unwrap();
    assert_eq!(status.phase, Phase::Ended);
    let status = caller::say_fine(&fixture.state, &ask).await.unwrap();
    assert_eq!(status.phase, Phase::Ended);
    assert!(server::cases::audit::verify(&fixture.state).await.unwrap().faults.is_empty());
}

#[tokio::test]
async fn presses_of_erased_or_unverified_people_are_accepted() {
    let fixture = city_without_care().await;
    let elder = fixture.elder().await;
    let person = elder.person.unwrap();
    profile::save(fixture.store(), &elder, &Profile { conditions: "高血压".to_owned(), ..Profile::default() }, "").await.unwrap();
    let pressed = body();
    press(&fixture.state, &Caller::Signed(elder.clone()), &pressed).await;
    sqlx::query("UPDATE person_key SET key_sealed = NULL, destroyed_at = huimin_now() WHERE person_id = $1")
        .bind(person.uuid())
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    // The open call accepts further data, but stores none of it.
    let ask = by_secret(&pressed);
    caller::locate(&fixture.state, &ask, Some(fix(30.5, 114.3))).await.unwrap();
    caller::tell_more(&fixture.state, &ask, None, Some("救命".to_owned())).await.unwrap();
    caller::cancel(&fixture.state, &ask).await.unwrap();
    assert_eq!(fixture.count("care_call WHERE place IS NOT NULL OR words IS NOT NULL").await, 0);
    let raised = press(&fixture.state, &Caller::Signed(elder), &body()).await;
    assert_eq!(state(&fixture, &raised.number).await, "ringing");
    assert_eq!(
        fixture.count(&format!("cases WHERE kind = 'sos' AND subject_id = '{person}'")).await,
        1,
        "the second call has an unknown subject"
    );
    // Two presses of an account without a person raise one call.
    let unverified = Caller::Signed(fixture.resident("zhao.xiaowen").await);
    let (one, two) = (press(&fixture.state, &unverified, &body()).await, press(&fixture.state, &unverified, &body()).await);
    assert_eq!(one.number, two.number);
    // A person that does not exist.
    let unknown_person = Caller::Signed(Actor { person: Some(Uuid::new_v4().into()), ..fixture.resident("zhao.xiaowen").await });
    press(&fixture.state, &unknown_person, &body()).await;
}

#[tokio::test]
async fn press_needs_at_most_12_statements() {
    let fixture = city_without_care().await;
    let elder = Caller::Signed(fixture.elder().await);
    profile::save(fixture.store(), &fixture.elder().await, &Profile::default(), "").await.unwrap();
    let before = fixture.store().statements();
    press(&fixture.state, &elder, &body()).await;
    let first = fixture.store().statements() - before;
    assert!(first <= 12, "{first}");
    let before = fixture.store().statements();
    press(&fixture.state, &Caller::Anonymous, &body()).await;
    let anonymous = fixture.store().statements() - before;
    assert!(anonymous <= 12, "{anonymous}");
}

#[tokio::test]
async fn contacts_keep_their_order_and_are_limited_to_nine() {
    let fixture = city_without_care().await;
    let (elder, daughter) = (fixture.elder().await, fixture.daughter().await);
    let names = ["一", "二", "三", "四", "五", "六", "七", "八", "九"];
    for (n, name) in names.iter().enumerate() {
        let contact = Contact::read(name, &format!("1380000000{n}"), "").unwrap();
        contacts::save(fixture.store(), if n % 2 == 0 { &elder } else { &daughter }, None, &contact, n == 0).await.unwrap();
    }
    let tenth = Contact::read("十", "13800000099", "").unwrap();
    assert!(matches!(problem(contacts::save(fixture.store(), &elder, None, &tenth, false).await), Problem::Invalid { .. }));
    let order = async || -> String {
        contacts::contacts(fixture.store(), &elder).await.unwrap().into_iter().map(|c| c.contact.name).collect()
    };
    let all = contacts::contacts(fixture.store(), &elder).await.unwrap();
    contacts::put_first(fixture.store(), &elder, all[2].id).await.unwrap();
    assert_eq!(order().await, "三一二四五六七八九");
    contacts::remove(fixture.store(), &daughter, all[0].id).await.unwrap();
    assert_eq!(order().await, "三二四五六七八九");
    contacts::save(fixture.store(), &elder, Some(all[1].id), &tenth, true).await.unwrap();
    assert_eq!(order().await, "三十四五六七八九");
    let stranger = fixture.resident("zhang.wei").await;
    assert_eq!(problem(contacts::save(fixture.store(), &stranger, Some(all[1].id), &tenth, true).await), Problem::NotFound);
    assert_eq!(problem(contacts::put_first(fixture.store(), &stranger, all[1].id).await), Problem::NotFound);
    assert!(contacts::contacts(fixture.store(), &stranger).await.unwrap().is_empty());
}

#[tokio::test]
async fn care_profile_is_stored_and_hidden_from_strangers() {
    let fixture = city_without_care().await;
    let (elder, daughter) = (fixture.elder().await, fixture.daughter().await);
    let known = Profile {
        conditions: "高血压".to_owned(),
        languages: vec!["zh-x-wuhan".to_owned()],
        home: Some(fix(30.55, 114.3)),
        ..Profile::default()
    };
    profile::save(fixture.store(), &daughter, &known, "").await.unwrap();
    assert_eq!(profile::profile(fixture.store(), &elder).await.unwrap().profile, known);
    assert!(matches!(problem(profile::save(fixture.store(), &elder, &known, "110101").await), Problem::Invalid { .. }));
    let stranger = fixture.resident("zhang.wei").await;
    assert_eq!(profile::profile(fixture.store(), &stranger).await.unwrap().profile, Profile::default());
    let tx = fixture.store().read(&stranger).await.unwrap();
    assert_eq!(profile::find(&tx, elder.person.unwrap()).await.unwrap(), None);
    assert!(contacts::contacts_of(&tx, elder.person.unwrap()).await.unwrap().is_empty());
}
