//! Guessing: limits that hold across processes, and answers that tell nothing.

use super::fixture::{AccountFixture, PASSWORD, about, complaint, home, problem};
use server::{
    AppState, Config,
    account::{sign_in, throttle},
};
use shared::{Complaint, Problem};
use std::net::IpAddr;

const PHONE: &str = "12900000001";

#[tokio::test(flavor = "multi_thread")]
async fn of_32_parallel_guesses_five_are_taken() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    let guesses = (0..32).map(|n| {
        let city = fixture.city.clone();
        tokio::spawn(async move { sign_in::sign_in(&city, PHONE, &format!("wrong guess {n}"), home()).await })
    });
    let (mut wrong, mut refused) = (0, 0);
    for guess in futures::future::join_all(guesses).await {
        match problem(guess.unwrap()) {
            Problem::TooMany { retry_after } => {
                assert!((1..=61).contains(&retry_after), "{retry_after}");
                refused += 1;
            }
            _ => wrong += 1,
        }
    }
    assert_eq!((wrong, refused), (5, 27));
    // Even the right one has to wait, but not for ever; and somebody elsewhere need not.
    assert!(matches!(problem(sign_in::sign_in(&fixture.city, PHONE, PASSWORD, home()).await), Problem::TooMany { .. }));
    sign_in::sign_in(&fixture.city, PHONE, PASSWORD, "192.0.2.77".parse().unwrap()).await.unwrap();
    sign_in::sign_in(&fixture.later("63 seconds"), PHONE, PASSWORD, home()).await.unwrap();
    // A success forgets the failures.
    assert_eq!(wrong_guess(&fixture.later("64 seconds")).await, None);
}

async fn wrong_guess(city: &AppState) -> Option<u32> {
    match problem(sign_in::sign_in(city, PHONE, "not this one", home()).await) {
        Problem::TooMany { retry_after } => Some(retry_after),
        _ => None,
    }
}

#[tokio::test]
async fn delays_grow_up_to_a_quarter_of_an_hour_and_fifty_is_the_end_for_half_a_day() {
    let fixture = AccountFixture::new().await;
    let (mut seconds, mut taken, mut longest) = (0_u32, 0, 0);
    while taken < 50 {
        match wrong_guess(&fixture.later(&format!("{seconds} seconds"))).await {
            None => taken += 1,
            Some(wait) => {
                longest = longest.max(wait);
                seconds += wait;
            }
        }
    }
    assert_eq!(longest, 900);
    assert!((30_000..12 * 3600).contains(&seconds), "{seconds} s");
    let rest = wrong_guess(&fixture.later(&format!("{} seconds", seconds + 901))).await.unwrap();
    assert!(rest > 900 && seconds + 901 + rest <= 12 * 3600 + 60, "{rest} s");
    assert_eq!(wrong_guess(&fixture.later(&format!("{} seconds", seconds + 901 + rest))).await, None);
    assert_eq!(wrong_guess(&fixture.later("25 hours")).await, None);
}

#[tokio::test]
async fn an_unknown_account_gets_the_same_answer_for_the_same_work() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    let store = &fixture.city.store;
    let mut statements = Vec::new();
    for (host, contact) in [(10, PHONE), (11, "12900000002"), (10, PHONE), (11, "12900000002")] {
        let address: IpAddr = format!("192.0.2.{host}").parse().unwrap();
        let before = store.statements();
        let answer = sign_in::sign_in(&fixture.city, contact, "not this one", address).await;
        assert_eq!(complaint(answer), about("password", Complaint::SignInWrong));
        statements.push(store.statements() - before);
    }
    assert_eq!(statements[0], statements[1]);
    assert_eq!(statements[2], statements[3]);
    // That nobody's password costs as much as a real one is tested where it is worked on (`account/password.rs`).
}

#[tokio::test(flavor = "multi_thread")]
async fn public_writes_are_counted_by_address() {
    let fixture = AccountFixture::new().await;
    let crowd: IpAddr = "198.51.100.1".parse().unwrap();
    let config = Config { gateways: vec![crowd], ..(*fixture.city.config).clone() };
    let city = AppState::new(fixture.city.store.clone(), config);
    for (address, due) in [(home(), 300), (crowd, 320)] {
        let writes = (0..320).map(|_| throttle::public_write(&city, address));
        let taken = futures::future::join_all(writes).await.into_iter().filter(Result::is_ok).count();
        assert_eq!(taken, due, "{address}");
    }
    // A block of IPv6 addresses is one address.
    throttle::allow(&city.store, "x", 1, 60).await.unwrap();
    assert!(matches!(problem(throttle::allow(&city.store, "x", 1, 60).await), Problem::TooMany { .. }));
    throttle::sweep(&fixture.later("3 days").store).await.unwrap();
    assert_eq!(fixture.count("SELECT count(*) FROM throttle").await, 0);
}

#[tokio::test]
async fn buckets_name_nobody() {
    let fixture = AccountFixture::new().await;
    fixture.account(PHONE).await;
    let _ = sign_in::sign_in(&fixture.city, PHONE, "not this one", home()).await;
    let clear = "SELECT count(*) FROM throttle WHERE bucket LIKE '%12900000001%' OR bucket LIKE '%192.0.2%'";
    assert_eq!(fixture.count(clear).await, 0);
    assert!(fixture.count("SELECT count(*) FROM throttle").await > 2);
}
