//! Tests administrator actions: resetting authenticators, adding organisations, centres and banks, and the record of all of them.

use super::{
    fixture::{PASSWORD, client_ip, field_error, on_field, problem, signed_in, text_after},
    staff::{CLERK, Office, accept, office},
};
use server::{
    Actor,
    account::{
        administration, lost_authenticator,
        organisations::{self, Names},
        partners::{self, NewCentre},
        reset,
        sign_in::{self, SignInOutcome},
        totp,
    },
    services::catalogue::import_embedded,
    store::new_id,
};
use shared::{FieldErrorKind, Lang, Problem, account::Role};

const NEW: &str = "梅花落满了南山东坡";

fn names(zh: &str, en: &str) -> Names {
    Names { zh: zh.to_owned(), en: en.to_owned() }
}

async fn clerk(o: &Office) -> Actor {
    accept(&o.fixture, &o.invite(CLERK, o.department, "caseworker").await.unwrap()).await
}

/// The recorded administrator actions, newest first.
async fn record(o: &Office) -> Vec<String> {
    let auditor = accept(&o.fixture, &o.invite("auditor@demo.huimin.example", o.city, "auditor").await.unwrap()).await;
    let lines = administration::list(&o.fixture.state, &auditor).await.unwrap();
    assert!(lines.iter().all(|l| l.by.as_deref().is_none_or(|by| by == "管理员")), "{lines:?}");
    lines.into_iter().skip(1).map(|l| [l.action, l.about.unwrap_or_default()].join(" ").trim().to_owned()).collect()
}

#[tokio::test]
async fn resetting_an_authenticator_invalidates_the_password_and_notifies_the_owner() {
    let o = office().await;
    let city = &o.fixture.state;
    let account = clerk(&o).await.account.unwrap();
    sqlx::query(
        "INSERT INTO session (id_hash, account_id, data, expires_at) VALUES ('\\x01', $1, '\\x00', now() + interval '1 hour')",
    )
    .bind(account.uuid())
    .execute(&o.fixture.db.owner)
    .await
    .unwrap();
    lost_authenticator::reset(city, &o.admin, account).await.unwrap();
    lost_authenticator::reset(city, &o.admin, account).await.unwrap();

    assert_eq!(o.fixture.count("SELECT count(*) FROM session").await, 0);
    assert_eq!(
        o.fixture.count("SELECT count(*) FROM notice WHERE kind = 'authenticator_reset'").await,
        1,
        "the second reset does nothing"
    );
    // The old password no longer works.
    assert_eq!(
        field_error(sign_in::sign_in(city, CLERK, PASSWORD, client_ip()).await),
        on_field("password", FieldErrorKind::SignInWrong)
    );
    reset::request(city, CLERK, Lang::Zh, client_ip()).await.unwrap();
    reset::with_link(city, &text_after(&o.fixture.last_to(CLERK).await, "/reset/"), NEW).await.unwrap();
    let outcome = sign_in::sign_in(city, CLERK, NEW, client_ip()).await.unwrap();
    assert!(matches!(&outcome, SignInOutcome::NeedsEnrolment(s) if s.account == account));

    let partial = o.fixture.presence(city, account, None, false).await.unwrap().actor;
    assert!(!partial.second_factor);
    let enrolment = totp::enrol(city, &signed_in(account)).await.unwrap();
    totp::confirm(city, &signed_in(account), &enrolment.pending, &o.fixture.code_in(&enrolment, 0)).await.unwrap();
    let full = o.fixture.presence(city, account, None, true).await.unwrap().actor;
    assert_eq!(full.roles_in(o.department), vec![Role::Caseworker]);
    assert_eq!(record(&o).await, ["authenticator_reset 李经办", "invited", "invited", "organisation_added"]);
}

#[tokio::test]
async fn only_administrators_reset_authenticators_and_only_of_other_staff() {
    let o = office().await;
    let city = &o.fixture.state;
    let clerk = clerk(&o).await;
    let resident = o.fixture.account("12900000001").await;
    let me = o.admin.account.unwrap();
    assert_eq!(problem(lost_authenticator::reset(city, &clerk, me).await), Problem::Forbidden);
    assert_eq!(problem(lost_authenticator::reset(city, &Actor::anonymous(), me).await), Problem::SignInFirst);
    assert_eq!(problem(lost_authenticator::reset(city, &o.admin, me).await), Problem::Forbidden);
    assert_eq!(problem(lost_authenticator::reset(city, &o.admin, resident).await), Problem::NotFound);
    assert_eq!(problem(lost_authenticator::reset(city, &o.admin, new_id()).await), Problem::NotFound);
    assert_eq!(problem(administration::list(city, &o.admin).await), Problem::Forbidden);
}

#[tokio::test]
async fn operator_resets_the_authenticator_of_the_last_administrator() {
    let o = office().await;
    let city = &o.fixture.state;
    o.fixture.account("resident@demo.huimin.example").await;
    for email in ["nobody@demo.huimin.example", "resident@demo.huimin.example"] {
        let answer = lost_authenticator::reset_by_operator(city, email).await;
        assert_eq!(field_error(answer), on_field("email", FieldErrorKind::NotAnOption), "{email}");
    }
    lost_authenticator::reset_by_operator(city, "admin@demo.huimin.example").await.unwrap();
    let outcome = sign_in::sign_in(city, "admin@demo.huimin.example", PASSWORD, client_ip()).await;
    assert_eq!(field_error(outcome), on_field("password", FieldErrorKind::SignInWrong));
    assert_eq!(
        o.fixture.count("SELECT count(*) FROM administration WHERE action = 'authenticator_reset' AND actor_id IS NULL").await,
        1
    );
}

