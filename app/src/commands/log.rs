//! Structured logs on standard error: JSON, no personal data (tested).

use tracing_subscriber::EnvFilter;

/// Starts logging; `RUST_LOG` sets the level.
pub(super) fn begin() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,graphile_worker=warn"));
    let _ = tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_env_filter(filter).try_init();
}
