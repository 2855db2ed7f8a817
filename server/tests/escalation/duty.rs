//! Tests duty: the rota, declared duty, absence, and who is alerted.

use crate::fixture::EscalationFixture;
use crate::fixture::step;
use server::{Actor, Error, Task, care::response::duty};
use shared::{
    Problem,
    account::Role,
    care::{
        duty::DutyStatement,
        escalation::Target::{CityDesk, Dispatchers},
    },
    ids::AccountId,
};
use testing::small_city::staff;

async fn reachable(fixture: &EscalationFixture, seconds: f64) -> Vec<AccountId> {
    let tx = fixture.at(seconds).store.read(&Actor::system(Task::Emergency)).await.unwrap();
    duty::on_duty(&tx, fixture.centre).await.unwrap()
}

#[tokio::test]
async fn dispatcher_who_goes_off_duty_is_not_alerted_again() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[CityDesk], 20)]).await;
    let (case, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.tick(20.5).await;
    fixture.duty(&fixture.dispatcher, DutyStatement::Off).await;
    fixture.tick(40.5).await;
    // The first step of the second round has no recipients and is skipped immediately.
    assert_eq!(fixture.steps(case).await, [(0, 0, 0), (0, 1, 20), (1, 1, 40)]);
    fixture.duty(&fixture.dispatcher, DutyStatement::On).await;
    fixture.tick(60.5).await;
    assert_eq!(fixture.steps(case).await.last(), Some(&(2, 0, 60)));
}

#[tokio::test]
async fn unresponsive_dispatcher_is_absent_until_presence_is_confirmed() {
    let fixture = EscalationFixture::new().await;
    let me = fixture.dispatcher.account.unwrap();
    assert_eq!(reachable(&fixture, 0.0).await, [me]);
    duty::mark_absent(&fixture.state.store, &fixture.dispatcher).await.unwrap();
    assert!(reachable(&fixture, 0.0).await.is_empty());
    let page = duty::page(&fixture.state.store, &fixture.chief).await.unwrap();
    let seen = page.centres[0].people.iter().find(|p| p.account == me).unwrap();
    assert!(!seen.on_duty && seen.absent_since.is_some());
    duty::confirm_presence(&fixture.state.store, &fixture.dispatcher).await.unwrap();
    assert_eq!(reachable(&fixture, 0.0).await, [me]);
    // Absence overrides the rota as well as declared duty.
    duty::mark_absent(&fixture.state.store, &fixture.dispatcher).await.unwrap();
    duty::set_duty(&fixture.state.store, &fixture.dispatcher, DutyStatement::On).await.unwrap();
    assert_eq!(reachable(&fixture, 0.0).await, [me]);
}

#[tokio::test]
async fn declared_duty_overrides_the_rota_for_twelve_hours() {
    let fixture = EscalationFixture::new().await;
    let (hours, me) = (3600.0, fixture.dispatcher.account.unwrap());
    assert_eq!(reachable(&fixture, 11.5 * hours).await, [me]);
    assert!(reachable(&fixture, 12.5 * hours).await.is_empty());
    let store = &fixture.state.store;
    for day in 1..=7 {
        let day = day.to_string();
        duty::add_shift(store, &fixture.chief, fixture.centre, &me.to_string(), (&day, "00:00", "24:00")).await.unwrap();
    }
    assert_eq!(reachable(&fixture, 12.5 * hours).await, [me]);
    fixture.duty(&fixture.dispatcher, DutyStatement::Off).await;
    assert_eq!((reachable(&fixture, 1.0).await.len(), reachable(&fixture, 12.5 * hours).await.len()), (0, 1));
    fixture.duty(&fixture.dispatcher, DutyStatement::Rota).await;
    assert_eq!(reachable(&fixture, 1.0).await, [me]);
    // A person on leave is not on duty unless they declare it.
    fixture.run(&format!("INSERT INTO absence (id, account_id, days) VALUES (gen_random_uuid(), '{me}', daterange(huimin_today() - 1, huimin_today() + 2))")).await;
    assert!(reachable(&fixture, 1.0).await.is_empty());
    fixture.duty(&fixture.dispatcher, DutyStatement::On).await;
    assert_eq!(reachable(&fixture, 1.0).await, [me]);
}

#[tokio::test]
async fn rota_is_edited_only_by_the_chief_dispatcher() {
    let fixture = EscalationFixture::new().await;
    let store = &fixture.state.store;
    let me = fixture.dispatcher.account.unwrap().to_string();
    let add = |who, account, day, from, to| duty::add_shift(store, who, fixture.centre, account, (day, from, to));
    let fields = |error: Error| match error {
        Error::Problem(Problem::Invalid { errors }) => errors.into_iter().map(|e| e.field).collect::<Vec<_>>(),
        other => panic!("{other}"),
    };
    for unauthorised in [&fixture.dispatcher, &fixture.next_door, &fixture.medic] {
        assert!(matches!(add(unauthorised, &me, "1", "08:00", "20:00").await.unwrap_err(), Error::Problem(Problem::Forbidden)));
    }
    add(&fixture.chief, &me, "1", "08:00", "20:00").await.unwrap();
    assert_eq!(fields(add(&fixture.chief, &me, "1", "19:00", "21:00").await.unwrap_err()), ["from"]);
    assert_eq!(fields(add(&fixture.chief, &me, "9", "20:00", "08:00").await.unwrap_err()), ["weekday", "to"]);
    let stranger = fixture.next_door.account.unwrap().to_string();
    assert_eq!(fields(add(&fixture.chief, &stranger, "2", "08:00", "20:00").await.unwrap_err()), ["account"]);
    let page = duty::page(store, &fixture.chief).await.unwrap();
    let [shift] = page.centres[0].shifts.as_slice() else { panic!("{page:?}") };
    assert_eq!((shift.weekday, shift.from_minute, shift.to_minute, shift.name.as_str()), (1, 480, 1200, "调度一"));
    assert!(page.centres[0].leads && !duty::page(store, &fixture.dispatcher).await.unwrap().centres[0].leads);
    duty::remove_shift(store, &fixture.chief, fixture.centre, shift.id).await.unwrap();
    duty::remove_shift(store, &fixture.chief, fixture.centre, shift.id).await.unwrap();
    assert_eq!(duty::page(store, &fixture.dispatcher).await.unwrap().centres[0].shifts, []);
    let other = staff(&fixture.db, "外人", fixture.neighbour, Role::ChiefDispatcher).await;
    assert!(matches!(
        duty::remove_shift(store, &other, fixture.centre, shift.id).await.unwrap_err(),
        Error::Problem(Problem::Forbidden)
    ));
}
