//! The authenticator: each code once.

use super::fixture::{AccountFixture, PASSWORD, about, complaint, home, problem, signed_in};
use server::{
    Actor,
    account::{
        reset,
        sign_in::{self, SignInOutcome},
        totp,
    },
};
use shared::{Complaint, Problem};

const PHONE: &str = "12900000001";

#[tokio::test]
async fn a_code_is_taken_once() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let me = signed_in(account);
    let enrolment = totp::enrol(&fixture.city, &me).await.unwrap();
    assert!(enrolment.uri.starts_with("otpauth://totp/Huimin:129%2A%2A%2A%2A0001?"), "{}", enrolment.uri);
    // Not before it is confirmed.
    assert!(matches!(sign_in::sign_in(&fixture.city, PHONE, PASSWORD, home()).await.unwrap(), SignInOutcome::SignedIn(_)));
    let code = fixture.code_in(&enrolment, 0);
    totp::confirm(&fixture.city, &me, &enrolment.pending, &code).await.unwrap();
    assert!(matches!(
        sign_in::sign_in(&fixture.city, PHONE, PASSWORD, home()).await.unwrap(),
        SignInOutcome::NeedsSecondFactor(_)
    ));

    let replay = sign_in::second_factor(&fixture.city, account, &code).await;
    assert_eq!(complaint(replay), about("code", Complaint::CodeExpired));
    let later = fixture.later("60 seconds");
    let next = fixture.code_in(&enrolment, 60);
    let tries = futures::future::join_all((0..4).map(|_| sign_in::second_factor(&later, account, &next))).await;
    assert_eq!(tries.into_iter().filter(Result::is_ok).count(), 1);
    let replay = sign_in::second_factor(&later, account, &next).await;
    assert_eq!(complaint(replay), about("code", Complaint::CodeExpired));
}

#[tokio::test]
async fn guesses_at_a_code_are_limited() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let enrolment = totp::enrol(&fixture.city, &signed_in(account)).await.unwrap();
    totp::confirm(&fixture.city, &signed_in(account), &enrolment.pending, &fixture.code_in(&enrolment, 0)).await.unwrap();
    let right = [-90, -60, -30, 0, 30, 60, 90].map(|s| fixture.code_in(&enrolment, s));
    let wrong: Vec<String> = (0..20).map(|n| format!("{n:06}")).filter(|c| !right.contains(c)).take(5).collect();
    for code in &wrong {
        assert_eq!(complaint(sign_in::second_factor(&fixture.city, account, code).await), about("code", Complaint::CodeWrong));
    }
    let sixth = sign_in::second_factor(&fixture.city, account, &fixture.code_in(&enrolment, 30)).await;
    assert!(matches!(problem(sixth), Problem::TooMany { .. }));
}

#[tokio::test]
async fn without_the_code_nothing_personal_and_no_other_authenticator() {
    let fixture = AccountFixture::new().await;
    let person = fixture.register("陈桂英", super::fixture::birthday(), 2, ("1", "户主")).await;
    let actor = fixture.verified(&person).await;
    let account = actor.account.unwrap();
    let enrolment = totp::enrol(&fixture.city, &actor).await.unwrap();
    totp::confirm(&fixture.city, &actor, &enrolment.pending, &fixture.code_in(&enrolment, 0)).await.unwrap();

    let half = fixture.presence(&fixture.city, account, None, false).await.unwrap();
    assert_eq!((half.actor.person, half.name.contains("陈")), (None, false));
    let whole = fixture.presence(&fixture.city, account, None, true).await.unwrap();
    assert_eq!((whole.actor.person, whole.name.as_str()), (actor.person, "陈桂英"));

    assert_eq!(problem(totp::enrol(&fixture.city, &half.actor).await), Problem::SecondFactorFirst);
    let swap = totp::confirm(&fixture.city, &half.actor, &enrolment.pending, &fixture.code_in(&enrolment, 0)).await;
    assert_eq!(problem(swap), Problem::SecondFactorFirst);
    let change = reset::change_password(&fixture.city, &half.actor, PASSWORD, "梅花落满了南山东坡").await;
    assert_eq!(problem(change), Problem::SecondFactorFirst);
    totp::enrol(&fixture.city, &whole.actor).await.unwrap();
    assert_eq!(problem(totp::enrol(&fixture.city, &Actor::anonymous()).await), Problem::SignInFirst);
}

#[tokio::test]
async fn a_secret_is_confirmed_by_the_account_it_was_made_for() {
    let fixture = AccountFixture::new().await;
    let (one, two) = (fixture.account(PHONE).await, fixture.account("12900000002").await);
    let enrolment = totp::enrol(&fixture.city, &signed_in(one)).await.unwrap();
    let code = fixture.code_in(&enrolment, 0);
    for pending in [enrolment.pending.as_str(), "", "zz", "00ff"] {
        let answer = totp::confirm(&fixture.city, &signed_in(two), pending, &code).await;
        assert_eq!(complaint(answer), about("code", Complaint::CodeExpired), "{pending}");
    }
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answer = totp::confirm(&fixture.city, &signed_in(one), &enrolment.pending, wrong).await;
    assert_eq!(complaint(answer), about("code", Complaint::CodeWrong));
}
