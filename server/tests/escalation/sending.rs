use crate::fixture::EscalationFixture;
use crate::fixture::step;
use server::care::escalation::alert;
use shared::{
    care::escalation::Target::{CityDesk, Dispatchers, Family},
    ids::{AlertId, CaseId},
};
use testing::edge_fixture::sms_gateway;
use testing::edge_fixture::soon;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

async fn page_to_contact(fixture: &EscalationFixture) -> AlertId {
    fixture.ask("SELECT id::text FROM care_alert WHERE contact_id IS NOT NULL AND account_id IS NULL").await.parse().unwrap()
}

fn key(request: &str) -> String {
    let head = request.to_lowercase();
    head.lines().find_map(|l| l.strip_prefix("idempotency-key: ").map(str::to_owned)).unwrap()
}

/// A gateway that hears the first message and whose answer never arrives, as when the process dies there.
async fn gateway_that_loses_the_first_answer() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/send", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut first = true;
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut seen, mut some) = (Vec::new(), [0; 4096]);
            while let Ok(n @ 1..) = stream.read(&mut some).await {
                seen.extend_from_slice(&some[..n]);
                if seen.ends_with(b"}") {
                    break;
                }
            }
            let _ = sender.send(String::from_utf8_lossy(&seen).into_owned());
            if !std::mem::take(&mut first) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            }
        }
    });
    (url, requests)
}

async fn family_called(url: String) -> (EscalationFixture, CaseId, String) {
    let fixture = EscalationFixture::with(|config| config.sms_url = Some(url)).await;
    fixture.publish(&[step(&[Family], 20), step(&[CityDesk], 20)]).await;
    let (case, number) = fixture.ring().await;
    fixture.tick(0.5).await;
    (fixture, case, number)
}

#[tokio::test]
async fn a_contact_without_an_account_is_told_by_sms_who_calls() {
    let (url, mut requests) = sms_gateway().await;
    let (fixture, _, number) = family_called(url).await;
    let page = page_to_contact(&fixture).await;
    alert::send(&fixture.city, page, false).await.unwrap();
    let request = soon(requests.recv()).await.unwrap();
    assert_eq!(key(&request), page.to_string());
    for word in ["13800002222", "陈桂英", "120", &number] {
        assert!(request.contains(word), "{word}: {request}");
    }
}

#[tokio::test]
async fn a_message_whose_process_died_is_sent_again_under_the_same_key() {
    let (url, mut requests) = gateway_that_loses_the_first_answer().await;
    let (fixture, ..) = family_called(url).await;
    let page = page_to_contact(&fixture).await;
    alert::send(&fixture.city, page, false).await.unwrap_err();
    alert::send(&fixture.city, page, false).await.unwrap();
    let (first, second) = (soon(requests.recv()).await.unwrap(), soon(requests.recv()).await.unwrap());
    assert_eq!(key(&first), key(&second));
}

#[tokio::test]
async fn who_was_called_is_left_in_peace_when_somebody_answered() {
    let (url, mut requests) = sms_gateway().await;
    let (fixture, case, _) = family_called(url).await;
    fixture.answer(case, 5.0).await;
    alert::send(&fixture.city, page_to_contact(&fixture).await, false).await.unwrap();
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn the_one_message_to_a_desk_tells_of_what_rings_when_it_is_sent() {
    let (url, mut requests) = sms_gateway().await;
    let fixture = EscalationFixture::with(|config| config.sms_url = Some(url)).await;
    let account = fixture.dispatcher.account.unwrap();
    let phone = fixture.city.store.vault.seal("account.phone", account, b"13800003333").unwrap();
    sqlx::query("UPDATE account SET phone_sealed = $2 WHERE id = $1")
        .bind(account.uuid())
        .bind(phone)
        .execute(&fixture.db.owner)
        .await
        .unwrap();
    fixture.publish(&[step(&[Dispatchers], 20), step(&[CityDesk], 20)]).await;
    let mut calls = Vec::new();
    for _ in 0..3 {
        calls.push(fixture.ring().await);
        fixture.tick(0.5).await;
    }
    // One job is left: that of the last call.
    let last: AlertId =
        fixture.ask(&format!("SELECT id::text FROM care_alert WHERE case_id = '{}'", calls[2].0)).await.parse().unwrap();
    alert::send(&fixture.city, last, false).await.unwrap();
    let request = soon(requests.recv()).await.unwrap();
    assert!(request.contains(&calls[2].1) && request.contains("另有 2 个"), "{request}");
    fixture.answer(calls[2].0, 5.0).await;
    alert::send(&fixture.city, last, false).await.unwrap();
    let request = soon(requests.recv()).await.unwrap();
    assert!(request.contains(&calls[0].1) && !request.contains(&calls[2].1), "{request}");
    for (case, _) in &calls[..2] {
        fixture.answer(*case, 5.0).await;
    }
    alert::send(&fixture.city, last, false).await.unwrap();
    assert!(requests.try_recv().is_err(), "nothing rings any more");
}

#[tokio::test]
async fn after_the_last_try_the_operator_is_warned_without_a_name_or_a_number() {
    let (fixture, ..) = family_called("http://127.0.0.1:1/send".to_owned()).await;
    let page = page_to_contact(&fixture).await;
    alert::send(&fixture.city, page, true).await.unwrap_err();
    let detail = fixture.ask("SELECT detail FROM operator_warning WHERE code = 'delivery:sms'").await;
    assert!(detail.contains(&page.to_string()) && !detail.contains("1380000") && !detail.contains("陈"), "{detail}");
}

#[tokio::test]
async fn of_somebody_who_was_erased_no_contact_is_called() {
    let (url, mut requests) = sms_gateway().await;
    let (fixture, ..) = family_called(url).await;
    fixture.run("UPDATE person_key SET key_sealed = NULL, destroyed_at = huimin_now()").await;
    alert::send(&fixture.city, page_to_contact(&fixture).await, false).await.unwrap();
    assert!(requests.try_recv().is_err());
}
