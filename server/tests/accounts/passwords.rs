//! Tests new passwords: reset by link and code, change with the current password, hash upgrades, and the end of all sessions.

use super::fixture::{AccountFixture, PASSWORD, client_ip, digits, field_error, on_field, problem, signed_in, text_after};
use argon2::{Argon2, Params, PasswordHasher};
use server::{
    account::{
        reset,
        session::{SignedIn, presence},
        sessions, sign_in,
    },
    http::session_store::{PostgresSessions, SEEN, SIGNED_IN},
};
use shared::{FieldErrorKind, Lang, Problem, ids::AccountId};
use std::collections::HashMap;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

const PHONE: &str = "12900000001";
const EMAIL: &str = "li.hua@demo.huimin.example";
const NEW: &str = "梅花落满了南山东坡";

/// Creates a session as a page does.
async fn open_session(fixture: &AccountFixture, account: AccountId, agent: &str) -> Record {
    let data = HashMap::from([
        (SIGNED_IN.to_owned(), serde_json::to_value(SignedIn::now(account, false)).unwrap()),
        ("agent".to_owned(), agent.into()),
    ]);
    let expiry_date = time::OffsetDateTime::now_utc() + time::Duration::minutes(15);
    let mut record = Record { id: Id::default(), data, expiry_date };
    PostgresSessions::new(fixture.state.store.clone()).create(&mut record).await.unwrap();
    record
}

#[tokio::test]
async fn overlapping_requests_of_one_session_keep_each_others_changes() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(EMAIL).await;
    let id = open_session(&fixture, account, "Desk").await.id;
    let sessions = PostgresSessions::new(fixture.state.store.clone());
    let load = async || sessions.load(&id).await.unwrap().unwrap();
    // A page reloads and prolongs the session; meanwhile a form stores a flash message for the next page.
    let (mut page, mut form) = (load().await, load().await);
    form.data.insert("flash".to_owned(), "sent".into());
    sessions.save(&form).await.unwrap();
    page.data.insert(SEEN.to_owned(), 7.into());
    sessions.save(&page).await.unwrap();
    let mut next = load().await;
    assert_eq!((next.data.get("flash"), next.data.get(SEEN)), (Some(&"sent".into()), Some(&7.into())));
    next.data.remove("flash");
    sessions.save(&next).await.unwrap();
    assert!(!load().await.data.contains_key("flash") && load().await.data.contains_key(SIGNED_IN));
}

async fn is_open(fixture: &AccountFixture, record: &Record) -> bool {
    PostgresSessions::new(fixture.state.store.clone()).load(&record.id).await.unwrap().is_some()
}

#[tokio::test]
async fn reset_link_works_once_and_ends_all_sessions() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(EMAIL).await;
    let session = open_session(&fixture, account, "Phone").await;
    reset::request(&fixture.state, EMAIL, Lang::Zh, client_ip()).await.unwrap();
    let token = text_after(&fixture.last_to(EMAIL).await, "/reset/");

    let weak = reset::with_link(&fixture.state, &token, "password1").await;
    assert_eq!(field_error(weak), on_field("password", FieldErrorKind::PasswordCommon));
    let late = reset::with_link(&fixture.with_clock_offset("31 minutes"), &token, NEW).await;
    assert_eq!(field_error(late), on_field("token", FieldErrorKind::CodeExpired));
    for broken in ["", "x", &token[..40], &format!("{}00", &token[..token.len() - 2]), &"中".repeat(40)] {
        if broken != token {
            let answer = reset::with_link(&fixture.state, broken, NEW).await;
            assert_eq!(field_error(answer), on_field("token", FieldErrorKind::CodeExpired), "{broken}");
        }
    }
    assert!(is_open(&fixture, &session).await);
    reset::with_link(&fixture.state, &token, NEW).await.unwrap();
    let again = reset::with_link(&fixture.state, &token, PASSWORD).await;
    assert_eq!(field_error(again), on_field("token", FieldErrorKind::CodeExpired));

    assert!(!is_open(&fixture, &session).await);
    // A running request of the old session does not restore it.
    PostgresSessions::new(fixture.state.store.clone()).save(&session).await.unwrap();
    assert!(!is_open(&fixture, &session).await);
    assert_eq!(
        field_error(sign_in::sign_in(&fixture.state, EMAIL, PASSWORD, client_ip()).await),
        on_field("password", FieldErrorKind::SignInWrong)
    );
    sign_in::sign_in(&fixture.state, EMAIL, NEW, client_ip()).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM notice WHERE kind = 'password_changed'").await, 1);
}

#[tokio::test]
async fn sms_code_resets_the_password_once() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    reset::request(&fixture.state, PHONE, Lang::Zh, client_ip()).await.unwrap();
    let code = digits(&fixture.last_to(PHONE).await);
    let late = reset::with_code(&fixture.with_clock_offset("11 minutes"), PHONE, &code, NEW).await;
    assert_eq!(field_error(late), on_field("code", FieldErrorKind::CodeExpired));
    reset::with_code(&fixture.state, PHONE, &code, NEW).await.unwrap();
    let again = reset::with_code(&fixture.state, PHONE, &code, NEW).await;
    assert_eq!(field_error(again), on_field("code", FieldErrorKind::CodeExpired));
    sign_in::sign_in(&fixture.state, PHONE, NEW, client_ip()).await.unwrap();
}

