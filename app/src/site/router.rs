//! Composition of the router: pages, server functions, machine endpoints and files, with their layers.

use super::{api, frame, routes::pages};
use crate::{
    care::paths::SOS,
    http::{
        call,
        context::App,
        headers, problem_page,
        problem_response::ProblemResponse,
        render::{self, Document},
    },
};
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use server::http::{
    health, limits,
    origin::same_origin,
    session_store::{PostgresSessions, cookie_name},
};
use shared::{Problem, account::roles::RESIDENT_LIMITS};
use std::{path::PathBuf, sync::Arc};
use tower_http::{
    CompressionLevel,
    compression::CompressionLayer,
    services::{ServeDir, ServeFile},
};
use tower_sessions::{Expiry, SessionManagerLayer, cookie::SameSite};

async fn not_found() -> Response {
    ProblemResponse::from(Problem::NotFound).into_response()
}

/// Answers 404 for addresses with the character NUL, which no stored text contains.
async fn reject_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().contains("%00") || uri.query().is_some_and(|q| q.contains("%00")) {
        not_found().await
    } else {
        next.run(request).await
    }
}

/// Whether this is the page of the emergency button, which must open under any load.
fn is_emergency(path: &str) -> bool {
    path == SOS
}

/// The page of the emergency button: outside the load limits, with database connections of its own.
fn emergency(app: &App) -> Router {
    let app = App { state: app.state.for_emergency(), ..app.clone() };
    let page = pages(&app, is_emergency)
        .layer(middleware::from_fn(reject_nul))
        .layer(middleware::from_fn_with_state((app.clone(), frame::document as Document), render::render))
        .layer(sessions(&app))
        .layer(middleware::from_fn(same_origin))
        .with_state(app.clone());
    limits::with_emergency_limits(page, &app.state, 0)
}

/// All other pages and the server functions.
fn router(app: &App) -> Router {
    pages(app, |path| !is_emergency(path))
        .route("/api/{*name}", axum::routing::post(call::server_function))
        .fallback(not_found)
        .layer(middleware::from_fn(reject_nul))
        .layer(middleware::from_fn_with_state((app.clone(), frame::document as Document), render::render))
        .layer(sessions(app))
        .layer(middleware::from_fn(same_origin))
        .with_state(app.clone())
}

/// The session layer. The cookie is `__Host-` and `Secure` over https, and Lax, so that a link in a mail opens signed in
/// (the origin check guards requests that change anything).
fn sessions(app: &App) -> SessionManagerLayer<PostgresSessions> {
    let https = app.state.config.https();
    SessionManagerLayer::new(PostgresSessions::new(app.state.store.clone()))
        .with_name(cookie_name(https))
        .with_secure(https)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::minutes(i64::from(RESIDENT_LIMITS.0))))
}

/// Lets browsers keep files that were found; errors are not kept. An address that no file can have, such as one with too long
/// a name, is not found.
fn cached(files: Router, value: &'static str) -> Router {
    files.layer(middleware::map_response(move |mut response: Response| async move {
        if response.status().is_server_error() {
            return StatusCode::NOT_FOUND.into_response();
        }
        if !response.status().is_client_error() {
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
        }
        response
    }))
}

/// Files of the built site: cached for a year if hashed, for an hour otherwise.
fn files(app: &App) -> Router {
    let root = PathBuf::from(app.leptos.site_root.as_ref());
    let pkg = ServeDir::new(root.join(app.leptos.site_pkg_dir.as_ref())).precompressed_br().precompressed_gzip();
    let mut fixed = Router::new();
    for name in std::fs::read_dir(&root).into_iter().flatten().flatten().filter_map(|f| f.file_name().into_string().ok()) {
        let path = root.join(&name);
        if path.is_file() {
            fixed = fixed.route_service(&format!("/{name}"), ServeFile::new(path));
        }
    }
    cached(Router::new().nest_service("/pkg", pkg), "public, max-age=31536000, immutable")
        .merge(cached(fixed, "public, max-age=3600"))
}

/// The whole HTTP service with the layers that apply to every response.
pub fn service(app: App) -> Router {
    // Rendering spawns tasks. The executor may already be set.
    let _ = any_spawner::Executor::init_tokio();
    let style: Arc<str> = frame::stylesheet(&app.leptos).into();
    limits::with_limits(router(&app), &app.state)
        .merge(emergency(&app))
        .merge(api::router(&app))
        .merge(files(&app))
        .merge(health::router(app.state))
        .layer(middleware::from_fn_with_state(style, problem_page::render_refusals))
        .layer(middleware::map_response(|mut response: Response| async {
            headers::common(response.headers_mut());
            response
        }))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}
