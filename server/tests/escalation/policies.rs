//! Tests escalation policies: publication, versions, and running calls.

use crate::fixture::{EscalationFixture, step};
use server::{Error, care::escalation::policy};
use shared::{
    Problem,
    care::escalation::Target::{CityDesk, Dispatchers, Family, Neighbour},
};

#[tokio::test]
async fn policy_change_does_not_strand_a_running_call() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[Neighbour], 20), step(&[CityDesk], 20)]).await;
    let (old, _) = fixture.ring().await;
    fixture.tick(0.5).await;
    fixture.tick(20.5).await;
    // The new policy has fewer steps than the running call has executed.
    fixture.publish(&[step(&[CityDesk], 30)]).await;
    for (seconds, due) in [(40.5, 60), (60.5, 80), (80.5, 100)] {
        assert_eq!((fixture.tick(seconds).await, fixture.next(old).await), (1, Some(due)));
    }
    assert_eq!(fixture.steps(old).await, [(0, 0, 0), (0, 1, 20), (0, 2, 40), (0, 3, 60), (1, 0, 80)]);
    let (new, _) = fixture.ring().await;
    fixture.tick(81.0).await;
    assert_eq!(fixture.alerts(new).await[0].target, "city_desk");
}

#[tokio::test]
async fn invalid_policy_does_not_strand_a_call() {
    let fixture = EscalationFixture::new().await;
    fixture.publish(&[step(&[Dispatchers], 20), step(&[CityDesk], 20)]).await;
    let (case, _) = fixture.ring().await;
    fixture.run(&format!("UPDATE care_policy SET steps = '[]' WHERE organisation_id = '{}'", fixture.centre)).await;
    fixture.run("UPDATE care_call SET step = 7").await;
    assert_eq!(fixture.tick(0.5).await, 1);
    assert_eq!((fixture.alerts(case).await[0].target.as_str(), fixture.next(case).await), ("city_desk", Some(15)));
}

#[tokio::test]
async fn policy_is_published_by_the_chief_dispatcher_on_the_current_version() {
    let fixture = EscalationFixture::new().await;
    let steps = [step(&[CityDesk], 20)];
    let publish = |who, seen| policy::publish(&fixture.state, who, fixture.centre, &steps, 120, seen);
    for unauthorised in [&fixture.dispatcher, &fixture.next_door, &fixture.desk] {
        assert!(matches!(publish(unauthorised, 0).await.unwrap_err(), Error::Problem(Problem::Forbidden)));
    }
    assert_eq!(publish(&fixture.chief, 0).await.unwrap(), 1);
    assert!(matches!(publish(&fixture.chief, 0).await.unwrap_err(), Error::Problem(Problem::Conflict { version: 1, .. })));
    let both = futures::future::join_all([publish(&fixture.chief, 1), publish(&fixture.chief, 1)]).await;
    assert_eq!(both.iter().filter(|r| r.is_ok()).count(), 1);
    let refused =
        policy::publish(&fixture.state, &fixture.chief, fixture.centre, &[step(&[Family], 10)], 120, 2).await.unwrap_err();
    let Error::Problem(Problem::Invalid { errors }) = refused else { panic!("{refused}") };
    let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["steps.1.targets", "steps.1.delay"]);
    let (case, _) = fixture.ring().await;
    let seen = policy::list(&fixture.state, &fixture.chief).await.unwrap();
    assert_eq!((seen.len(), seen[0].versions.len(), seen[0].running.clone()), (1, 2, vec![(2, 1)]));
    assert_eq!(seen[0].versions[0].published_by.as_deref(), Some("值班长"));
    fixture.run(&format!("UPDATE cases SET closed_at = huimin_now(), state = 'resolved' WHERE id = '{case}'")).await;
    assert_eq!(policy::list(&fixture.state, &fixture.chief).await.unwrap()[0].running, []);
}

/// Row-level security alone prevents the chief of one centre from publishing for another.
#[tokio::test]
async fn database_rejects_a_policy_for_another_centre() {
    let fixture = EscalationFixture::new().await;
    let tx = fixture.state.store.write(&fixture.chief).await.unwrap();
    let text = "INSERT INTO care_policy (id, organisation_id, version, steps) VALUES (gen_random_uuid(), $1, 1, '[]')";
    assert!(tx.run(text, [fixture.neighbour.into()]).await.is_err());
}