#[tokio::test]
async fn organisations_are_added_for_catalogue_departments_and_renamed() {
    let o = office().await;
    import_embedded(&o.fixture.db.owner).await.unwrap();
    let city = &o.fixture.state;
    let departments = organisations::departments(city, &o.admin).await.unwrap();
    let codes: Vec<&str> = departments.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["civil-affairs", "health", "housing"]);

    let here = names(" 武昌区民政局 ", "Wuchang Civil Affairs Bureau");
    let id = organisations::add(city, &o.admin, "civil-affairs", Some("420106"), &here).await.unwrap();
    organisations::add(city, &o.admin, "civil-affairs", None, &names("武汉市民政局", "Wuhan Civil Affairs Bureau"))
        .await
        .unwrap();
    let again = organisations::add(city, &o.admin, "civil-affairs", Some("420106"), &here).await;
    assert_eq!(field_error(again), on_field("department", FieldErrorKind::AlreadyTaken));
    let unknown = organisations::add(city, &o.admin, "magic", None, &here).await;
    assert_eq!(field_error(unknown), on_field("department", FieldErrorKind::NotAnOption));
    let elsewhere = organisations::add(city, &o.admin, "health", Some("110101"), &here).await;
    assert_eq!(field_error(elsewhere), on_field("district", FieldErrorKind::NotAnOption));
    let unnamed = organisations::add(city, &o.admin, "health", None, &names(" ", &"x".repeat(81))).await;
    assert!(matches!(problem(unnamed), Problem::Invalid { errors } if errors.len() == 2));

    organisations::rename(city, &o.admin, id, &names("武昌区民政和社会工作局", "Wuchang Civil Affairs")).await.unwrap();
    assert_eq!(problem(organisations::rename(city, &o.admin, new_id(), &here).await), Problem::NotFound);
    let listed = organisations::list(city, &o.admin).await.unwrap();
    let found = listed.iter().find(|o| o.id == id).unwrap();
    assert_eq!((found.code.as_str(), found.name_zh.as_str()), ("civil-affairs-420106", "武昌区民政和社会工作局"));

    let clerk = clerk(&o).await;
    assert_eq!(problem(organisations::add(city, &clerk, "health", None, &here).await), Problem::Forbidden);
    assert_eq!(problem(organisations::rename(city, &clerk, id, &here).await), Problem::Forbidden);
    assert_eq!(problem(organisations::departments(city, &clerk).await), Problem::Forbidden);
    let done = record(&o).await;
    assert_eq!(&done[1..4], ["organisation_renamed", "organisation_added", "organisation_added"], "{done:?}");
}

#[tokio::test]
async fn centres_and_banks_are_added_and_their_staff_invited() {
    let o = office().await;
    let city = &o.fixture.state;
    let here = names("江岸区应急调度中心", "Jiang’an Dispatch Centre");
    let new = NewCentre {
        district: "420102".to_owned(),
        latitude: "30.60".to_owned(),
        longitude: "114.30".to_owned(),
        phone: "027-8000 0120".to_owned(),
    };
    let centre = partners::add_centre(city, &o.admin, &new, &here).await.unwrap();
    assert_eq!(
        o.fixture.count("SELECT count(*) FROM care_centre WHERE neighbour_id IS NOT NULL").await,
        1,
        "the neighbouring centre is set"
    );
    let again = partners::add_centre(city, &o.admin, &new, &here).await;
    assert_eq!(field_error(again), on_field("district", FieldErrorKind::AlreadyTaken));
    for (wrong, expected) in [
        (NewCentre { district: "110101".to_owned(), ..new.clone() }, on_field("district", FieldErrorKind::NotAnOption)),
        (NewCentre { latitude: "91".to_owned(), ..new.clone() }, on_field("latitude", FieldErrorKind::NotANumber)),
        (NewCentre { longitude: String::new(), ..new.clone() }, on_field("longitude", FieldErrorKind::Required)),
        (NewCentre { phone: "call us".to_owned(), ..new.clone() }, on_field("phone", FieldErrorKind::NotALine)),
    ] {
        assert_eq!(field_error(partners::add_centre(city, &o.admin, &wrong, &here).await), expected);
    }
    let bank = partners::add_bank(city, &o.admin, "qingchuan", &names("晴川银行", "Qingchuan Bank")).await.unwrap();
    let duplicate = partners::add_bank(city, &o.admin, "qingchuan", &names("x", "x")).await;
    assert_eq!(field_error(duplicate), on_field("short", FieldErrorKind::AlreadyTaken));
    let malformed = partners::add_bank(city, &o.admin, "Qing Chuan", &names("x", "x")).await;
    assert_eq!(field_error(malformed), on_field("short", FieldErrorKind::NotAShortCode));

    let chief = accept(&o.fixture, &o.invite("chief@demo.huimin.example", centre, "chief_dispatcher").await.unwrap()).await;
    assert_eq!(chief.roles_in(centre), vec![Role::ChiefDispatcher]);
    let banker = accept(&o.fixture, &o.invite("banker@demo.huimin.example", bank, "bank_supervisor").await.unwrap()).await;
    assert_eq!(banker.roles_in(bank), vec![Role::BankSupervisor]);
    let steps = shared::care::escalation::fallback_policy();
    assert_eq!(server::care::escalation::policy::publish(city, &chief, centre, &steps, 120, 0).await.unwrap(), 1);
    let refused = partners::add_bank(city, &banker, "other", &names("x", "x")).await;
    assert_eq!(problem(refused), Problem::Forbidden);
    assert_eq!(problem(partners::add_centre(city, &banker, &new, &here).await), Problem::Forbidden);
}
