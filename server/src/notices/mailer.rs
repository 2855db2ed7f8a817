//! What leaves the house: e-mail by SMTP, SMS by an HTTP gateway. Without either, messages are written to the
//! outbox folder (发件箱) of the data folder, so that nothing is lost and a demo needs no server.

use crate::{
    AppState, Config,
    error::{Error, Result},
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::PoolConfig,
};
use shared::account::{Email, Phone};
use std::{
    fmt,
    fs::{DirBuilder, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};
use uuid::Uuid;

/// How long one attempt may take, from connecting to the peer's acknowledgement.
const PATIENCE: Duration = Duration::from_secs(20);
/// Most connections to the mail server a process keeps.
const MAIL_CONNECTIONS: u32 = 4;

/// A message to one person.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it goes.
    pub to: To,
    /// One line; an SMS does not show it.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Where a message goes; printed masked.
#[derive(Clone)]
pub enum To {
    /// An e-mail address.
    Email(String),
    /// A mobile number.
    Phone(String),
}

impl To {
    fn address(&self) -> &str {
        match self {
            Self::Email(address) | Self::Phone(address) => address,
        }
    }
}

impl fmt::Debug for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = match self {
            Self::Email(address) => Email::parse(address).map(|a| a.masked()),
            Self::Phone(number) => Phone::parse(number).map(|n| n.masked()),
        };
        f.write_str(masked.as_deref().unwrap_or("***"))
    }
}

/// The way to the mail server: its connections are made at the first message and kept.
#[derive(Clone, Default)]
pub(crate) struct Post(Arc<OnceLock<AsyncSmtpTransport<Tokio1Executor>>>);

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Post")
    }
}

impl Post {
    fn transport(&self, url: &str) -> Result<&AsyncSmtpTransport<Tokio1Executor>> {
        if let Some(transport) = self.0.get() {
            return Ok(transport);
        }
        let fresh = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|e| undelivered("the SMTP address does not read", &e))?
            .timeout(Some(PATIENCE))
            .pool_config(PoolConfig::new().max_size(MAIL_CONNECTIONS).idle_timeout(Duration::from_secs(60)))
            .build();
        Ok(self.0.get_or_init(|| fresh))
    }
}

/// Sends a message, or writes it to the outbox folder when no server is configured for its kind.
///
/// # Errors
/// When the peer does not take it within 20 s; then it may be tried again.
pub async fn send(city: &AppState, message: &Message) -> Result<()> {
    send_as(city, message, Uuid::now_v7()).await
}

/// As [`send`], under an id that stays the same when it is tried again: the gateway, the recipient's mailbox and the
/// outbox tell a repeat by it.
pub(crate) async fn send_as(city: &AppState, message: &Message, id: Uuid) -> Result<()> {
    let config = Arc::clone(&city.config);
    match (&message.to, &config.smtp_url, &config.sms_url) {
        (To::Email(address), Some(url), _) => mail(city, url, address, message, id).await,
        (To::Phone(number), _, Some(url)) => text(&config, url, number, message, id).await,
        _ => {
            let message = message.clone();
            off_the_runtime(move || Ok(write_out(&config, &message, id)?)).await
        }
    }
}

async fn mail(city: &AppState, url: &str, address: &str, message: &Message, id: Uuid) -> Result<()> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|e| undelivered("an address does not read", &e));
    let from = mailbox(&city.config.mail_from)?;
    let message_id = format!("<{id}@{}>", from.email.domain());
    let letter = lettre::Message::builder()
        .from(from)
        .to(mailbox(address)?)
        .subject(one_line(&message.subject))
        .message_id(Some(message_id))
        .header(ContentType::TEXT_PLAIN)
        .body(message.text.clone())
        .map_err(|e| undelivered("the e-mail cannot be written", &e))?;
    let sent = tokio::time::timeout(PATIENCE, city.post.transport(url)?.send(letter)).await;
    sent.map_err(|e| undelivered("the mail server does not answer", &e))?
        .map_err(|e| undelivered("the mail server does not take it", &kind_of(&e)))?;
    Ok(())
}

async fn text(config: &Config, url: &str, number: &str, message: &Message, id: Uuid) -> Result<()> {
    let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).build().new_agent();
    let mut request = agent.post(url).header("idempotency-key", id.to_string());
    if let Some(token) = &config.sms_token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = serde_json::json!({ "to": number, "text": message.text });
    off_the_runtime(move || {
        let answer = request.send_json(&body).map_err(|e| undelivered("the SMS gateway does not take it", &e))?;
        if answer.status().is_success() { Ok(()) } else { Err(undelivered("the SMS gateway does not take it", &answer.status())) }
    })
    .await
}

/// Writes the message under a name of its own; a reader sees it whole or not at all.
fn write_out(config: &Config, message: &Message, id: Uuid) -> std::io::Result<()> {
    let folder = config.outbox();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let text = format!("To: {}\nSubject: {}\n\n{}\n", message.to.address(), one_line(&message.subject), message.text);
    write_whole(&folder, &format!("{id}.txt"), text.as_bytes())
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// Headers are one line: what would end it becomes a space.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Broken(format!("a task was ended: {e}")))?
}

/// What the mail server says may repeat the address, so only the kind of failure is kept.
fn kind_of(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("SMTP {code}"),
        None if error.is_timeout() => "too slow".to_owned(),
        None if error.is_tls() => "TLS".to_owned(),
        None => "no connection".to_owned(),
    }
}

fn undelivered(what: &str, detail: &dyn fmt::Display) -> Error {
    Error::Broken(format!("{what}: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_print_masked() {
        assert_eq!(format!("{:?}", To::Email("lihua@example.cn".into())), "l***@example.cn");
        assert_eq!(format!("{:?}", To::Phone("13812345678".into())), "138****5678");
        assert_eq!(format!("{:?}", To::Phone("garbage".into())), "***");
    }

    #[test]
    fn a_subject_cannot_add_headers() {
        assert_eq!(one_line("a\r\nBcc: b"), "a  Bcc: b");
    }
}