#[tokio::test]
async fn reset_for_an_unknown_contact_has_the_same_response_and_sends_nothing() {
    let fixture = AccountFixture::new().await;
    for contact in ["12900000009", "nobody@demo.huimin.example"] {
        reset::request(&fixture.state, contact, Lang::Zh, client_ip()).await.unwrap();
    }
    assert!(fixture.outbox().await.is_empty());
    let guess = reset::with_code(&fixture.state, "12900000009", "123456", NEW).await;
    assert_eq!(field_error(guess), on_field("code", FieldErrorKind::CodeWrong));
}

#[tokio::test]
async fn changing_the_password_requires_the_current_one() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let session = open_session(&fixture, account, "Phone").await;
    let me = signed_in(account);
    let wrong = reset::change_password(&fixture.state, &me, "not this one", NEW).await;
    assert_eq!(field_error(wrong), on_field("current_password", FieldErrorKind::PasswordWrong));
    let weak = reset::change_password(&fixture.state, &me, PASSWORD, "qwertyuiop").await;
    assert_eq!(field_error(weak), on_field("password", FieldErrorKind::PasswordCommon));
    assert!(is_open(&fixture, &session).await);
    reset::change_password(&fixture.state, &me, PASSWORD, NEW).await.unwrap();
    assert!(!is_open(&fixture, &session).await);
    for _ in 0..5 {
        field_error(reset::change_password(&fixture.state, &me, "not this one", PASSWORD).await);
    }
    let sixth = reset::change_password(&fixture.state, &me, NEW, PASSWORD).await;
    assert!(matches!(problem(sixth), Problem::TooMany { .. }));
}

#[tokio::test]
async fn weak_password_hash_is_upgraded_at_sign_in() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let weak = Argon2::from(Params::new(8192, 1, 1, None).unwrap()).hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    sqlx::query("UPDATE account SET password_hash = $1").bind(&weak).execute(&fixture.db.owner).await.unwrap();
    for _ in 0..2 {
        assert_eq!(sign_in::sign_in(&fixture.state, PHONE, PASSWORD, client_ip()).await.unwrap().signed_in().account, account);
        let strong = "SELECT count(*) FROM account WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
        assert_eq!(fixture.count(strong).await, 1);
    }
}

#[tokio::test]
async fn sessions_are_listed_and_revoked_only_by_their_owner() {
    let fixture = AccountFixture::new().await;
    let (mine, other) = (fixture.account(PHONE).await, fixture.account(EMAIL).await);
    let (phone, desk) = (open_session(&fixture, mine, "Phone").await, open_session(&fixture, mine, "Desk").await);
    let theirs = open_session(&fixture, other, "Tablet").await;
    let me = signed_in(mine);

    let seen = sessions::list(&fixture.state, &me, Some(&desk.id)).await.unwrap();
    let mut agents: Vec<(&str, bool)> = seen.iter().map(|s| (s.user_agent.as_str(), s.current)).collect();
    agents.sort_unstable();
    assert_eq!(agents, [("Desk", true), ("Phone", false)]);

    let foreign = sessions::list(&fixture.state, &signed_in(other), None).await.unwrap().remove(0);
    assert_eq!(problem(sessions::revoke(&fixture.state, &me, &foreign.id).await), Problem::NotFound);
    assert_eq!(field_error(sessions::revoke(&fixture.state, &me, "zz").await), on_field("id", FieldErrorKind::Unknown));
    let old = seen.iter().find(|s| !s.current).unwrap();
    sessions::revoke(&fixture.state, &me, &old.id).await.unwrap();
    assert!(!is_open(&fixture, &phone).await && is_open(&fixture, &desk).await);

    open_session(&fixture, mine, "Phone").await;
    assert_eq!(sessions::revoke_others(&fixture.state, &me, Some(&desk.id)).await.unwrap(), 1);
    assert!(is_open(&fixture, &desk).await && is_open(&fixture, &theirs).await);
    assert_eq!(problem(sessions::list(&fixture.state, &server::Actor::anonymous(), None).await), Problem::SignInFirst);
}

#[tokio::test]
async fn demo_account_works_only_in_demo_mode() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    sqlx::query("UPDATE account SET demo = true").execute(&fixture.db.owner).await.unwrap();
    sign_in::sign_in(&fixture.state, PHONE, PASSWORD, client_ip()).await.unwrap();
    let config = server::Config { demo: false, ..(*fixture.state.config).clone() };
    let production = server::AppState::new(fixture.state.store.clone(), config);
    let refused = sign_in::sign_in(&production, PHONE, PASSWORD, client_ip()).await;
    assert_eq!(field_error(refused), on_field("password", FieldErrorKind::SignInWrong));
    // A session that was created in demo mode ends, too.
    let session = SignedIn::now(account, false);
    assert!(presence(&fixture.state.store, &session).await.unwrap().is_some());
    assert!(presence(&production.store, &session).await.unwrap().is_none());
    let reserved = production.with_emergency_store(fixture.state.store.clone()).for_emergency();
    assert!(presence(&reserved.store, &session).await.unwrap().is_none());
}
