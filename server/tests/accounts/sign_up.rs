//! Tests sign-up by code, which does not disclose existing accounts.

use super::fixture::{AccountFixture, PASSWORD, client_ip, digits, field_error, on_field, problem, signed_in};
use server::account::{
    preferences, profile,
    sign_in::{self, SignInOutcome},
    sign_up,
};
use shared::{FieldErrorKind, Lang, Problem};

const PHONE: &str = "12900000001";

#[tokio::test]
async fn confirmed_code_creates_an_account_that_can_sign_in() {
    let fixture = AccountFixture::new().await;
    sign_up::request_code(&fixture.state, "+86 129-0000-0001", Lang::En, client_ip()).await.unwrap();
    let message = fixture.last_to(PHONE).await;
    assert!(message.starts_with("[Huimin]"), "{message}");
    let code = digits(&message);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let confirm = |code: &str, password: &'static str| {
        let (city, code) = (fixture.state.clone(), code.to_owned());
        async move { sign_up::confirm(&city, PHONE, &code, password, Lang::En).await }
    };
    assert_eq!(field_error(confirm(&code, "12345678").await), on_field("password", FieldErrorKind::PasswordCommon));
    assert_eq!(field_error(confirm(&code, PHONE).await), on_field("password", FieldErrorKind::PasswordCommon));
    assert_eq!(field_error(confirm("12 34", PASSWORD).await), on_field("code", FieldErrorKind::CodeWrong));
    assert_eq!(field_error(confirm(wrong, PASSWORD).await), on_field("code", FieldErrorKind::CodeWrong));
    let account = confirm(&code, PASSWORD).await.unwrap();
    assert_eq!(field_error(confirm(&code, PASSWORD).await), on_field("code", FieldErrorKind::CodeExpired));

    let outcome = sign_in::sign_in(&fixture.state, PHONE, PASSWORD, client_ip()).await.unwrap();
    assert!(matches!(&outcome, SignInOutcome::SignedIn(s) if s.account == account && !s.second_factor && s.since == s.seen));
    let me = profile::profile(&fixture.state, &signed_in(account)).await.unwrap();
    assert_eq!((me.phone.as_deref(), me.email, me.real_name, me.lang), (Some("129****0001"), None, None, Lang::En));
    preferences::set(&fixture.state, &signed_in(account), Lang::Zh, true).await.unwrap();
    let me = profile::profile(&fixture.state, &signed_in(account)).await.unwrap();
    assert_eq!((me.lang, me.elder), (Lang::Zh, true));
}

#[tokio::test]
async fn concurrent_confirmations_of_one_code_create_one_account() {
    let fixture = AccountFixture::new().await;
    sign_up::request_code(&fixture.state, PHONE, Lang::Zh, client_ip()).await.unwrap();
    let code = digits(&fixture.last_to(PHONE).await);
    let attempts = (0..5).map(|_| sign_up::confirm(&fixture.state, PHONE, &code, PASSWORD, Lang::Zh));
    let created = futures::future::join_all(attempts).await.into_iter().filter(Result::is_ok).count();
    assert_eq!((created, fixture.count("SELECT count(*) FROM account").await), (1, 1));
}

#[tokio::test]
async fn sign_up_does_not_disclose_existing_contacts() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account("li.hua@demo.huimin.example").await;
    sign_up::request_code(&fixture.state, "Li.Hua@demo.huimin.example", Lang::Zh, client_ip()).await.unwrap();
    let message = fixture.last_to("li.hua@demo.huimin.example").await;
    assert!(message.contains("您已有账号") && message.contains("/reset"), "{message}");
    // The same as for a new contact: five wrong codes, then none is valid.
    for contact in ["li.hua@demo.huimin.example", "new@demo.huimin.example"] {
        sign_up::request_code(&fixture.state, contact, Lang::Zh, client_ip()).await.unwrap();
        let sent = fixture.last_to(contact).await;
        let wrong = if sent.contains("000000") { "000001" } else { "000000" };
        for _ in 0..5 {
            let answer = sign_up::confirm(&fixture.state, contact, wrong, PASSWORD, Lang::Zh).await;
            assert_eq!(field_error(answer), on_field("code", FieldErrorKind::CodeWrong), "{contact}");
        }
        let answer = sign_up::confirm(&fixture.state, contact, wrong, PASSWORD, Lang::Zh).await;
        assert_eq!(field_error(answer), on_field("code", FieldErrorKind::CodeExpired), "{contact}");
    }
    assert!(profile::profile(&fixture.state, &signed_in(account)).await.is_ok());
}

#[tokio::test]
async fn codes_expire_and_only_the_newest_is_valid() {
    let fixture = AccountFixture::new().await;
    sign_up::request_code(&fixture.state, PHONE, Lang::Zh, client_ip()).await.unwrap();
    let first = digits(&fixture.last_to(PHONE).await);
    let late = sign_up::confirm(&fixture.with_clock_offset("11 minutes"), PHONE, &first, PASSWORD, Lang::Zh).await;
    assert_eq!(field_error(late), on_field("code", FieldErrorKind::CodeExpired));
    sign_up::request_code(&fixture.state, PHONE, Lang::Zh, client_ip()).await.unwrap();
    let second = digits(&fixture.last_to(PHONE).await);
    if first != second {
        let old = sign_up::confirm(&fixture.state, PHONE, &first, PASSWORD, Lang::Zh).await;
        assert_eq!(field_error(old), on_field("code", FieldErrorKind::CodeWrong));
    }
    sign_up::confirm(&fixture.with_clock_offset("9 minutes"), PHONE, &second, PASSWORD, Lang::Zh).await.unwrap();
}

#[tokio::test]
async fn codes_per_contact_are_limited() {
    let fixture = AccountFixture::new().await;
    for _ in 0..5 {
        sign_up::request_code(&fixture.state, PHONE, Lang::Zh, client_ip()).await.unwrap();
    }
    let sixth = sign_up::request_code(&fixture.state, PHONE, Lang::Zh, client_ip()).await;
    assert!(matches!(problem(sixth), Problem::TooMany { retry_after } if (3000..=3720).contains(&retry_after)));
    assert_eq!(fixture.outbox().await.len(), 5);
    sign_up::request_code(&fixture.with_clock_offset("62 minutes"), PHONE, Lang::Zh, client_ip()).await.unwrap();
}

#[tokio::test]
async fn invalid_contacts_are_rejected_with_a_reason() {
    let fixture = AccountFixture::new().await;
    for (contact, expected) in
        [("", FieldErrorKind::Required), ("12345", FieldErrorKind::NotAPhone), ("a@b", FieldErrorKind::NotAnEmail)]
    {
        let answer = sign_up::request_code(&fixture.state, contact, Lang::Zh, client_ip()).await;
        assert_eq!(field_error(answer), on_field("contact", expected), "{contact}");
    }
}
