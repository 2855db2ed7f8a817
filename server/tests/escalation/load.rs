//! Measures escalation with 10,000 ringing calls.

use crate::fixture::EscalationFixture;
use crate::fixture::step;
use server::{
    Actor,
    care::{escalation::engine, response::duty},
};
use shared::{
    account::Role,
    care::{
        duty::DutyStatement,
        escalation::Target::{CityDesk, Dispatchers, Family, Medics},
    },
};
use std::time::Duration;
use testing::small_city::staff;
use tokio::sync::watch;

/// 10,000 unanswered calls need about 500 steps a second. Prints the figures that docs/care.md quotes; the benchmark measures
/// the release binary in the same way.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of a minute and a half: cargo test -p server --release --features testing --test escalation ten_thousand -- --ignored --nocapture"]
async fn ten_thousand_ringing_calls_are_escalated_in_time() {
    let fixture = EscalationFixture::running().await;
    fixture.publish(&[step(&[Dispatchers], 15), step(&[Family, Medics], 20), step(&[CityDesk], 25)]).await;
    for i in 0..4 {
        let dispatcher: Actor = staff(&fixture.db, &format!("调度{i}"), fixture.centre, Role::Dispatcher).await;
        duty::set_duty(&fixture.state.store, &dispatcher, DutyStatement::On).await.unwrap();
    }
    load::calls::open(&fixture.db.owner, 10_000, &[fixture.centre], 20.0).await.unwrap();
    // Half of the callers have a contact with an account.
    fixture.run(&format!(
        "INSERT INTO care_contact (id, person_id, place, account_id, sealed)
         SELECT gen_random_uuid(), c.subject_id, 1, '{}', '' FROM cases c WHERE c.kind = 'sos' AND get_byte(uuid_send(c.id), 0) < 128; ANALYZE",
        fixture.daughter
    ))
    .await;
    let (stop, stopped) = watch::channel(false);
    let engine = tokio::spawn(engine::run(fixture.state.clone(), stopped));
    tokio::time::sleep(Duration::from_secs(80)).await;
    let lateness = load::calls::lateness(&fixture.db.owner, 60.0).await.unwrap();
    stop.send(true).unwrap();
    engine.await.unwrap();
    println!("{lateness:?}");
    assert!(lateness.steps > 20_000 && lateness.p99_ms <= 1000.0, "{lateness:?}");
}
