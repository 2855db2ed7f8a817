//! The real-name check: one person, one account, and every look-up is logged.

use super::fixture::{AccountFixture, about, birthday, complaint, problem, signed_in};
use server::account::{profile, real_name};
use shared::{Complaint, Problem, account::demo};

#[tokio::test]
async fn name_and_number_must_match_the_register() {
    let fixture = AccountFixture::new().await;
    let person = fixture.register("阿依古丽·买买提", birthday(), 2, ("1", "户主")).await;
    let dead = fixture.register("张国强", birthday(), 4, ("2", "户主")).await;
    sqlx::query("UPDATE register.person SET status = 'deceased' WHERE resident_id_index = $1")
        .bind(&dead.index)
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    let me = signed_in(fixture.account("12900000002").await);
    let unknown = demo::resident_id(birthday(), 6).unwrap();
    for (name, id) in [("李华", &person.id), (dead.name, &dead.id), (person.name, &unknown)] {
        let answer = real_name::verify(&fixture.city, &me, name, id.as_str()).await;
        assert_eq!(complaint(answer), about("resident_id", Complaint::NotInRegister), "{name}");
    }
    real_name::verify(&fixture.city, &me, "阿依古丽 • 买买提", &person.id.as_str().to_lowercase()).await.unwrap();
    // Again is no mistake, and changes nothing.
    real_name::verify(&fixture.city, &me, person.name, person.id.as_str()).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM person").await, 1);
    let logged = "SELECT count(*) FROM register_read WHERE reader_id IS NOT NULL AND purpose = 'real_name' AND legal_basis LIKE '个人信息保护法%'";
    assert_eq!(fixture.count(logged).await, 5, "a failed look-up is one too");

    let me = fixture.actor(me.account.unwrap(), None).await;
    let shown = profile::profile(&fixture.city, &me).await.unwrap().real_name.unwrap();
    assert_eq!((shown.name.as_str(), shown.resident_id), (person.name, person.id.masked()));
}

#[tokio::test]
async fn a_person_has_one_account_and_an_account_one_person() {
    let fixture = AccountFixture::new().await;
    let (one, two) = (
        fixture.register("陈桂英", birthday(), 2, ("1", "户主")).await,
        fixture.register("王秀兰", birthday(), 4, ("2", "户主")).await,
    );
    fixture.verified(&one).await;
    let other = signed_in(fixture.account("12900000077").await);
    let second = real_name::verify(&fixture.city, &other, one.name, one.id.as_str()).await;
    assert_eq!(complaint(second), about("resident_id", Complaint::AlreadyTaken));
    real_name::verify(&fixture.city, &other, two.name, two.id.as_str()).await.unwrap();
    let changed = real_name::verify(&fixture.city, &other, one.name, one.id.as_str()).await;
    assert_eq!(complaint(changed), about("resident_id", Complaint::AlreadyTaken));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_accounts_that_claim_a_person_at_once_one_gets_them() {
    let fixture = AccountFixture::new().await;
    let person = fixture.register("陈桂英", birthday(), 2, ("1", "户主")).await;
    let mut accounts = Vec::new();
    for n in 0..4 {
        accounts.push(signed_in(fixture.account(&format!("1290000010{n}")).await));
    }
    let claims = accounts.iter().map(|a| real_name::verify(&fixture.city, a, person.name, person.id.as_str()));
    let granted = futures::future::join_all(claims).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((granted, fixture.count("SELECT count(*) FROM account WHERE person_id IS NOT NULL").await), (1, 1));
}

#[tokio::test]
async fn what_is_typed_wrong_is_named_and_costs_no_try() {
    let fixture = AccountFixture::new().await;
    let me = signed_in(fixture.account("12900000002").await);
    let fault = |id: &'static str| {
        let (city, me) = (fixture.city.clone(), me.clone());
        async move { complaint(real_name::verify(&city, &me, "李华", id).await) }
    };
    for _ in 0..3 {
        assert_eq!(fault("").await, about("resident_id", Complaint::Required));
        assert_eq!(fault("123").await, about("resident_id", Complaint::ResidentIdFormat));
        assert_eq!(fault("11010519491231002Y").await, about("resident_id", Complaint::ResidentIdFormat));
        assert_eq!(fault("110105194912310021").await, about("resident_id", Complaint::ResidentIdCheckDigit));
    }
    let both = problem(real_name::verify(&fixture.city, &me, " ", "x").await);
    assert!(matches!(both, Problem::Invalid { errors } if errors.len() == 2));
    assert_eq!(fixture.count("SELECT count(*) FROM register_read").await, 0);
}

#[tokio::test]
async fn the_register_is_no_oracle() {
    let fixture = AccountFixture::new().await;
    let person = fixture.register("陈桂英", birthday(), 2, ("1", "户主")).await;
    let me = signed_in(fixture.account("12900000002").await);
    let mut told = String::new();
    for name in ["一", "二", "三", "四", "五"] {
        let error = real_name::verify(&fixture.city, &me, name, person.id.as_str()).await.unwrap_err();
        told += &format!("{error} {error:?} ");
    }
    let sixth = real_name::verify(&fixture.city, &me, person.name, person.id.as_str()).await.unwrap_err();
    told += &format!("{sixth} {sixth:?}");
    assert!(matches!(sixth, server::Error::Problem(Problem::TooMany { .. })));
    for personal in [person.id.as_str(), person.name, &person.phone] {
        assert!(!told.contains(personal), "{told}");
    }
    real_name::verify(&fixture.later("25 hours"), &me, person.name, person.id.as_str()).await.unwrap();
}
