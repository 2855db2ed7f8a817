//! New passwords: reset by link and code, changed with the present one, hashed anew; every session ends with it.

use super::fixture::{AccountFixture, PASSWORD, about, after, complaint, digits, home, problem, signed_in};
use argon2::{Argon2, Params, PasswordHasher};
use server::{
    account::{
        reset,
        session::{SignedIn, presence},
        sessions, sign_in,
    },
    http::session_store::{PostgresSessions, SEEN, SIGNED_IN},
};
use shared::{Complaint, Lang, Problem, ids::AccountId};
use std::collections::HashMap;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

const PHONE: &str = "12900000001";
const EMAIL: &str = "li.hua@demo.huimin.example";
const NEW: &str = "梅花落满了南山东坡";

/// Opens a session as a page does.
async fn open_session(fixture: &AccountFixture, account: AccountId, agent: &str) -> Record {
    let data = HashMap::from([
        (SIGNED_IN.to_owned(), serde_json::to_value(SignedIn::now(account, false)).unwrap()),
        ("agent".to_owned(), agent.into()),
    ]);
    let expiry_date = time::OffsetDateTime::now_utc() + time::Duration::minutes(15);
    let mut record = Record { id: Id::default(), data, expiry_date };
    PostgresSessions::new(fixture.city.store.clone()).create(&mut record).await.unwrap();
    record
}

#[tokio::test]
async fn requests_of_one_session_that_overlap_undo_nothing_of_each_other() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(EMAIL).await;
    let id = open_session(&fixture, account, "Desk").await.id;
    let sessions = PostgresSessions::new(fixture.city.store.clone());
    let load = async || sessions.load(&id).await.unwrap().unwrap();
    // A page renews itself and prolongs the session; meanwhile a form leaves its word for the next page.
    let (mut renewed, mut posted) = (load().await, load().await);
    posted.data.insert("flash".to_owned(), "sent".into());
    sessions.save(&posted).await.unwrap();
    renewed.data.insert(SEEN.to_owned(), 7.into());
    sessions.save(&renewed).await.unwrap();
    let mut next = load().await;
    assert_eq!((next.data.get("flash"), next.data.get(SEEN)), (Some(&"sent".into()), Some(&7.into())));
    next.data.remove("flash");
    sessions.save(&next).await.unwrap();
    assert!(!load().await.data.contains_key("flash") && load().await.data.contains_key(SIGNED_IN));
}

async fn is_open(fixture: &AccountFixture, record: &Record) -> bool {
    PostgresSessions::new(fixture.city.store.clone()).load(&record.id).await.unwrap().is_some()
}

#[tokio::test]
async fn a_link_sets_a_new_password_once_and_ends_every_session() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(EMAIL).await;
    let session = open_session(&fixture, account, "Phone").await;
    reset::request(&fixture.city, EMAIL, Lang::Zh, home()).await.unwrap();
    let token = after(&fixture.last_to(EMAIL).await, "/reset/");

    let weak = reset::with_link(&fixture.city, &token, "password1").await;
    assert_eq!(complaint(weak), about("password", Complaint::PasswordCommon));
    let late = reset::with_link(&fixture.later("31 minutes"), &token, NEW).await;
    assert_eq!(complaint(late), about("token", Complaint::CodeExpired));
    for broken in ["", "x", &token[..40], &format!("{}00", &token[..token.len() - 2]), &"中".repeat(40)] {
        if broken != token {
            let answer = reset::with_link(&fixture.city, broken, NEW).await;
            assert_eq!(complaint(answer), about("token", Complaint::CodeExpired), "{broken}");
        }
    }
    assert!(is_open(&fixture, &session).await);
    reset::with_link(&fixture.city, &token, NEW).await.unwrap();
    let again = reset::with_link(&fixture.city, &token, PASSWORD).await;
    assert_eq!(complaint(again), about("token", Complaint::CodeExpired));

    assert!(!is_open(&fixture, &session).await);
    // A request that was under way with the old session does not bring it back.
    PostgresSessions::new(fixture.city.store.clone()).save(&session).await.unwrap();
    assert!(!is_open(&fixture, &session).await);
    assert_eq!(
        complaint(sign_in::sign_in(&fixture.city, EMAIL, PASSWORD, home()).await),
        about("password", Complaint::SignInWrong)
    );
    sign_in::sign_in(&fixture.city, EMAIL, NEW, home()).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM notice WHERE kind = 'password_changed'").await, 1);
}

#[tokio::test]
async fn a_code_by_sms_does_it_too() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    reset::request(&fixture.city, PHONE, Lang::Zh, home()).await.unwrap();
    let code = digits(&fixture.last_to(PHONE).await);
    let late = reset::with_code(&fixture.later("11 minutes"), PHONE, &code, NEW).await;
    assert_eq!(complaint(late), about("code", Complaint::CodeExpired));
    reset::with_code(&fixture.city, PHONE, &code, NEW).await.unwrap();
    let again = reset::with_code(&fixture.city, PHONE, &code, NEW).await;
    assert_eq!(complaint(again), about("code", Complaint::CodeExpired));
    sign_in::sign_in(&fixture.city, PHONE, NEW, home()).await.unwrap();
}

