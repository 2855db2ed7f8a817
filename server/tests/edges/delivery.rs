//! Tests the delivery of messages: outbox, mail server, SMS gateway, notices and the inbox.

use server::worker::deliver;
use server::{
    mail::{Message, To},
    notices::inbox::{inbox, mark_read},
};
use shared::{Lang, Problem};
use std::os::unix::fs::PermissionsExt;
use testing::edge_fixture::{EdgeFixture, mail_server, signed_in, sms_gateway, within_timeout};

fn message(to: To) -> Message {
    Message { to, subject: "验证码\r\nBcc: x@example.cn".to_owned(), text: "123456".to_owned() }
}

#[tokio::test]
async fn messages_are_written_to_the_outbox_without_a_mail_server() {
    let fixture = EdgeFixture::new().await;
    fixture.state.send(&message(To::Phone("13812345678".to_owned()))).await.unwrap();
    fixture.state.send(&message(To::Email("li@example.cn".to_owned()))).await.unwrap();
    let outbox = fixture.state.config.outbox();
    assert_eq!(std::fs::metadata(&outbox).unwrap().permissions().mode() & 0o777, 0o700);
    let mut names: Vec<_> = std::fs::read_dir(&outbox).unwrap().map(|f| f.unwrap().path()).collect();
    names.sort();
    let texts: Vec<String> = names.iter().map(|p| std::fs::read_to_string(p).unwrap()).collect();
    assert_eq!(texts[0], "To: 13812345678\nSubject: 验证码  Bcc: x@example.cn\n\n123456\n");
    assert!(texts[1].starts_with("To: li@example.cn\n"));
    assert_eq!(texts.len(), 2);
}

#[tokio::test]
async fn mail_server_receives_the_message_and_errors_contain_no_address() {
    let (url, mut letters) = mail_server(1).await;
    let fixture = EdgeFixture::with(|config| config.smtp_url = Some(url)).await;
    let letter = message(To::Email("li@example.cn".to_owned()));
    let refused = fixture.state.send(&letter).await.unwrap_err().to_string();
    assert!(refused.contains("451") && !refused.contains("li@"), "{refused}");
    fixture.state.send(&letter).await.unwrap();
    let received = within_timeout(letters.recv()).await.unwrap();
    assert!(received.contains("To: li@example.cn") && received.contains("123456") && !received.contains("\nBcc"), "{received}");
    assert!(!fixture.state.config.outbox().exists());
}

#[tokio::test]
async fn sms_gateway_receives_token_and_idempotency_key() {
    let (url, mut requests) = sms_gateway().await;
    let fixture = EdgeFixture::with(|config| {
        config.sms_url = Some(url);
        config.sms_token = Some("secret".to_owned());
    })
    .await;
    fixture.state.send(&message(To::Phone("13812345678".to_owned()))).await.unwrap();
    let request = within_timeout(requests.recv()).await.unwrap();
    let head = request.to_lowercase();
    assert!(head.starts_with("post /send ") && head.contains("authorization: bearer secret"), "{request}");
    assert!(head.contains("idempotency-key: ") && request.contains("\"13812345678\""), "{request}");
}

#[tokio::test]
async fn notice_is_sent_once_in_the_account_language() {
    let (url, mut letters) = mail_server(1).await;
    let fixture = EdgeFixture::with(|config| config.smtp_url = Some(url)).await;
    let account = fixture.account(Some("li@example.cn"), Some("13812345678"), "en").await;
    let notice = fixture.notice(account, None).await;
    deliver(&fixture.state, notice, false).await.unwrap_err();
    assert_eq!(fixture.delivery(notice).await, Some(("sending".to_owned(), 1)));
    deliver(&fixture.state, notice, false).await.unwrap();
    assert_eq!(fixture.delivery(notice).await, Some(("sent".to_owned(), 2)));
    deliver(&fixture.state, notice, false).await.unwrap();
    let letter = within_timeout(letters.recv()).await.unwrap();
    assert!(letter.contains("Application accepted: Allowance"), "{letter}");
    assert!(letter.contains("/cases/BJ1") && letter.contains(&format!("<{notice}@huimin.example>")), "{letter}");
    assert!(letters.try_recv().is_err(), "sent twice");
}

#[tokio::test]
async fn operator_is_warned_after_the_last_attempt() {
    let (url, _letters) = mail_server(usize::MAX).await;
    let fixture = EdgeFixture::with(|config| config.smtp_url = Some(url)).await;
    let account = fixture.account(Some("li@example.cn"), None, "zh").await;
    let notice = fixture.notice(account, None).await;
    deliver(&fixture.state, notice, true).await.unwrap_err();
    assert_eq!(fixture.delivery(notice).await.unwrap().0, "failed");
    let warned: String = sqlx::query_scalar("SELECT detail FROM operator_warning WHERE code = 'delivery:email'")
        .fetch_one(fixture.owner())
        .await
        .unwrap();
    assert!(warned.contains(&notice.to_string()) && !warned.contains("li@"), "{warned}");
}

#[tokio::test]
async fn read_notice_is_not_sent_and_sms_is_used_without_email() {
    let fixture = EdgeFixture::new().await;
    let account = fixture.account(None, Some("13812345678"), "zh").await;
    let (read, fresh) = (fixture.notice(account, None).await, fixture.notice(account, None).await);
    assert_eq!(mark_read(&fixture.state.store, &signed_in(account, None), Some(read)).await.unwrap(), 1);
    deliver(&fixture.state, read, false).await.unwrap();
    deliver(&fixture.state, fresh, false).await.unwrap();
    assert_eq!(fixture.delivery(read).await, None);
    let channel: String = sqlx::query_scalar("SELECT channel FROM delivery WHERE notice_id = $1")
        .bind(fresh.uuid())
        .fetch_one(fixture.owner())
        .await
        .unwrap();
    assert_eq!(channel, "sms");
    let text = std::fs::read_to_string(fixture.state.config.outbox().join(format!("{fresh}.txt"))).unwrap();
    assert!(text.contains("【惠民通】办件 BJ1（津贴）已受理"), "{text}");
}

#[tokio::test]
async fn inbox_is_private_and_paged() {
    let fixture = EdgeFixture::new().await;
    let (mine, other) =
        (fixture.account(Some("a@example.cn"), None, "zh").await, fixture.account(Some("b@example.cn"), None, "zh").await);
    let mut made = Vec::new();
    for _ in 0..21 {
        made.push(fixture.notice(mine, None).await);
    }
    let theirs = fixture.notice(other, None).await;
    let (store, me) = (&fixture.state.store, signed_in(mine, None));
    let first = inbox(store, &me, None, Lang::En).await.unwrap();
    assert_eq!(first.notices.len(), 20);
    assert_eq!(first.notices[0].subject, "Application accepted: Allowance");
    let second = inbox(store, &me, first.next.as_deref().and_then(|n| n.parse().ok()), Lang::Zh).await.unwrap();
    assert_eq!((second.notices.len(), second.next), (1, None));
    assert_eq!(second.notices[0].id, made[0]);
    assert_eq!(mark_read(store, &me, Some(theirs)).await.unwrap(), 0);
    assert_eq!(mark_read(store, &me, None).await.unwrap(), 21);
    assert_eq!(mark_read(store, &me, None).await.unwrap(), 0);
    let refused = inbox(store, &server::Actor::anonymous(), None, Lang::Zh).await.unwrap_err();
    assert!(matches!(refused, server::Error::Problem(Problem::SignInFirst)));
}
