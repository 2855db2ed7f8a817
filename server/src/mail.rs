//! Sends e-mail by SMTP and SMS by an HTTP gateway. Without a configured server, messages are written to the outbox folder
//! (发件箱) of the data folder, so that nothing is lost and a demo needs no server.

use crate::{
    Config,
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

/// Limit for one attempt, from connecting to the acknowledgement.
const SEND_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum number of connections to the mail server of one process.
const MAX_MAIL_CONNECTIONS: u32 = 4;

/// A message to one person.
#[derive(Clone, Debug)]
pub struct Message {
    /// The recipient.
    pub to: To,
    /// The subject, one line; not part of an SMS.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// A recipient; masked in debug output.
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

/// The connection pool of the mail server, opened at the first message.
#[derive(Clone, Default)]
pub(crate) struct Mailer(Arc<OnceLock<AsyncSmtpTransport<Tokio1Executor>>>);

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    fn transport(&self, url: &str) -> Result<&AsyncSmtpTransport<Tokio1Executor>> {
        if let Some(transport) = self.0.get() {
            return Ok(transport);
        }
        let fresh = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|e| undelivered("the SMTP address does not read", &e))?
            .timeout(Some(SEND_TIMEOUT))
            .pool_config(PoolConfig::new().max_size(MAX_MAIL_CONNECTIONS).idle_timeout(Duration::from_secs(60)))
            .build();
        Ok(self.0.get_or_init(|| fresh))
    }
}

/// Sends a message, or writes it to the outbox folder if no server is configured for its channel.
///
/// # Errors
/// If the server does not accept the message within 20 s; it may be sent again.
pub(crate) async fn send(mailer: &Mailer, config: &Arc<Config>, message: &Message) -> Result<()> {
    send_as(mailer, config, message, Uuid::now_v7()).await
}

/// As [`send`], with an id that stays the same in later tries, by which the gateway, the recipient's mailbox and the outbox
/// recognise a repeat.
pub(crate) async fn send_as(mailer: &Mailer, config: &Arc<Config>, message: &Message, id: Uuid) -> Result<()> {
    let config = Arc::clone(config);
    match (&message.to, &config.smtp_url, &config.sms_url) {
        (To::Email(address), Some(url), _) => send_mail((mailer, &config), url, address, message, id).await,
        (To::Phone(number), _, Some(url)) => send_sms(&config, url, number, message, id).await,
        _ => {
            let message = message.clone();
            run_blocking(move || Ok(write_to_outbox(&config, &message, id)?)).await
        }
    }
}

async fn send_mail((mailer, config): (&Mailer, &Config), url: &str, address: &str, message: &Message, id: Uuid) -> Result<()> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|e| undelivered("an address does not read", &e));
    let from = mailbox(&config.mail_from)?;
    let message_id = format!("<{id}@{}>", from.email.domain());
    let letter = lettre::Message::builder()
        .from(from)
        .to(mailbox(address)?)
        .subject(one_line(&message.subject))
        .message_id(Some(message_id))
        .header(ContentType::TEXT_PLAIN)
        .body(message.text.clone())
        .map_err(|e| undelivered("the e-mail cannot be written", &e))?;
    let sent = tokio::time::timeout(SEND_TIMEOUT, mailer.transport(url)?.send(letter)).await;
    sent.map_err(|e| undelivered("the mail server does not answer", &e))?
        .map_err(|e| undelivered("the mail server does not take it", &kind_of(&e)))?;
    Ok(())
}

async fn send_sms(config: &Config, url: &str, number: &str, message: &Message, id: Uuid) -> Result<()> {
    let agent = ureq::Agent::config_builder().timeout_global(Some(SEND_TIMEOUT)).max_redirects(0).build().new_agent();
    let mut request = agent.post(url).header("idempotency-key", id.to_string());
    if let Some(token) = &config.sms_token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = serde_json::json!({ "to": number, "text": message.text });
    run_blocking(move || {
        let answer = request.send_json(&body).map_err(|e| undelivered("the SMS gateway does not take it", &e))?;
        if answer.status().is_success() { Ok(()) } else { Err(undelivered("the SMS gateway does not take it", &answer.status())) }
    })
    .await
}

/// Writes the message to a file of its own; readers never see a partial file.
fn write_to_outbox(config: &Config, message: &Message, id: Uuid) -> std::io::Result<()> {
    let folder = config.outbox();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let text = format!("To: {}\nSubject: {}\n\n{}\n", message.to.address(), one_line(&message.subject), message.text);
    write_atomically(&folder, &format!("{id}.txt"), text.as_bytes())
}

fn write_atomically(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&fresh, folder.join(name))?;
    File::open(folder)?.sync_all()
}

/// Replaces control characters, which could end a header line, with spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Broken(format!("a task was ended: {e}")))?
}

/// The kind of a failure. The reply of the mail server may contain the address and is not kept.
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
