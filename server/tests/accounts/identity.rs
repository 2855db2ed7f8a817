//! Tests the real-name check: one account per person, and every look-up in the register is logged.

use super::fixture::{AccountFixture, birthday, field_error, on_field, problem, signed_in};
use server::account::{profile, real_name};
use shared::{FieldErrorKind, Problem, account::demo};

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
        let answer = real_name::verify(&fixture.state, &me, name, id.as_str()).await;
        assert_eq!(field_error(answer), on_field("resident_id", FieldErrorKind::NotInRegister), "{name}");
    }
    real_name::verify(&fixture.state, &me, "阿依古丽 • 买买提", &person.id.as_str().to_lowercase()).await.unwrap();
    // Repeating the check is allowed and changes nothing.
    real_name::verify(&fixture.state, &me, person.name, person.id.as_str()).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM person").await, 1);
    let logged = "SELECT count(*) FROM register_read WHERE reader_id IS NOT NULL AND purpose = 'real_name' AND legal_basis LIKE '个人信息保护法%'";
    assert_eq!(fixture.count(logged).await, 5, "failed look-ups are logged, too");

    let me = fixture.actor(me.account.unwrap(), None).await;
    let shown = profile::profile(&fixture.state, &me).await.unwrap().real_name.unwrap();
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
    let second = real_name::verify(&fixture.state, &other, one.name, one.id.as_str()).await;
    assert_eq!(field_error(second), on_field("resident_id", FieldErrorKind::AlreadyTaken));
    real_name::verify(&fixture.state, &other, two.name, two.id.as_str()).await.unwrap();
    let changed = real_name::verify(&fixture.state, &other, one.name, one.id.as_str()).await;
    assert_eq!(field_error(changed), on_field("resident_id", FieldErrorKind::AlreadyTaken));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_concurrent_claims_of_a_person_succeeds() {
    let fixture = AccountFixture::new().await;
    let person = fixture.register("陈桂英", birthday(), 2, ("1", "户主")).await;
    let mut accounts = Vec::new();
    for n in 0..4 {
        accounts.push(signed_in(fixture.account(&format!("1290000010{n}")).await));
    }
    let claims = accounts.iter().map(|a| real_name::verify(&fixture.state, a, person.name, person.id.as_str()));
    let granted = futures::future::join_all(claims).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((granted, fixture.count("SELECT count(*) FROM account WHERE person_id IS NOT NULL").await), (1, 1));
}

#[tokio::test]
async fn invalid_input_names_the_field_and_uses_no_attempt() {
    let fixture = AccountFixture::new().await;
    let me = signed_in(fixture.account("12900000002").await);
    let error_for = |id: &'static str| {
        let (city, me) = (fixture.state.clone(), me.clone());
        async move { field_error(real_name::verify(&city, &me, "李华", id).await) }
    };
    for _ in 0..3 {
        assert_eq!(error_for("").await, on_field("resident_id", FieldErrorKind::Required));
        assert_eq!(error_for("123").await, on_field("resident_id", FieldErrorKind::ResidentIdFormat));
        assert_eq!(error_for("11010519491231002Y").await, on_field("resident_id", FieldErrorKind::ResidentIdFormat));
        assert_eq!(error_for("110105194912310021").await, on_field("resident_id", FieldErrorKind::ResidentIdCheckDigit));
    }
    let both = problem(real_name::verify(&fixture.state, &me, " ", "x").await);
    assert!(matches!(both, Problem::Invalid { errors } if errors.len() == 2));
    assert_eq!(fixture.count("SELECT count(*) FROM register_read").await, 0);
}

#[tokio::test]
async fn failed_checks_disclose_no_register_data_and_are_limited() {
    let fixture = AccountFixture::new().await;
    let person = fixture.register("陈桂英", birthday(), 2, ("1", "户主")).await;
    let me = signed_in(fixture.account("12900000002").await);
    let mut messages = String::new();
    for name in ["一", "二", "三", "四", "五"] {
        let error = real_name::verify(&fixture.state, &me, name, person.id.as_str()).await.unwrap_err();
        messages += &format!("{error} {error:?} ");
    }
    let sixth = real_name::verify(&fixture.state, &me, person.name, person.id.as_str()).await.unwrap_err();
    messages += &format!("{sixth} {sixth:?}");
    assert!(matches!(sixth, server::Error::Problem(Problem::TooMany { .. })));
    for personal in [person.id.as_str(), person.name, &person.phone] {
        assert!(!messages.contains(personal), "{messages}");
    }
    real_name::verify(&fixture.with_clock_offset("25 hours"), &me, person.name, person.id.as_str()).await.unwrap();
}
