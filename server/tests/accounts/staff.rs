//! Tests staff accounts: invitation by administrators, the authenticator, absences, and the end of memberships.

use super::fixture::{AccountFixture, PASSWORD, client_ip, field_error, on_field, problem, signed_in, text_after};
use jiff::ToSpan;
use server::{
    Actor,
    account::{
        absences,
        organisations::{self, Names},
        sign_in::{self, SignInOutcome},
        staff, totp,
    },
    store::new_id,
};
use shared::{
    FieldErrorKind, Lang, Problem,
    account::{OrganisationKind, Role},
    ids::{MembershipId, OrganisationId},
};
use uuid::Uuid;

const ADMIN: &str = "admin@demo.huimin.example";
pub const CLERK: &str = "clerk@demo.huimin.example";

pub struct Office {
    pub fixture: AccountFixture,
    pub city: OrganisationId,
    pub department: OrganisationId,
    pub admin: Actor,
}

async fn organisation(fixture: &AccountFixture, code: &str, kind: &str) -> OrganisationId {
    let id = Uuid::now_v7();
    sqlx::query("INSERT INTO organisation (id, code, kind, name_zh, name_en) VALUES ($1, $2, $3, '民政局', 'Civil Affairs')")
        .bind(id)
        .bind(code)
        .bind(kind)
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    id.into()
}

/// Accepts an invitation and enrols an authenticator.
pub async fn accept(fixture: &AccountFixture, token: &str) -> Actor {
    let accepted = staff::accept_invitation(&fixture.state, token, PASSWORD).await.unwrap();
    let enrolment = accepted.enrolment.unwrap();
    let me = signed_in(accepted.account);
    totp::confirm(&fixture.state, &me, &enrolment.pending, &fixture.code_in(&enrolment, 0)).await.unwrap();
    fixture.presence(&fixture.state, accepted.account, None, true).await.unwrap().actor
}

pub async fn office() -> Office {
    let fixture = AccountFixture::new().await;
    let missing = staff::create_administrator(&fixture.state, ADMIN, "管理员", None).await;
    assert_eq!(field_error(missing), on_field("city", FieldErrorKind::Required));
    let names = Names { zh: "武汉市政务服务管理局".to_owned(), en: "Wuhan Government Services".to_owned() };
    let link = staff::create_administrator(&fixture.state, ADMIN, "管理员", Some(&names)).await.unwrap();
    let department = organisation(&fixture, "mz", "department").await;
    let token = text_after(&link, "/invitation/");
    assert!(!staff::invitation(&fixture.state, &token).await.unwrap().has_account);
    let admin = accept(&fixture, &token).await;
    let all = organisations::list(&fixture.state, &admin).await.unwrap();
    let city = all.iter().find(|o| o.kind == OrganisationKind::City).unwrap().id;
    Office { fixture, city, department, admin }
}

impl Office {
    pub async fn invite(&self, email: &str, organisation: OrganisationId, role: &str) -> server::Result<String> {
        staff::invite(&self.fixture.state, &self.admin, email, "李经办", organisation, role, Lang::Zh).await?;
        Ok(text_after(&self.fixture.last_to(email).await, "/invitation/"))
    }
}

#[tokio::test]
async fn accepted_invitation_creates_staff_with_an_authenticator() {
    let o = office().await;
    let token = o.invite(CLERK, o.department, "caseworker").await.unwrap();
    let seen = staff::invitation(&o.fixture.state, &token).await.unwrap();
    assert_eq!((seen.role, seen.email.as_str(), seen.has_account), (Role::Caseworker, "c***@demo.huimin.example", false));
    let weak = staff::accept_invitation(&o.fixture.state, &token, "password").await;
    assert_eq!(field_error(weak), on_field("password", FieldErrorKind::PasswordCommon));
    let late = staff::accept_invitation(&o.fixture.with_clock_offset("8 days"), &token, PASSWORD).await;
    assert_eq!(field_error(late), on_field("token", FieldErrorKind::CodeExpired));

    // A person who leaves before enrolling an authenticator is asked for it at the next sign-in.
    let accepted = staff::accept_invitation(&o.fixture.state, &token, PASSWORD).await.unwrap();
    let next = sign_in::sign_in(&o.fixture.state, CLERK, PASSWORD, client_ip()).await.unwrap();
    assert!(matches!(&next, SignInOutcome::NeedsEnrolment(s) if s.account == accepted.account));
    let again = staff::accept_invitation(&o.fixture.state, &token, PASSWORD).await;
    assert_eq!(field_error(again), on_field("token", FieldErrorKind::CodeExpired));

    let enrolment = accepted.enrolment.unwrap();
    let me = signed_in(accepted.account);
    totp::confirm(&o.fixture.state, &me, &enrolment.pending, &o.fixture.code_in(&enrolment, 0)).await.unwrap();
    let clerk = o.fixture.presence(&o.fixture.state, accepted.account, None, true).await.unwrap();
    assert_eq!((clerk.name.as_str(), clerk.actor.roles_in(o.department)), ("李经办", vec![Role::Caseworker]));
    let listed = staff::list(&o.fixture.state, &o.admin).await.unwrap();
    let roles: Vec<(Role, bool)> = listed.iter().map(|s| (s.role, s.has_totp)).collect();
    assert_eq!(roles, [(Role::Administrator, true), (Role::Caseworker, true)]);
}

