//! Configuration, from flags and the environment; secrets from files or the environment only.

use std::{net::IpAddr, path::PathBuf};

/// Default sender of e-mails.
const MAIL_FROM: &str = "惠民通 <noreply@huimin.example>";
/// Default number of connections to Postgres.
const POOL: u32 = 24;
/// Default number of connections reserved for emergency calls.
const EMERGENCY_POOL: u32 = 6;

/// How this process serves. With the feature `clap` also the command-line arguments that set it.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
pub struct Config {
    /// The folder of all data outside Postgres: keys, audit roots, uploads, the outbox.
    #[cfg_attr(feature = "clap", arg(skip))]
    pub data_dir: PathBuf,
    /// Serve the demo city: migrate, seed and print the demo accounts. Never with data of real people.
    #[cfg_attr(feature = "clap", arg(long, env = "HUIMIN_DEMO"))]
    pub demo: bool,
    /// The public address, e.g. `https://huimin.example`; links in messages begin with it.
    #[cfg_attr(feature = "clap", arg(skip))]
    pub public_url: String,
    /// SMTP server, `smtp://…` or `smtps://…`; without it messages are written to the outbox folder.
    #[cfg_attr(feature = "clap", arg(long, env = "SMTP_URL", hide_env_values = true))]
    pub smtp_url: Option<String>,
    /// Sender of e-mails.
    #[cfg_attr(feature = "clap", arg(long, env = "HUIMIN_MAIL_FROM", default_value = MAIL_FROM))]
    pub mail_from: String,
    /// SMS gateway: takes `POST {"to":…,"text":…}`; without it messages are written to the outbox folder.
    #[cfg_attr(feature = "clap", arg(long, env = "SMS_GATEWAY_URL"))]
    pub sms_url: Option<String>,
    /// Bearer token for the SMS gateway.
    #[cfg_attr(feature = "clap", arg(long, env = "SMS_GATEWAY_TOKEN", hide_env_values = true))]
    pub sms_token: Option<String>,
    /// Proxies whose `X-Forwarded-For` is trusted.
    #[cfg_attr(feature = "clap", arg(long, env = "HUIMIN_PROXIES", value_delimiter = ','))]
    pub proxies: Vec<IpAddr>,
    /// Addresses shared by many people (carrier gateways): ten times the limit of requests.
    #[cfg_attr(feature = "clap", arg(long, env = "HUIMIN_GATEWAYS", value_delimiter = ','))]
    pub gateways: Vec<IpAddr>,
    /// Connections to Postgres.
    #[cfg_attr(feature = "clap", arg(long, env = "HUIMIN_POOL", default_value_t = POOL))]
    pub pool: u32,
    /// Connections to Postgres reserved for emergency calls, in addition to the pool.
    #[cfg_attr(feature = "clap", arg(long, env = "HUIMIN_EMERGENCY_POOL", default_value_t = EMERGENCY_POOL))]
    pub emergency_pool: u32,
    /// Bearer token that opens `/metrics` to other machines.
    #[cfg_attr(feature = "clap", arg(long, env = "METRICS_TOKEN", hide_env_values = true))]
    pub metrics_token: Option<String>,
}

impl Config {
    /// The configuration of a test or a demo, with everything under `data_dir`.
    #[must_use]
    pub fn demo(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            demo: true,
            public_url: "http://127.0.0.1:3000".to_owned(),
            smtp_url: None,
            mail_from: MAIL_FROM.to_owned(),
            sms_url: None,
            sms_token: None,
            proxies: Vec::new(),
            gateways: Vec::new(),
            pool: POOL,
            emergency_pool: EMERGENCY_POOL,
            metrics_token: None,
        }
    }

    /// Whether the public address is https, so that cookies are `Secure` and carry the `__Host-` prefix.
    #[must_use]
    pub fn https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// The folder for undelivered messages when no mail server or SMS gateway is configured.
    #[must_use]
    pub fn outbox(&self) -> PathBuf {
        self.data_dir.join("outbox")
    }
}
