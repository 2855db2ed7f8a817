//! Tests the sending of alerts to contacts and desks.

use crate::fixture::EscalationFixture;
use crate::fixture::step;
use server::care::escalation::alert;
use shared::{
    care::escalation::Target::{CityDesk, Dispatchers, Family},
    ids::{AlertId, CaseId},
};
use testing::edge_fixture::sms_gateway;
use testing::edge_fixture::within_timeout;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

async fn alert_to_contact(fixture: &EscalationFixture) -> AlertId {
    fixture.ask("SELECT id::text FROM care_alert WHERE contact_id IS NOT NULL AND account_id IS NULL").await.parse().unwrap()
}

fn key(request: &str) -> String {
    let head = request.to_lowercase();
    head.lines().find_map(|l| l.strip_prefix("idempotency-key: ").map(str::to_owned)).unwrap()
}

/// A gateway that receives the first message but does not respond to it, as when the process dies at that moment.
async fn gateway_without_first_response() -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/send", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut first = true;
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                request.extend_from_slice(&buffer[..n]);
                if request.ends_with(b"}") {
                    break;
                }
            }
            let _ = sender.send(String::from_utf8_lossy(&request).into_owned());
            if !std::mem::take(&mut first) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
            }
        }
    });
    (url, requests)
}

async fn ring_with_family_alerted(url: String) -> (EscalationFixture, CaseId, String) {
    let fixture = EscalationFixture::with(|config| config.sms_url = Some(url)).await;
    fixture.publish(&[step(&[Family], 20), step(&[CityDesk], 20)]).await;
    let (case, number) = fixture.ring().await;
    fixture.tick(0.5).await;
    (fixture, case, number)
}

#[tokio::test]
async fn contact_without_an_account_receives_an_sms() {
    let (url, mut requests) = sms_gateway().await;
    let (fixture, _, number) = ring_with_family_alerted(url).await;
    let alert_id = alert_to_contact(&fixture).await;
    alert::send(&fixture.state, alert_id, false).await.unwrap();
    let request = within_timeout(requests.recv()).await.unwrap();
    assert_eq!(key(&request), alert_id.to_string());
    for word in ["13800002222", "陈桂英", "120", &number] {
        assert!(request.contains(word), "{word}: {request}");
    }
}

#[tokio::test]
async fn message_is_resent_with_the_same_key_after_a_lost_response() {
    let (url, mut requests) = gateway_without_first_response().await;
    let (fixture, ..) = ring_with_family_alerted(url).await;
    let alert_id = alert_to_contact(&fixture).await;
    alert::send(&fixture.state, alert_id, false).await.unwrap_err();
    alert::send(&fixture.state, alert_id, false).await.unwrap();
    let (first, second) = (within_timeout(requests.recv()).await.unwrap(), within_timeout(requests.recv()).await.unwrap());
    assert_eq!(key(&first), key(&second));
}

#[tokio::test]
async fn alert_is_not_sent_after_the_call_was_answered() {
    let (url, mut requests) = sms_gateway().await;
    let (fixture, case, _) = ring_with_family_alerted(url).await;
    fixture.answer(case, 5.0).await;
    alert::send(&fixture.state, alert_to_contact(&fixture).await, false).await.unwrap();
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn desk_message_describes_the_calls_ringing_at_send_time() {
    let (url, mut requests) = sms_gateway().await;
    let fixture = EscalationFixture::with(|config| config.sms_url = Some(url)).await;
    let account = fixture.dispatcher.account.unwrap();
    let phone = fixture.state.store.vault.seal("account.phone", account, b"13800003333").unwrap();
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
    // Only the job of the last call is left.
    let last: AlertId =
        fixture.ask(&format!("SELECT id::text FROM care_alert WHERE case_id = '{}'", calls[2].0)).await.parse().unwrap();
    alert::send(&fixture.state, last, false).await.unwrap();
    let request = within_timeout(requests.recv()).await.unwrap();
    assert!(request.contains(&calls[2].1) && request.contains("另有 2 个"), "{request}");
    fixture.answer(calls[2].0, 5.0).await;
    alert::send(&fixture.state, last, false).await.unwrap();
    let request = within_timeout(requests.recv()).await.unwrap();
    assert!(request.contains(&calls[0].1) && !request.contains(&calls[2].1), "{request}");
    for (case, _) in &calls[..2] {
        fixture.answer(*case, 5.0).await;
    }
    alert::send(&fixture.state, last, false).await.unwrap();
    assert!(requests.try_recv().is_err(), "no call rings any more");
}

#[tokio::test]
async fn operator_warning_after_the_last_attempt_contains_no_personal_data() {
    let (fixture, ..) = ring_with_family_alerted("http://127.0.0.1:1/send".to_owned()).await;
    let alert_id = alert_to_contact(&fixture).await;
    alert::send(&fixture.state, alert_id, true).await.unwrap_err();
    let detail = fixture.ask("SELECT detail FROM operator_warning WHERE code = 'delivery:sms'").await;
    assert!(detail.contains(&alert_id.to_string()) && !detail.contains("1380000") && !detail.contains("陈"), "{detail}");
}

#[tokio::test]
async fn contacts_of_an_erased_person_are_not_alerted() {
    let (url, mut requests) = sms_gateway().await;
    let (fixture, ..) = ring_with_family_alerted(url).await;
    fixture.run("UPDATE person_key SET key_sealed = NULL, destroyed_at = huimin_now()").await;
    alert::send(&fixture.state, alert_to_contact(&fixture).await, false).await.unwrap();
    assert!(requests.try_recv().is_err());
}
