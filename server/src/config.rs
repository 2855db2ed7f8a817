//! Configuration, from flags and the environment; secrets from files or the environment only.

use std::{net::IpAddr, path::PathBuf};

/// How this process serves.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it keeps what is not in Postgres: keys, audit roots, uploads, the outbox.
    pub data_dir: PathBuf,
    /// Whether demo data and demo accounts may exist.
    pub demo: bool,
    /// The address people reach it at, e.g. `https://huimin.example`; links in messages begin with it.
    pub public_url: String,
    /// SMTP server, e.g. `smtps://user:password@mail.example:465`; none: messages go to the outbox folder.
    pub smtp_url: Option<String>,
    /// The sender of mails.
    pub mail_from: String,
    /// SMS gateway: a URL that takes `POST {"to":…,"text":…}`; none: messages go to the outbox folder.
    pub sms_url: Option<String>,
    /// The bearer token for the SMS gateway.
    pub sms_token: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// Addresses behind which many people stand (carrier gateways): ten times the limit of requests.
    pub gateways: Vec<IpAddr>,
    /// Connections to Postgres.
    pub pool: u32,
    /// Connections to Postgres that calls for help have to themselves, beside `pool`.
    pub emergency_pool: u32,
    /// The bearer token for `/metrics` from elsewhere than this machine.
    pub metrics_token: Option<String>,
}

impl Config {
    /// What a test or a demo needs, with everything under `data_dir`.
    #[must_use]
    pub fn demo(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            demo: true,
            public_url: "http://127.0.0.1:3000".to_owned(),
            smtp_url: None,
            mail_from: "惠民通 <noreply@huimin.example>".to_owned(),
            sms_url: None,
            sms_token: None,
            proxies: Vec::new(),
            gateways: Vec::new(),
            pool: 24,
            emergency_pool: 6,
            metrics_token: None,
        }
    }

    /// Whether people reach it over https, so that cookies are `Secure` and carry the `__Host-` prefix.
    #[must_use]
    pub fn https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Where undelivered messages are written when no server is configured.
    #[must_use]
    pub fn outbox(&self) -> PathBuf {
        self.data_dir.join("outbox")
    }
}
