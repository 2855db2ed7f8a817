//! Tests limits on password guessing that hold across processes, and responses that disclose nothing.

use super::fixture::{AccountFixture, PASSWORD, client_ip, field_error, on_field, problem};
use server::{
    AppState, Config,
    account::{sign_in, throttle},
};
use shared::{FieldErrorKind, Problem};
use std::net::IpAddr;

const PHONE: &str = "12900000001";

#[tokio::test(flavor = "multi_thread")]
async fn five_of_32_parallel_password_guesses_are_checked() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    let guesses = (0..32).map(|n| {
        let city = fixture.state.clone();
        tokio::spawn(async move { sign_in::sign_in(&city, PHONE, &format!("wrong guess {n}"), client_ip()).await })
    });
    let (mut checked, mut refused) = (0, 0);
    for guess in futures::future::join_all(guesses).await {
        match problem(guess.unwrap()) {
            Problem::TooMany { retry_after } => {
                assert!((1..=61).contains(&retry_after), "{retry_after}");
                refused += 1;
            }
            _ => checked += 1,
        }
    }
    assert_eq!((checked, refused), (5, 27));
    // The correct password has to wait, too, but only from this address and not for ever.
    assert!(matches!(problem(sign_in::sign_in(&fixture.state, PHONE, PASSWORD, client_ip()).await), Problem::TooMany { .. }));
    sign_in::sign_in(&fixture.state, PHONE, PASSWORD, "192.0.2.77".parse().unwrap()).await.unwrap();
    sign_in::sign_in(&fixture.with_clock_offset("63 seconds"), PHONE, PASSWORD, client_ip()).await.unwrap();
    // A successful sign-in clears the failures.
    assert_eq!(wrong_guess(&fixture.with_clock_offset("64 seconds")).await, None);
}

async fn wrong_guess(city: &AppState) -> Option<u32> {
    match problem(sign_in::sign_in(city, PHONE, "not this one", client_ip()).await) {
        Problem::TooMany { retry_after } => Some(retry_after),
        _ => None,
    }
}

#[tokio::test]
async fn sign_in_delays_grow_to_15_minutes_and_50_failures_lock_for_12_hours() {
    let fixture = AccountFixture::new().await;
    let (mut seconds, mut checked, mut longest) = (0_u32, 0, 0);
    while checked < 50 {
        match wrong_guess(&fixture.with_clock_offset(&format!("{seconds} seconds"))).await {
            None => checked += 1,
            Some(wait) => {
                longest = longest.max(wait);
                seconds += wait;
            }
        }
    }
    assert_eq!(longest, 900);
    assert!((30_000..12 * 3600).contains(&seconds), "{seconds} s");
    let remaining = wrong_guess(&fixture.with_clock_offset(&format!("{} seconds", seconds + 901))).await.unwrap();
    assert!(remaining > 900 && seconds + 901 + remaining <= 12 * 3600 + 60, "{remaining} s");
    assert_eq!(wrong_guess(&fixture.with_clock_offset(&format!("{} seconds", seconds + 901 + remaining))).await, None);
    assert_eq!(wrong_guess(&fixture.with_clock_offset("25 hours")).await, None);
}

#[tokio::test]
async fn sign_in_to_an_unknown_account_has_the_same_response_and_statement_count() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    let store = &fixture.state.store;
    let mut statements = Vec::new();
    for (host, contact) in [(10, PHONE), (11, "12900000002"), (10, PHONE), (11, "12900000002")] {
        let address: IpAddr = format!("192.0.2.{host}").parse().unwrap();
        let before = store.statements();
        let answer = sign_in::sign_in(&fixture.state, contact, "not this one", address).await;
        assert_eq!(field_error(answer), on_field("password", FieldErrorKind::SignInWrong));
        statements.push(store.statements() - before);
    }
    assert_eq!(statements[0], statements[1]);
    assert_eq!(statements[2], statements[3]);
    // That the password hash of an unknown account takes equal work is tested in `account/password.rs`.
}

#[tokio::test(flavor = "multi_thread")]
async fn public_writes_are_limited_per_address() {
    let fixture = AccountFixture::new().await;
    let gateway: IpAddr = "198.51.100.1".parse().unwrap();
    let config = Config { gateways: vec![gateway], ..(*fixture.state.config).clone() };
    let city = AppState::new(fixture.state.store.clone(), config);
    for (address, limit) in [(client_ip(), 300), (gateway, 320)] {
        let writes = (0..320).map(|_| throttle::public_write(&city, address));
        let accepted = futures::future::join_all(writes).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(accepted, limit, "{address}");
    }
    // A block of IPv6 addresses is one address.
    throttle::allow(&city.store, "x", 1, 60).await.unwrap();
    assert!(matches!(problem(throttle::allow(&city.store, "x", 1, 60).await), Problem::TooMany { .. }));
    throttle::sweep(&fixture.with_clock_offset("3 days").store).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM throttle").await, 0);
}

#[tokio::test]
async fn throttle_buckets_contain_no_personal_data() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    let _ = sign_in::sign_in(&fixture.state, PHONE, "not this one", client_ip()).await;
    let plain_text = "SELECT count(*) FROM throttle WHERE bucket LIKE '%12900000001%' OR bucket LIKE '%192.0.2%'";
    assert_eq!(fixture.count(plain_text).await, 0);
    assert!(fixture.count("SELECT count(*) FROM throttle").await > 2);
}
