//! What administrators do besides inviting: lost authenticators, organisations; and that all of it is on record.

use super::{
    fixture::{PASSWORD, about, after, complaint, home, problem, signed_in},
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
use shared::{Complaint, Lang, Problem, account::Role};

const NEW: &str = "梅花落满了南山东坡";

fn names(zh: &str, en: &str) -> Names {
    Names { zh: zh.to_owned(), en: en.to_owned() }
}

async fn clerk(o: &Office) -> Actor {
    accept(&o.fixture, &o.invite(CLERK, o.department, "caseworker").await.unwrap()).await
}

/// What the record says was done, the newest first.
async fn record(o: &Office) -> Vec<String> {
    let auditor = accept(&o.fixture, &o.invite("auditor@demo.huimin.example", o.city, "auditor").await.unwrap()).await;
    let lines = administration::list(&o.fixture.city, &auditor).await.unwrap();
    assert!(lines.iter().all(|l| l.by.as_deref().is_none_or(|by| by == "管理员")), "{lines:?}");
    lines.into_iter().skip(1).map(|l| [l.action, l.about.unwrap_or_default()].join(" ").trim().to_owned()).collect()
}

#[tokio::test]
async fn a_lost_authenticator_goes_with_the_password_and_its_owner_is_told() {
    let o = office().await;
    let city = &o.fixture.city;
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
    assert_eq!(o.fixture.count("SELECT count(*) FROM notice WHERE kind = 'authenticator_reset'").await, 1, "done once");
    // Whoever knows the old password gets nowhere with it.
    assert_eq!(complaint(sign_in::sign_in(city, CLERK, PASSWORD, home()).await), about("password", Complaint::SignInWrong));
    reset::request(city, CLERK, Lang::Zh, home()).await.unwrap();
    reset::with_link(city, &after(&o.fixture.last_to(CLERK).await, "/reset/"), NEW).await.unwrap();
    let next = sign_in::sign_in(city, CLERK, NEW, home()).await.unwrap();
    assert!(matches!(&next, SignInOutcome::NeedsEnrolment(s) if s.account == account));

    let half = o.fixture.presence(city, account, None, false).await.unwrap().actor;
    assert!(!half.second_factor);
    let fresh = totp::enrol(city, &signed_in(account)).await.unwrap();
    totp::confirm(city, &signed_in(account), &fresh.pending, &o.fixture.code_in(&fresh, 0)).await.unwrap();
    let whole = o.fixture.presence(city, account, None, true).await.unwrap().actor;
    assert_eq!(whole.roles_in(o.department), vec![Role::Caseworker]);
    assert_eq!(record(&o).await, ["authenticator_reset 李经办", "invited", "invited", "organisation_added"]);
}

#[tokio::test]
async fn only_administrators_take_one_away_and_only_from_other_staff() {
    let o = office().await;
    let city = &o.fixture.city;
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
async fn the_operator_helps_the_last_administrator() {
    let o = office().await;
    let city = &o.fixture.city;
    o.fixture.account("resident@demo.huimin.example").await;
    for nobody in ["nobody@demo.huimin.example", "resident@demo.huimin.example"] {
        let answer = lost_authenticator::reset_by_operator(city, nobody).await;
        assert_eq!(complaint(answer), about("email", Complaint::NotAnOption), "{nobody}");
    }
    lost_authenticator::reset_by_operator(city, "admin@demo.huimin.example").await.unwrap();
    let old = sign_in::sign_in(city, "admin@demo.huimin.example", PASSWORD, home()).await;
    assert_eq!(complaint(old), about("password", Complaint::SignInWrong));
    assert_eq!(
        o.fixture.count("SELECT count(*) FROM administration WHERE action = 'authenticator_reset' AND actor_id IS NULL").await,
        1
    );
}

#[tokio::test]
async fn organisations_are_added_where_the_catalogue_routes_and_renamed() {
    let o = office().await;
    import_embedded(&o.fixture.db.owner).await.unwrap();
    let city = &o.fixture.city;
    let departments = organisations::departments(city, &o.admin).await.unwrap();
    let codes: Vec<&str> = departments.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["civil-affairs", "health", "housing"]);

    let here = names(" 武昌区民政局 ", "Wuchang Civil Affairs Bureau");
    let id = organisations::add(city, &o.admin, "civil-affairs", Some("420106"), &here).await.unwrap();
    organisations::add(city, &o.admin, "civil-affairs", None, &names("武汉市民政局", "Wuhan Civil Affairs Bureau"))
        .await
        .unwrap();
    let again = organisations::add(city, &o.admin, "civil-affairs", Some("420106"), &here).await;
    assert_eq!(complaint(again), about("department", Complaint::AlreadyTaken));
    let unknown = organisations::add(city, &o.admin, "magic", None, &here).await;
    assert_eq!(complaint(unknown), about("department", Complaint::NotAnOption));
    let elsewhere = organisations::add(city, &o.admin, "health", Some("110101"), &here).await;
    assert_eq!(complaint(elsewhere), about("district", Complaint::NotAnOption));
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
async fn centres_and_banks_are_added_and_their_people_invited() {
    let o = office().await;
    let city = &o.fixture.city;
    let here = names("江岸区应急调度中心", "Jiang’an Dispatch Centre");
    let new = NewCentre {
        district: "420102".to_owned(),
        latitude: "30.60".to_owned(),
        longitude: "114.30".to_owned(),
        phone: "027-8000 0120".to_owned(),
    };
    let centre = partners::add_centre(city, &o.admin, &new, &here).await.unwrap();
    assert_eq!(o.fixture.count("SELECT count(*) FROM care_centre WHERE neighbour_id IS NOT NULL").await, 1, "whom it asks");
    let again = partners::add_centre(city, &o.admin, &new, &here).await;
    assert_eq!(complaint(again), about("district", Complaint::AlreadyTaken));
    for (wrong, complaint_of) in [
        (NewCentre { district: "110101".to_owned(), ..new.clone() }, about("district", Complaint::NotAnOption)),
        (NewCentre { latitude: "91".to_owned(), ..new.clone() }, about("latitude", Complaint::NotANumber)),
        (NewCentre { longitude: String::new(), ..new.clone() }, about("longitude", Complaint::Required)),
        (NewCentre { phone: "call us".to_owned(), ..new.clone() }, about("phone", Complaint::NotALine)),
    ] {
        assert_eq!(complaint(partners::add_centre(city, &o.admin, &wrong, &here).await), complaint_of);
    }
    let bank = partners::add_bank(city, &o.admin, "qingchuan", &names("晴川银行", "Qingchuan Bank")).await.unwrap();
    let taken = partners::add_bank(city, &o.admin, "qingchuan", &names("x", "x")).await;
    assert_eq!(complaint(taken), about("short", Complaint::AlreadyTaken));
    let odd = partners::add_bank(city, &o.admin, "Qing Chuan", &names("x", "x")).await;
    assert_eq!(complaint(odd), about("short", Complaint::NotAShortCode));

    let chief = accept(&o.fixture, &o.invite("chief@demo.huimin.example", centre, "chief_dispatcher").await.unwrap()).await;
    assert_eq!(chief.roles_in(centre), vec![Role::ChiefDispatcher]);
    let banker = accept(&o.fixture, &o.invite("banker@demo.huimin.example", bank, "bank_supervisor").await.unwrap()).await;
    assert_eq!(banker.roles_in(bank), vec![Role::BankSupervisor]);
    let steps = shared::care::escalation::last_resort();
    assert_eq!(server::care::escalation::policy::publish(city, &chief, centre, &steps, 120, 0).await.unwrap(), 1);
    let no = partners::add_bank(city, &banker, "other", &names("x", "x")).await;
    assert_eq!(problem(no), Problem::Forbidden);
    assert_eq!(problem(partners::add_centre(city, &banker, &new, &here).await), Problem::Forbidden);
}