#[tokio::test]
async fn only_administrators_invite_and_only_to_matching_roles() {
    let o = office().await;
    let clerk = accept(&o.fixture, &o.invite(CLERK, o.department, "caseworker").await.unwrap()).await;
    let without_code = Actor { second_factor: false, ..o.admin.clone() };
    let resident = signed_in(o.fixture.account("12900000001").await);
    for (actor, expected) in [
        (clerk, Problem::Forbidden),
        (resident, Problem::Forbidden),
        (without_code, Problem::SecondFactorFirst),
        (Actor::anonymous(), Problem::SignInFirst),
    ] {
        let answer =
            staff::invite(&o.fixture.state, &actor, "x@demo.huimin.example", "某人", o.department, "supervisor", Lang::Zh).await;
        assert_eq!(problem(answer), expected);
        assert_eq!(problem(staff::list(&o.fixture.state, &actor).await), expected);
        assert_eq!(problem(organisations::list(&o.fixture.state, &actor).await), expected);
        assert_eq!(problem(staff::end_membership(&o.fixture.state, &actor, new_id()).await), expected);
    }
    for (organisation, role, field) in [
        (o.city, "caseworker", "role"),
        (o.department, "administrator", "role"),
        (o.department, "emperor", "role"),
        (new_id(), "caseworker", "organisation"),
    ] {
        let answer = o.invite("x@demo.huimin.example", organisation, role).await;
        assert_eq!(field_error(answer), on_field(field, FieldErrorKind::NotAnOption), "{role}");
    }
    let blank = staff::invite(&o.fixture.state, &o.admin, "nobody", " ", o.department, "caseworker", Lang::Zh).await;
    assert!(matches!(problem(blank), Problem::Invalid { errors } if errors.len() == 2));
    // The city's duty desk always exists.
    assert_eq!(organisations::list(&o.fixture.state, &o.admin).await.unwrap().len(), 3);
}

#[tokio::test]
async fn invitation_to_an_existing_account_requires_its_password() {
    let o = office().await;
    let account = o.fixture.account(CLERK).await;
    let token = o.invite(CLERK, o.department, "supervisor").await.unwrap();
    assert!(staff::invitation(&o.fixture.state, &token).await.unwrap().has_account);
    let wrong = staff::accept_invitation(&o.fixture.state, &token, "another-pass-17").await;
    assert_eq!(field_error(wrong), on_field("password", FieldErrorKind::PasswordWrong));
    let supervisor = accept(&o.fixture, &token).await;
    assert_eq!((supervisor.account, supervisor.roles_in(o.department)), (Some(account), vec![Role::Supervisor]));
    // A second role: the authenticator stays.
    let token = o.invite(CLERK, o.department, "caseworker").await.unwrap();
    assert!(staff::accept_invitation(&o.fixture.state, &token, PASSWORD).await.unwrap().enrolment.is_none());
}

#[tokio::test]
async fn membership_of_the_last_administrator_cannot_be_ended() {
    let o = office().await;
    let mine = staff::list(&o.fixture.state, &o.admin).await.unwrap().remove(0);
    let answer = staff::end_membership(&o.fixture.state, &o.admin, mine.membership).await;
    assert_eq!(field_error(answer), on_field("membership", FieldErrorKind::LastAdministrator));

    let second = accept(&o.fixture, &o.invite("second@demo.huimin.example", o.city, "administrator").await.unwrap()).await;
    let both: Vec<MembershipId> = staff::list(&o.fixture.state, &second).await.unwrap().iter().map(|s| s.membership).collect();
    let (one, two) = tokio::join!(
        staff::end_membership(&o.fixture.state, &o.admin, both[1]),
        staff::end_membership(&o.fixture.state, &second, both[0]),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_eq!(o.fixture.count("SELECT count(*) FROM membership WHERE ended_at IS NULL").await, 1);
}

#[tokio::test]
async fn absences_are_entered_by_the_person_or_the_supervisor() {
    let o = office().await;
    let clerk = accept(&o.fixture, &o.invite(CLERK, o.department, "caseworker").await.unwrap()).await;
    let supervisor = accept(&o.fixture, &o.invite("boss@demo.huimin.example", o.department, "supervisor").await.unwrap()).await;
    let elsewhere = organisation(&o.fixture, "hrss", "department").await;
    let other = accept(&o.fixture, &o.invite("other@demo.huimin.example", elsewhere, "supervisor").await.unwrap()).await;
    let city = &o.fixture.state;
    assert_eq!(absences::list_people(city, &clerk).await.unwrap(), [(clerk.account.unwrap(), "李经办".to_owned())]);
    assert_eq!(absences::list_people(city, &supervisor).await.unwrap().len(), 2);
    assert_eq!(problem(absences::list_people(city, &o.admin).await), Problem::Forbidden);
    let today = city.store.read(&clerk).await.unwrap().now().await.unwrap().today();
    let (account, week) = (clerk.account.unwrap(), today.saturating_add(6.days()));

    let id = absences::add(city, &clerk, account, today, week).await.unwrap();
    assert_eq!(
        field_error(absences::add(city, &supervisor, account, week, week).await),
        on_field("first", FieldErrorKind::AlreadyTaken)
    );
    let reversed = absences::add(city, &clerk, account, week, today).await;
    assert!(matches!(field_error(reversed), (field, FieldErrorKind::DateBefore { .. }) if field == "last"));
    assert_eq!(problem(absences::add(city, &other, account, today, week).await), Problem::Forbidden);
    assert_eq!(problem(absences::remove(city, &other, id).await), Problem::NotFound);
    assert_eq!(problem(absences::list(city, &o.admin).await), Problem::Forbidden);
    assert!(absences::list(city, &other).await.unwrap().is_empty());
    let seen = absences::list(city, &supervisor).await.unwrap();
    assert_eq!((seen[0].staff_name.as_str(), seen[0].first, seen[0].last), ("李经办", today, week));
    absences::remove(city, &supervisor, id).await.unwrap();
    assert!(absences::list(city, &clerk).await.unwrap().is_empty());
}
