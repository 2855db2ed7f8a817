//! Sign-up: by code, without telling who is known.

use super::fixture::{AccountFixture, PASSWORD, about, complaint, digits, home, problem, signed_in};
use server::account::{
    preferences, profile,
    sign_in::{self, SignInOutcome},
    sign_up,
};
use shared::{Complaint, Lang, Problem};

const PHONE: &str = "12900000001";

#[tokio::test]
async fn a_code_makes_an_account_that_can_sign_in() {
    let fixture = AccountFixture::new().await;
    sign_up::request_code(&fixture.city, "+86 129-0000-0001", Lang::En, home()).await.unwrap();
    let message = fixture.last_to(PHONE).await;
    assert!(message.starts_with("[Huimin]"), "{message}");
    let code = digits(&message);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let confirm = |code: &str, password: &'static str| {
        let (city, code) = (fixture.city.clone(), code.to_owned());
        async move { sign_up::confirm(&city, PHONE, &code, password, Lang::En).await }
    };
    assert_eq!(complaint(confirm(&code, "12345678").await), about("password", Complaint::PasswordCommon));
    assert_eq!(complaint(confirm(&code, PHONE).await), about("password", Complaint::PasswordCommon));
    assert_eq!(complaint(confirm("12 34", PASSWORD).await), about("code", Complaint::CodeWrong));
    assert_eq!(complaint(confirm(wrong, PASSWORD).await), about("code", Complaint::CodeWrong));
    let account = confirm(&code, PASSWORD).await.unwrap();
    assert_eq!(complaint(confirm(&code, PASSWORD).await), about("code", Complaint::CodeExpired));

    let outcome = sign_in::sign_in(&fixture.city, PHONE, PASSWORD, home()).await.unwrap();
    assert!(matches!(&outcome, SignInOutcome::SignedIn(s) if s.account == account && !s.second_factor && s.since == s.seen));
    let me = profile::profile(&fixture.city, &signed_in(account)).await.unwrap();
    assert_eq!((me.phone.as_deref(), me.email, me.real_name, me.lang), (Some("129****0001"), None, None, Lang::En));
    preferences::set(&fixture.city, &signed_in(account), Lang::Zh, true).await.unwrap();
    let me = profile::profile(&fixture.city, &signed_in(account)).await.unwrap();
    assert_eq!((me.lang, me.elder), (Lang::Zh, true));
}

#[tokio::test]
async fn one_code_confirmed_many_times_at_once_makes_one_account() {
    let fixture = AccountFixture::new().await;
    sign_up::request_code(&fixture.city, PHONE, Lang::Zh, home()).await.unwrap();
    let code = digits(&fixture.last_to(PHONE).await);
    let tries = (0..5).map(|_| sign_up::confirm(&fixture.city, PHONE, &code, PASSWORD, Lang::Zh));
    let made = futures::future::join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((made, fixture.count("SELECT count(*) FROM account").await), (1, 1));
}

#[tokio::test]
async fn whoever_asks_for_a_taken_contact_learns_nothing() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account("li.hua@demo.huimin.example").await;
    sign_up::request_code(&fixture.city, "Li.Hua@demo.huimin.example", Lang::Zh, home()).await.unwrap();
    let message = fixture.last_to("li.hua@demo.huimin.example").await;
    assert!(message.contains("您已有账号") && message.contains("/reset"), "{message}");
    // Just as for one that is free: five wrong codes, then none counts.
    for contact in ["li.hua@demo.huimin.example", "new@demo.huimin.example"] {
        sign_up::request_code(&fixture.city, contact, Lang::Zh, home()).await.unwrap();
        let sent = fixture.last_to(contact).await;
        let wrong = if sent.contains("000000") { "000001" } else { "000000" };
        for _ in 0..5 {
            let answer = sign_up::confirm(&fixture.city, contact, wrong, PASSWORD, Lang::Zh).await;
            assert_eq!(complaint(answer), about("code", Complaint::CodeWrong), "{contact}");
        }
        let answer = sign_up::confirm(&fixture.city, contact, wrong, PASSWORD, Lang::Zh).await;
        assert_eq!(complaint(answer), about("code", Complaint::CodeExpired), "{contact}");
    }
    assert!(profile::profile(&fixture.city, &signed_in(account)).await.is_ok());
}

#[tokio::test]
async fn codes_expire_and_only_the_newest_counts() {
    let fixture = AccountFixture::new().await;
    sign_up::request_code(&fixture.city, PHONE, Lang::Zh, home()).await.unwrap();
    let first = digits(&fixture.last_to(PHONE).await);
    let late = sign_up::confirm(&fixture.later("11 minutes"), PHONE, &first, PASSWORD, Lang::Zh).await;
    assert_eq!(complaint(late), about("code", Complaint::CodeExpired));
    sign_up::request_code(&fixture.city, PHONE, Lang::Zh, home()).await.unwrap();
    let second = digits(&fixture.last_to(PHONE).await);
    if first != second {
        let old = sign_up::confirm(&fixture.city, PHONE, &first, PASSWORD, Lang::Zh).await;
        assert_eq!(complaint(old), about("code", Complaint::CodeWrong));
    }
    sign_up::confirm(&fixture.later("9 minutes"), PHONE, &second, PASSWORD, Lang::Zh).await.unwrap();
}

#[tokio::test]
async fn nobody_is_flooded_with_codes() {
    let fixture = AccountFixture::new().await;
    for _ in 0..5 {
        sign_up::request_code(&fixture.city, PHONE, Lang::Zh, home()).await.unwrap();
    }
    let sixth = sign_up::request_code(&fixture.city, PHONE, Lang::Zh, home()).await;
    assert!(matches!(problem(sixth), Problem::TooMany { retry_after } if (3000..=3720).contains(&retry_after)));
    assert_eq!(fixture.outbox().await.len(), 5);
    sign_up::request_code(&fixture.later("62 minutes"), PHONE, Lang::Zh, home()).await.unwrap();
}

#[tokio::test]
async fn bad_contacts_are_named() {
    let fixture = AccountFixture::new().await;
    for (contact, due) in [("", Complaint::Required), ("12345", Complaint::NotAPhone), ("a@b", Complaint::NotAnEmail)] {
        let answer = sign_up::request_code(&fixture.city, contact, Lang::Zh, home()).await;
        assert_eq!(complaint(answer), about("contact", due), "{contact}");
    }
}