#[tokio::test]
async fn whoever_is_unknown_gets_the_same_answer_and_no_message() {
    let fixture = AccountFixture::new().await;
    for contact in ["12900000009", "nobody@demo.huimin.example"] {
        reset::request(&fixture.city, contact, Lang::Zh, home()).await.unwrap();
    }
    assert!(fixture.outbox().await.is_empty());
    let guess = reset::with_code(&fixture.city, "12900000009", "123456", NEW).await;
    assert_eq!(complaint(guess), about("code", Complaint::CodeWrong));
}

#[tokio::test]
async fn the_present_password_is_asked_for() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let session = open_session(&fixture, account, "Phone").await;
    let me = signed_in(account);
    let wrong = reset::change_password(&fixture.city, &me, "not this one", NEW).await;
    assert_eq!(complaint(wrong), about("current_password", Complaint::PasswordWrong));
    let weak = reset::change_password(&fixture.city, &me, PASSWORD, "qwertyuiop").await;
    assert_eq!(complaint(weak), about("password", Complaint::PasswordCommon));
    assert!(is_open(&fixture, &session).await);
    reset::change_password(&fixture.city, &me, PASSWORD, NEW).await.unwrap();
    assert!(!is_open(&fixture, &session).await);
    for _ in 0..5 {
        complaint(reset::change_password(&fixture.city, &me, "not this one", PASSWORD).await);
    }
    let sixth = reset::change_password(&fixture.city, &me, NEW, PASSWORD).await;
    assert!(matches!(problem(sixth), Problem::TooMany { .. }));
}

#[tokio::test]
async fn a_weaker_hash_is_made_anew_at_sign_in() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    let weak = Argon2::from(Params::new(8192, 1, 1, None).unwrap()).hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    sqlx::query("UPDATE account SET password_hash = $1").bind(&weak).execute(&fixture.db.owner).await.unwrap();
    for _ in 0..2 {
        assert_eq!(sign_in::sign_in(&fixture.city, PHONE, PASSWORD, home()).await.unwrap().signed_in().account, account);
        let strong = "SELECT count(*) FROM account WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
        assert_eq!(fixture.count(strong).await, 1);
    }
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_owner_alone() {
    let fixture = AccountFixture::new().await;
    let (mine, other) = (fixture.account(PHONE).await, fixture.account(EMAIL).await);
    let (phone, desk) = (open_session(&fixture, mine, "Phone").await, open_session(&fixture, mine, "Desk").await);
    let theirs = open_session(&fixture, other, "Tablet").await;
    let me = signed_in(mine);

    let seen = sessions::list(&fixture.city, &me, Some(&desk.id)).await.unwrap();
    let mut agents: Vec<(&str, bool)> = seen.iter().map(|s| (s.user_agent.as_str(), s.current)).collect();
    agents.sort_unstable();
    assert_eq!(agents, [("Desk", true), ("Phone", false)]);

    let foreign = sessions::list(&fixture.city, &signed_in(other), None).await.unwrap().remove(0);
    assert_eq!(problem(sessions::revoke(&fixture.city, &me, &foreign.id).await), Problem::NotFound);
    assert_eq!(complaint(sessions::revoke(&fixture.city, &me, "zz").await), about("id", Complaint::Unknown));
    let old = seen.iter().find(|s| !s.current).unwrap();
    sessions::revoke(&fixture.city, &me, &old.id).await.unwrap();
    assert!(!is_open(&fixture, &phone).await && is_open(&fixture, &desk).await);

    open_session(&fixture, mine, "Phone").await;
    assert_eq!(sessions::revoke_others(&fixture.city, &me, Some(&desk.id)).await.unwrap(), 1);
    assert!(is_open(&fixture, &desk).await && is_open(&fixture, &theirs).await);
    assert_eq!(problem(sessions::list(&fixture.city, &server::Actor::anonymous(), None).await), Problem::SignInFirst);
}

#[tokio::test]
async fn a_demo_account_exists_in_a_demo_alone() {
    let fixture = AccountFixture::new().await;
    let account = fixture.account(PHONE).await;
    sqlx::query("UPDATE account SET demo = true").execute(&fixture.db.owner).await.unwrap();
    sign_in::sign_in(&fixture.city, PHONE, PASSWORD, home()).await.unwrap();
    let config = server::Config { demo: false, ..(*fixture.city.config).clone() };
    let earnest = server::AppState::new(fixture.city.store.clone(), config);
    let refused = sign_in::sign_in(&earnest, PHONE, PASSWORD, home()).await;
    assert_eq!(complaint(refused), about("password", Complaint::SignInWrong));
    // Nor does a session go on that was begun in the demo.
    let session = SignedIn::now(account, false);
    assert!(presence(&fixture.city.store, &session).await.unwrap().is_some());
    assert!(presence(&earnest.store, &session).await.unwrap().is_none());
    let reserved = earnest.with_emergency_store(fixture.city.store.clone()).for_emergency();
    assert!(presence(&reserved.store, &session).await.unwrap().is_none());
}
