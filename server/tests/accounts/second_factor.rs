//! Tests the second factor: each authenticator code is accepted once.

use super::fixture::{AccountFixture, PASSWORD, client_ip, field_error, on_field, problem, signed_in};
use server::{
    Actor,
    account::{
        reset,
        sign_in::{self, SignInOutcome},
        totp,
    },
};
use shared::{FieldErrorKind, Problem};

const PHONE: &str = "12900000001";

#[tokio::test]
async fn authenticator_code_is_accepted_once() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let me = signed_in(account);
    let enrolment = totp::enrol(&fixture.state, &me).await.unwrap();
    assert!(enrolment.uri.starts_with("otpauth://totp/Huimin:129%2A%2A%2A%2A0001?"), "{}", enrolment.uri);
    // Not required before it is confirmed.
    assert!(matches!(sign_in::sign_in(&fixture.state, PHONE, PASSWORD, client_ip()).await.unwrap(), SignInOutcome::SignedIn(_)));
    let code = fixture.code_in(&enrolment, 0);
    totp::confirm(&fixture.state, &me, &enrolment.pending, &code).await.unwrap();
    assert!(matches!(
        sign_in::sign_in(&fixture.state, PHONE, PASSWORD, client_ip()).await.unwrap(),
        SignInOutcome::NeedsSecondFactor(_)
    ));

    let replay = sign_in::second_factor(&fixture.state, account, &code).await;
    assert_eq!(field_error(replay), on_field("code", FieldErrorKind::CodeExpired));
    let later = fixture.with_clock_offset("60 seconds");
    let next = fixture.code_in(&enrolment, 60);
    let tries = futures::future::join_all((0..4).map(|_| sign_in::second_factor(&later, account, &next))).await;
    assert_eq!(tries.into_iter().filter(Result::is_ok).count(), 1);
    let replay = sign_in::second_factor(&later, account, &next).await;
    assert_eq!(field_error(replay), on_field("code", FieldErrorKind::CodeExpired));
}

#[tokio::test]
async fn authenticator_code_attempts_are_limited() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let enrolment = totp::enrol(&fixture.state, &signed_in(account)).await.unwrap();
    totp::confirm(&fixture.state, &signed_in(account), &enrolment.pending, &fixture.code_in(&enrolment, 0)).await.unwrap();
    let right = [-90, -60, -30, 0, 30, 60, 90].map(|s| fixture.code_in(&enrolment, s));
    let wrong: Vec<String> = (0..20).map(|n| format!("{n:06}")).filter(|c| !right.contains(c)).take(5).collect();
    for code in &wrong {
        assert_eq!(
            field_error(sign_in::second_factor(&fixture.state, account, code).await),
            on_field("code", FieldErrorKind::CodeWrong)
        );
    }
    let sixth = sign_in::second_factor(&fixture.state, account, &fixture.code_in(&enrolment, 30)).await;
    assert!(matches!(problem(sixth), Problem::TooMany { .. }));
}

#[tokio::test]
async fn session_without_second_factor_has_no_personal_data_and_cannot_enrol() {
    let fixture = AccountFixture::new().await;
    let person = fixture.register("陈桂英", super::fixture::birthday(), 2, ("1", "户主")).await;
    let actor = fixture.verified(&person).await;
    let account = actor.account.unwrap();
    let enrolment = totp::enrol(&fixture.state, &actor).await.unwrap();
    totp::confirm(&fixture.state, &actor, &enrolment.pending, &fixture.code_in(&enrolment, 0)).await.unwrap();

    let partial = fixture.presence(&fixture.state, account, None, false).await.unwrap();
    assert_eq!((partial.actor.person, partial.name.contains("陈")), (None, false));
    let full = fixture.presence(&fixture.state, account, None, true).await.unwrap();
    assert_eq!((full.actor.person, full.name.as_str()), (actor.person, "陈桂英"));

    assert_eq!(problem(totp::enrol(&fixture.state, &partial.actor).await), Problem::SecondFactorFirst);
    let replacement = totp::confirm(&fixture.state, &partial.actor, &enrolment.pending, &fixture.code_in(&enrolment, 0)).await;
    assert_eq!(problem(replacement), Problem::SecondFactorFirst);
    let change = reset::change_password(&fixture.state, &partial.actor, PASSWORD, "梅花落满了南山东坡").await;
    assert_eq!(problem(change), Problem::SecondFactorFirst);
    totp::enrol(&fixture.state, &full.actor).await.unwrap();
    assert_eq!(problem(totp::enrol(&fixture.state, &Actor::anonymous()).await), Problem::SignInFirst);
}

#[tokio::test]
async fn enrolment_is_confirmed_only_by_its_own_account() {
    let fixture = AccountFixture::new().await;
    let (one, two) = (fixture.account(PHONE).await, fixture.account("12900000002").await);
    let enrolment = totp::enrol(&fixture.state, &signed_in(one)).await.unwrap();
    let code = fixture.code_in(&enrolment, 0);
    for pending in [enrolment.pending.as_str(), "", "zz", "00ff"] {
        let answer = totp::confirm(&fixture.state, &signed_in(two), pending, &code).await;
        assert_eq!(field_error(answer), on_field("code", FieldErrorKind::CodeExpired), "{pending}");
    }
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answer = totp::confirm(&fixture.state, &signed_in(one), &enrolment.pending, wrong).await;
    assert_eq!(field_error(answer), on_field("code", FieldErrorKind::CodeWrong));
}
