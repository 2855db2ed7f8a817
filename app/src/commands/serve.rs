//! `huimin serve`: runs the app.

use super::{Outcome, Serving, city, context::CommandContext};
use crate::{http::context::App, site::router};
use axum::serve::ListenerExt;
use leptos::prelude::LeptosOptions;
use server::pillars::LIVES;
use server::{AppState, Config, Store, live::Live};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// How long running requests may take after a stop signal.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// The configuration of the process: the arguments, the opened data folder and the public address.
fn config(serving: &Serving, data_dir: PathBuf) -> Config {
    let public_url = serving.public_url.clone().unwrap_or_else(|| format!("http://{}", serving.addr));
    Config { data_dir, public_url, ..serving.config.clone() }
}

/// The folder of the built site: beside the binary's target folder (cargo-leptos), or as configured.
fn site(addr: SocketAddr) -> LeptosOptions {
    let root = std::env::var("LEPTOS_SITE_ROOT").unwrap_or_else(|_| "target/site".to_owned());
    // Without the build's list of hashes (a binary built alone) pages still work, without style and islands.
    let hashed = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("hash.txt").exists())).unwrap_or(false);
    LeptosOptions::builder()
        .output_name("huimin")
        .site_root(root)
        .site_pkg_dir("pkg")
        .site_addr(addr)
        .hash_files(hashed)
        .hash_file(Arc::from("hash.txt"))
        .build()
}

pub(super) async fn run(serving: Serving) -> Outcome {
    start_logging();
    // The port is bound first, so that a start that cannot serve changes nothing.
    let listener = TcpListener::bind(serving.addr)
        .await
        .map_err(|e| format!("{} cannot be listened on ({e}); end what uses it, or choose another with --addr", serving.addr))?;
    let context = CommandContext::open(&serving.location).await?;
    let accounts = tokio::select! {
        prepared = prepare(&serving, &context) => prepared?,
        () = stop_requested() => return context.close().await,
    };
    let store = Store::connect(context.app_options(), serving.config.pool, context.vault()?)
        .await
        .map_err(city::error_message)?
        .with(LIVES);
    server::store::refuse_privileged_role(&store).await.map_err(city::error_message)?;
    let reserve = Store::connect(context.app_options(), serving.config.emergency_pool, context.vault()?)
        .await
        .map_err(city::error_message)?
        .with(LIVES);
    tokio::join!(store.warm_up(), reserve.warm_up());
    let state = AppState::new(store, config(&serving, context.data_dir.clone())).with_emergency_store(reserve);
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(server::worker::run_worker(state.clone(), stopped.clone()));
    let engine = tokio::spawn(server::care::escalation::engine::run(state.clone(), stopped.clone()));
    let auditor = tokio::spawn(server::care::escalation::auditor::run(state.clone(), stopped.clone()));
    state.live.start();

    println!("Huimin (惠民通) is served at {}", state.config.public_url);
    if state.config.smtp_url.is_none() || state.config.sms_url.is_none() {
        println!("Messages without a configured server are written to {}", state.config.outbox().display());
    }
    if let Some(accounts) = accounts {
        println!("\n{accounts}");
    }
    let app = App { state: state.clone(), leptos: site(serving.addr) };
    let service = router::service(app).into_make_service_with_connect_info::<SocketAddr>();
    // Without it every response of more than one packet waits about 40 ms for a delayed acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let serve = axum::serve(listener, service).with_graceful_shutdown(stop_signal(stop, state.live.clone()));
    let watch = async {
        match &context.lease {
            Some(lease) => lease.watch().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = serve => ended.map_err(|e| e.to_string())?,
        () = watch => {}
        () = overdue(stopped) => tracing::warn!("requests that were still under way are cut off"),
    }
    let ended = async {
        let _ = tokio::join!(worker, engine, auditor);
        server::notices::background_send::wait_until_sent().await;
    };
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, ended).await.is_err() {
        tracing::warn!("work that was still under way is cut off; it is taken up again at the next start");
    }
    context.close().await
}

/// Migrates and seeds if requested; returns the demo accounts to print.
async fn prepare(serving: &Serving, context: &CommandContext) -> Result<Option<String>, String> {
    if serving.config.demo {
        context.init_keys()?;
    }
    if serving.config.demo || serving.migrate {
        city::prepare(context).await?;
    }
    if !serving.config.demo {
        return Ok(None);
    }
    println!("demo city: {} people …", serving.people);
    city::seed_city(context, serving.people).await.map(Some)
}

/// Waits for Ctrl-C or SIGTERM.
async fn stop_requested() {
    let mut terminate = signal(SignalKind::terminate()).ok();
    let terminated = async {
        match terminate.as_mut() {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Ends on a stop signal; running requests are finished.
async fn stop_signal(stop: watch::Sender<bool>, live: Live) {
    stop_requested().await;
    let _ = stop.send(true);
    // Open event streams would delay the shutdown.
    live.disconnect_all();
}

/// Ends when the time for running requests is over.
async fn overdue(mut stopped: watch::Receiver<bool>) {
    // The sender is dropped when everything has ended; then there is nothing to wait for.
    if stopped.wait_for(|stop| *stop).await.is_err() {
        return std::future::pending().await;
    }
    tokio::time::sleep(SHUTDOWN_TIMEOUT).await;
}

/// Starts structured logging on standard error: JSON, no personal data (tested); `RUST_LOG` sets the level.
fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn,graphile_worker=warn"));
    let _ = tracing_subscriber::fmt().json().with_writer(std::io::stderr).with_env_filter(filter).try_init();
}
