//! `huimin serve`: the app.

use super::{Outcome, Serving, city, ground::Ground};
use crate::http::{routes, visit::App};
use axum::serve::ListenerExt;
use leptos::prelude::LeptosOptions;
use server::{AppState, Config, Store, http::live::Live};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// How long requests under way may take to end once it is to stop.
const PATIENCE: Duration = Duration::from_secs(10);

fn config(serving: &Serving, data_dir: PathBuf) -> Config {
    Config {
        data_dir,
        demo: serving.demo,
        public_url: serving.public_url.clone().unwrap_or_else(|| format!("http://{}", serving.addr)),
        smtp_url: serving.smtp_url.clone(),
        mail_from: serving.mail_from.clone(),
        sms_url: serving.sms_url.clone(),
        sms_token: serving.sms_token.clone(),
        proxies: serving.proxies.clone(),
        gateways: serving.gateways.clone(),
        pool: serving.pool,
        emergency_pool: serving.emergency_pool,
        metrics_token: serving.metrics_token.clone(),
    }
}

/// Where the built site lies: beside the binary's target folder as cargo-leptos leaves it, or as configured.
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
    crate::commands::log::begin();
    // The port first: a start that cannot serve should not touch anything.
    let listener = TcpListener::bind(serving.addr)
        .await
        .map_err(|e| format!("{} cannot be listened on ({e}); end what uses it, or choose another with --addr", serving.addr))?;
    let ground = Ground::open(&serving.place).await?;
    let accounts = tokio::select! {
        prepared = prepare(&serving, &ground) => prepared?,
        () = told_to_stop() => return ground.close().await,
    };
    let store = Store::connect(ground.app_options(), serving.pool, ground.vault()?).await.map_err(city::told)?;
    server::store::refuse_power(&store).await.map_err(city::told)?;
    let reserve = Store::connect(ground.app_options(), serving.emergency_pool, ground.vault()?).await.map_err(city::told)?;
    tokio::join!(store.open_all(), reserve.open_all());
    let city = AppState::new(store, config(&serving, ground.data_dir.clone())).with_reserve(reserve);
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(server::jobs::run_worker(city.clone(), stopped.clone()));
    let engine = tokio::spawn(server::care::escalation::engine::run(city.clone(), stopped.clone()));
    let auditor = tokio::spawn(server::care::escalation::auditor::run(city.clone(), stopped.clone()));
    city.live.start();

    println!("Huimin (惠民通) is served at {}", city.config.public_url);
    if city.config.smtp_url.is_none() || city.config.sms_url.is_none() {
        println!("Messages without a configured server are written to {}", city.config.outbox().display());
    }
    if let Some(accounts) = accounts {
        println!("\n{accounts}");
    }
    let app = App { city: city.clone(), leptos: site(serving.addr) };
    let service = routes::service(app).into_make_service_with_connect_info::<SocketAddr>();
    // Without it every answer in more than one piece waits some 40 ms for a delayed acknowledgement.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let serve = axum::serve(listener, service).with_graceful_shutdown(stop_signal(stop, city.live.clone()));
    let watch = async {
        match &ground.lease {
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
        server::notices::background_send::all_sent().await;
    };
    if tokio::time::timeout(PATIENCE, ended).await.is_err() {
        tracing::warn!("work that was still under way is cut off; it is taken up again at the next start");
    }
    ground.close().await
}

/// Migrates and seeds where that is asked for; gives back the demo accounts to print.
async fn prepare(serving: &Serving, ground: &Ground) -> Result<Option<String>, String> {
    if serving.demo {
        ground.init_keys()?;
    }
    if serving.demo || serving.migrate {
        city::prepare(ground).await?;
    }
    if !serving.demo {
        return Ok(None);
    }
    println!("demo city: {} people …", serving.people);
    city::seed_city(ground, serving.people).await.map(Some)
}

/// Ctrl-C or SIGTERM.
async fn told_to_stop() {
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

/// Ends when it is told to stop: requests under way are finished.
async fn stop_signal(stop: watch::Sender<bool>, live: Live) {
    told_to_stop().await;
    let _ = stop.send(true);
    // Open streams of events would keep it waiting.
    live.hang_up();
}

/// Ends when requests have had long enough to end.
async fn overdue(mut stopped: watch::Receiver<bool>) {
    // The sender goes when everything has ended; then there is nothing to wait for.
    if stopped.wait_for(|stop| *stop).await.is_err() {
        return std::future::pending().await;
    }
    tokio::time::sleep(PATIENCE).await;
}
