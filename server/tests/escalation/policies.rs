use crate::town::{Town, step};
use server::{Error, care::escalation::policy};
use shared::{
    Problem,
    care::escalation::Target::{CityDesk, Dispatchers, Family, Neighbour},
};

#[tokio::test]
async fn a_policy_change_never_strands_a_running_call() {
    let town = Town::new().await;
    town.publish(&[step(&[Dispatchers], 20), step(&[Family], 20), step(&[Neighbour], 20), step(&[CityDesk], 20)]).await;
    let (old, _) = town.ring().await;
    town.tick(0.5).await;
    town.tick(20.5).await;
    // The new one is shorter than where the running call stands.
    town.publish(&[step(&[CityDesk], 30)]).await;
    for (seconds, due) in [(40.5, 60), (60.5, 80), (80.5, 100)] {
        assert_eq!((town.tick(seconds).await, town.next(old).await), (1, Some(due)));
    }
    assert_eq!(town.steps(old).await, [(0, 0, 0), (0, 1, 20), (0, 2, 40), (0, 3, 60), (1, 0, 80)]);
    let (new, _) = town.ring().await;
    town.tick(81.0).await;
    assert_eq!(town.pages(new).await[0].target, "city_desk");
}

#[tokio::test]
async fn what_no_policy_should_say_strands_no_call_either() {
    let town = Town::new().await;
    town.publish(&[step(&[Dispatchers], 20), step(&[CityDesk], 20)]).await;
    let (case, _) = town.ring().await;
    town.run(&format!("UPDATE care_policy SET steps = '[]' WHERE organisation_id = '{}'", town.centre)).await;
    town.run("UPDATE care_call SET step = 7").await;
    assert_eq!(town.tick(0.5).await, 1);
    assert_eq!((town.pages(case).await[0].target.as_str(), town.next(case).await), ("city_desk", Some(15)));
}

#[tokio::test]
async fn a_version_is_published_by_who_leads_the_centre_on_what_they_saw() {
    let town = Town::new().await;
    let good = [step(&[CityDesk], 20)];
    let publish = |who, seen| policy::publish(&town.city, who, town.centre, &good, 120, seen);
    for nobody in [&town.dispatcher, &town.next_door, &town.desk] {
        assert!(matches!(publish(nobody, 0).await.unwrap_err(), Error::Problem(Problem::Forbidden)));
    }
    assert_eq!(publish(&town.chief, 0).await.unwrap(), 1);
    assert!(matches!(publish(&town.chief, 0).await.unwrap_err(), Error::Problem(Problem::Conflict { version: 1, .. })));
    let both = futures::future::join_all([publish(&town.chief, 1), publish(&town.chief, 1)]).await;
    assert_eq!(both.iter().filter(|r| r.is_ok()).count(), 1);
    let refused = policy::publish(&town.city, &town.chief, town.centre, &[step(&[Family], 10)], 120, 2).await.unwrap_err();
    let Error::Problem(Problem::Invalid { errors }) = refused else { panic!("{refused}") };
    let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["steps.1.targets", "steps.1.delay"]);
    let (case, _) = town.ring().await;
    let seen = policy::list(&town.city, &town.chief).await.unwrap();
    assert_eq!((seen.len(), seen[0].versions.len(), seen[0].running.clone()), (1, 2, vec![(2, 1)]));
    assert_eq!(seen[0].versions[0].published_by.as_deref(), Some("值班长"));
    town.run(&format!("UPDATE cases SET closed_at = now(), state = 'resolved' WHERE id = '{case}'")).await;
    assert_eq!(policy::list(&town.city, &town.chief).await.unwrap()[0].running, []);
}

/// The store holds alone: who leads one centre publishes nothing for another.
#[tokio::test]
async fn the_store_takes_policies_of_ones_own_centre_alone() {
    let town = Town::new().await;
    let tx = town.city.store.write(&town.chief).await.unwrap();
    let text = "INSERT INTO care_policy (id, organisation_id, version, steps) VALUES (gen_random_uuid(), $1, 1, '[]')";
    assert!(tx.run(text, [town.neighbour.into()]).await.is_err());
}
